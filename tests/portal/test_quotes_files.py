"""What a client keeps of a quote: the PDF, drawings and photos (trust 8)."""

from __future__ import annotations

import hashlib

import pytest
from django.test import Client as Browser
from django.urls import reverse

from quotes import sending
from quotes.models import AttachedFile, Attachment, Quote, Rendering
from tests.documents.reading import text
from tests.portal.test_quotes import SLUG, address
from tests.quotes.making import draft, drawn, sent
from tests.world import World


def attach(
    world: World,
    quote: Quote,
    name: str,
    content: bytes,
    *,
    mime: str = "application/pdf",
    small: bytes | None = None,
) -> Attachment:
    """Call it inside the team's scope, on a draft."""
    file = AttachedFile.objects.create(
        team=world.team,
        sha256=hashlib.sha256(content).hexdigest(),
        mime=mime,
        size=len(content),
        content=content,
        thumbnail=small,
    )
    return Attachment.objects.create(
        team=world.team, quote=quote, file=file, position=quote.attachments.count() + 1, name=name
    )


@pytest.fixture
def jo(world: World) -> Browser:
    return world.browser(world.jo_user)


def file_url(attachment: Attachment) -> str:
    return reverse("portal:quote-attachment", args=[SLUG, attachment.pk])


def test_drawings_and_photos(world: World, jo: Browser) -> None:
    """QUO-1: pictures with thumbnails, PDFs, all of them to keep and none of them to run."""
    with world.scope():
        quote = draft(world)
        photo = attach(
            world, quote, "Wall before <1>.png", drawn(400, 300), mime="image/png", small=drawn(96, 72)
        )
        plan = attach(world, quote, "Plan.pdf", b"%PDF-1.7 plan")
        sending.send(quote, by=world.alice, email_client=False)
    page = jo.get(address("quote", quote)).content.decode()
    assert "Wall before &lt;1&gt;.png" in page
    assert f'src="{file_url(photo)}?small"' in page
    for attachment, mime in ((photo, "image/png"), (plan, "application/pdf")):
        response = jo.get(file_url(attachment))
        assert response.content == bytes(attachment.file.content)
        assert response["Content-Type"] == mime
        assert response["Content-Disposition"].startswith("attachment")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    small = jo.get(file_url(photo) + "?small")
    assert small.content == drawn(96, 72)
    assert jo.get(file_url(plan) + "?small").status_code == 404


def test_files_of_drafts_and_of_others_are_not_there(world: World, jo: Browser) -> None:
    with world.scope():
        hidden = attach(world, draft(world), "a.pdf", b"%PDF-a")
        kits = draft(world, client=world.kit)
        other = attach(world, kits, "b.pdf", b"%PDF-b")
        sending.send(kits, by=world.alice, email_client=False)
    for attachment in (hidden, other):
        assert jo.get(file_url(attachment)).status_code == 404
    # By the wall alone, too.
    with world.scope(world.jo):
        assert not Attachment.objects.exists()
        assert not AttachedFile.objects.exists()


def test_a_link_opens_the_files_of_its_own_quote(world: World) -> None:
    """Trust 6."""
    with world.scope():
        quotes = [draft(world), draft(world)]
        own, other = (attach(world, quote, "a.pdf", f"%PDF-{quote.pk}".encode()) for quote in quotes)
        for quote in quotes:
            sending.send(quote, by=world.alice, email_client=False)
        link = sending.make_link(quotes[0], "x@example.com")
    browser = world.browser()
    browser.get(link[link.index("/p/") :])
    assert browser.get(file_url(own)).status_code == 200
    assert browser.get(file_url(other)).status_code == 404


def test_the_pdf_of_the_offer(world: World, jo: Browser) -> None:
    """What is on paper is what the page says first."""
    with world.scope():
        quote = sent(world)
    response = jo.get(address("quote-pdf", quote))
    assert response["Content-Disposition"] == 'attachment; filename="QUO-0001.pdf"'
    words = text(response.content)
    assert "QUO-0001" in words
    assert "£2,019.98" in words
    with world.scope():
        assert Rendering.objects.filter(quote=quote).count() == 1
    assert jo.get(address("quote-pdf", quote)).content == response.content


def test_a_member_who_views_as_client_gets_the_pdf_and_leaves_no_trace(world: World) -> None:
    """POR-7, QUO-3: to look at, the PDF too; it is printed once and kept all the same."""
    with world.scope():
        quote = sent(world)
    alice = world.browser(world.alice)
    alice.post(reverse("access:access-view", args=[SLUG, world.jo.pk]))
    assert alice.get(address("quote", quote)).status_code == 200
    assert alice.get(address("quote-pdf", quote)).content.startswith(b"%PDF")
    assert alice.post(address("quote-choose", quote)).status_code == 403
    assert alice.post(address("quote-sign", quote)).status_code == 403
    with world.scope():
        assert Quote.objects.get(pk=quote.pk).first_viewed_at is None
        assert Rendering.objects.filter(quote=quote).count() == 1

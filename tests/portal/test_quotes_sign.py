"""Signing in the portal (QUO-6, QUO-7, QUO-8)."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser

from portal import limits
from portal.models import PortalAccess
from quotes import answering, drafting, sending
from quotes.convert import generate_invoice
from quotes.models import Acceptance, Line, Quote
from teams.proof import check_evidence
from tests.documents.reading import text
from tests.portal.test_quotes import address, form, later, ticked, total
from tests.quotes.making import drawn, sent
from tests.world import World


@pytest.fixture
def quote(world: World) -> Quote:
    with world.scope():
        return sent(world, title="Bathroom refit", terms="Pay within 14 days.")


@pytest.fixture
def jo(world: World) -> Browser:
    return world.browser(world.jo_user, REMOTE_ADDR="203.0.113.42", HTTP_USER_AGENT="Firefox 140")


def seen_on(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found
    return html.unescape(found[1])


def signature(**more: Any) -> dict[str, Any]:
    sent = "data:image/png;base64," + base64.b64encode(drawn()).decode()
    return {"name": "Jo Whitaker", "how": "drawn", "drawn": sent, "agree": "on"} | more


def sign(jo: Browser, quote: Quote, **more: Any) -> Any:
    """Look at the page, and press the button."""
    page = jo.get(address("quote-sign", quote)).content.decode()
    return jo.post(address("quote-sign", quote), signature(seen=seen_on(page), **more))


def signed(world: World, quote: Quote) -> Acceptance | None:
    with world.scope():
        return Acceptance.objects.select_related("login", "link").filter(quote=quote).first()


def test_the_page_says_what_is_agreed_to_and_ticks_nothing(jo: Browser, quote: Quote) -> None:
    """QUO-6: name and signature empty, "I agree" never ticked beforehand, typing the way without script."""
    page = jo.get(address("quote-sign", quote)).content.decode()
    assert "QUO-0001, version 1" in page
    assert "£2,019<small>.98" in page
    assert "Accept and sign" in page
    assert "What is recorded" in page
    assert re.search(r'name="how" value="typed" checked', page)
    assert len(re.findall(r" checked", page)) == 1
    assert re.search(r'name="name"[^>]*', page)
    assert 'value="Jo Whitaker"' not in page


def test_signing_by_hand(world: World, jo: Browser, quote: Quote) -> None:
    """QUO-6: everything that proves it, and QUO-7: by whom and when."""
    response = sign(jo, quote)
    assert response.status_code == 303
    assert response["Location"] == address("quote-accepted", quote)
    found = signed(world, quote)
    assert found
    assert (found.name, found.how, found.login, found.email, found.link) == (
        "Jo Whitaker", "drawn", world.jo_user, "jo@example.com", None,
    )  # fmt: skip
    assert (found.ip, found.user_agent) == ("203.0.113.42", "Firefox 140")
    page = jo.get(address("quote-accepted", quote)).content.decode()
    assert "Jo Whitaker accepted QUO-0001, version 1" in page
    for part in (found.sha256[:4], found.sha256[-4:], found.pdf_sha256[:4], "203.0.113.42"):
        assert part in page
    assert 'alt="Signature of Jo Whitaker"' in page
    assert "Good" in page
    assert "Accepted by Jo Whitaker" in jo.get(address("quote", quote)).content.decode()


def test_signing_by_typing(world: World, jo: Browser, quote: Quote) -> None:
    """QUO-6: recorded as typed."""
    assert sign(jo, quote, how="typed", typed="J. Whitaker", drawn="").status_code == 303
    found = signed(world, quote)
    assert found
    assert (found.how, found.typed, found.signature) == ("typed", "J. Whitaker", None)
    assert "J. Whitaker" in jo.get(address("quote-accepted", quote)).content.decode()


def test_a_drawing_beside_a_typed_name_is_not_taken(world: World, jo: Browser, quote: Quote) -> None:
    assert sign(jo, quote, how="typed", typed="Jo").status_code == 303
    found = signed(world, quote)
    assert found
    assert found.signature is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": " "}, "Write your full name."),
        ({"agree": ""}, "Tick “I agree” to sign."),
        ({"drawn": ""}, "Sign in the box, or type your name instead."),
        ({"how": "typed", "typed": " "}, "Type your name as your signature."),
        ({"drawn": "data:image/png;base64,%%%"}, "The signature could not be read."),
        ({"drawn": "data:image/png;base64,AAAA"}, "The signature did not arrive as a picture."),
        ({"how": "stamped"}, "One thing to put right."),
        ({"name": "x" * 121}, "120"),
    ],
)
def test_what_is_missing_is_said_and_all_else_is_kept(
    world: World, jo: Browser, quote: Quote, change: dict[str, str], says: str
) -> None:
    """QUO-6: 422, with everything typed still there, the drawn signature too."""
    response = sign(jo, quote, **change)
    assert response.status_code == 422
    page = html.unescape(response.content.decode())
    assert says in page
    assert signed(world, quote) is None
    if "name" not in change:
        assert 'value="Jo Whitaker"' in page
    if "drawn" not in change and change.get("how") != "stamped":
        assert signature()["drawn"] in page
    if "agree" not in change:
        assert re.search(r'name="agree"[^>]* checked', page)
    assert re.search(r'name="seen" value="[^"]+"', page)


def test_who_sees_no_prices_reads_no_ways_to_reach_the_signer(
    world: World, jo: Browser, quote: Quote
) -> None:
    """POR-6, QUO-7: by whom and when, and nothing of their address or network."""
    sign(jo, quote)
    own = jo.get(address("quote-accepted", quote)).content.decode()
    assert "203.0.113.42" in own
    assert "Signed in as" in own
    with world.scope():
        PortalAccess.objects.filter(client=world.jo).update(hides_prices=True, shows_invoices=False)
    page = jo.get(address("quote-accepted", quote)).content.decode()
    assert "Jo Whitaker accepted QUO-0001" in page
    for hidden in ("203.0.113.42", "Signed in as", "The signed PDF goes to", "£"):
        assert hidden not in page


def test_what_moved_is_shown_and_nothing_accepted(world: World, jo: Browser, quote: Quote) -> None:
    """QUO-8: other ticks in another window."""
    seen = seen_on(jo.get(address("quote-sign", quote)).content.decode())
    jo.post(address("quote-choose", quote), form(world, quote, boiler="Best"))
    response = jo.post(address("quote-sign", quote), signature(seen=seen))
    assert response.status_code == 409
    page = response.content.decode()
    assert "Nothing was signed." in page
    assert "£2,019.98, now £2,200.00" in page
    assert signed(world, quote) is None
    assert jo.post(address("quote-sign", quote), signature(seen="")).status_code == 409
    assert signed(world, quote) is None


def test_a_newer_version_is_shown_in_place_of_the_one_seen(world: World, jo: Browser, quote: Quote) -> None:
    """QUO-8, QUO-10: an edit between looking and signing."""
    seen = seen_on(jo.get(address("quote-sign", quote)).content.decode())
    with world.scope():
        second = drafting.new_version(quote, by=world.alice)
        Line.objects.filter(quote=second, description="Labour").update(description="Labour, two men")
        sending.send(second, by=world.alice, email_client=False)
    response = jo.post(address("quote-sign", quote), signature(seen=seen))
    assert response.status_code == 409
    page = response.content.decode()
    assert "Labour, now Labour, two men" in page
    assert address("quote-choose", second) in page
    with world.scope():
        assert not Acceptance.objects.exists()


def test_too_many_tries_in_an_hour(
    world: World, jo: Browser, quote: Quote, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BAD-1: a drawing is decoded by a process of its own, while the quote is locked."""
    monkeypatch.setitem(limits.RATES, "quote-sign", "2/h/key")
    broken = "data:image/png;base64," + base64.b64encode(b"no picture").decode()
    assert [sign(jo, quote, drawn=broken).status_code for _ in range(3)] == [422, 422, 429]
    assert signed(world, quote) is None


def test_pressing_twice_is_one_acceptance(world: World, jo: Browser, quote: Quote) -> None:
    seen = seen_on(jo.get(address("quote-sign", quote)).content.decode())
    for _press in range(2):
        response = jo.post(address("quote-sign", quote), signature(seen=seen))
        assert response["Location"] == address("quote-accepted", quote)
    with world.scope():
        assert Acceptance.objects.count() == 1
    assert jo.get(address("quote-sign", quote))["Location"] == address("quote-accepted", quote)


def test_after_the_last_day_nothing_is_signed(
    world: World, jo: Browser, quote: Quote, monkeypatch: pytest.MonkeyPatch
) -> None:
    """QUO-9."""
    seen = seen_on(jo.get(address("quote-sign", quote)).content.decode())
    later(monkeypatch)
    response = jo.post(address("quote-sign", quote), signature(seen=seen))
    assert response.status_code == 409
    assert "Ask for an updated quote" in response.content.decode()
    assert signed(world, quote) is None


def test_before_it_is_signed_there_is_nothing_to_show(jo: Browser, quote: Quote) -> None:
    assert jo.get(address("quote-accepted", quote))["Location"] == address("quote", quote)
    assert jo.get(address("quote-signed-pdf", quote)).status_code == 404
    assert jo.get(address("quote-evidence", quote)).status_code == 404


def test_the_signed_pdf_is_what_was_hashed(world: World, jo: Browser, quote: Quote) -> None:
    sign(jo, quote)
    found = signed(world, quote)
    assert found
    response = jo.get(address("quote-signed-pdf", quote))
    assert hashlib.sha256(response.content).hexdigest() == found.pdf_sha256
    assert response["Content-Disposition"] == 'attachment; filename="QUO-0001-signed.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]


@pytest.mark.django_db(transaction=True)
def test_the_evidence_file_proves_itself(jo: Browser, quote: Quote) -> None:
    """Trust 5: with no CMA at hand."""
    sign(jo, quote)
    evidence = json.loads(jo.get(address("quote-evidence", quote)).content)
    assert check_evidence(evidence) == []
    assert hashlib.sha256(evidence["canonical"].encode()).hexdigest() == evidence["sha256"]
    evidence["canonical"] = evidence["canonical"].replace("Jo Whitaker", "Kit Okafor")
    assert check_evidence(evidence) != []


def test_one_total_everywhere(
    world: World, jo: Browser, quote: Quote, run_tasks: Any, django_capture_on_commit_callbacks: Any
) -> None:
    """QUO-4: page, signed PDF, mail and the invoice that follows agree to the penny."""
    jo.post(address("quote-choose", quote), form(world, quote, "Radiator", boiler="Good"))
    expected = total(world, quote)
    page = jo.get(address("quote-sign", quote)).content.decode()
    assert f'<span class="num">{expected}</span>' in page
    with django_capture_on_commit_callbacks(execute=True):
        sign(jo, quote)
    run_tasks()
    found = signed(world, quote)
    assert found
    assert expected in text(bytes(found.pdf))
    with world.scope():
        mails = {mail.to_address: mail.text for mail in world.team.mail_messages.all()}
        assert expected in mails["jo@example.com"]
        assert "alice@example.com" in mails
        invoice = generate_invoice(Quote.objects.get(pk=quote.pk), by=world.alice)
        assert invoice.total == found.total == Decimal(expected.replace("£", "").replace(",", ""))
        assert ticked(world, quote) == {"Good": Decimal(1), "Radiator": Decimal(2)}


def test_the_exchange_is_kept_with_what_is_signed(world: World, jo: Browser, quote: Quote) -> None:
    """QUO-5: frozen into the canonical text, open questions too."""
    jo.post(address("quote-ask", quote), {"line": "", "text-": "Is the skip included?"})
    sign(jo, quote)
    found = signed(world, quote)
    assert found
    agreed = json.loads(found.canonical)
    assert agreed["exchange"][0]["text"] == "Is the skip included?"
    assert len(agreed["open_questions"]) == 1
    with world.scope():
        assert answering.open_questions(Quote.objects.get(pk=quote.pk))


def test_everything_said_can_be_read_beside_the_signature(world: World, jo: Browser, quote: Quote) -> None:
    """QUO-5: answered questions are signed too, so they stand on the page that is signed."""
    page = jo.get(address("quote-sign", quote)).content.decode()
    assert "part of what you sign" not in page
    with world.scope():
        line = quote.lines.first()
        assert line
        answering.ask(quote, line_key=line.key, text="Is the skip <dear>?", by_name="Jo", user=world.jo_user)
        answering.answer(quote, line_key=line.key, text="It is included.", by=world.alice)
    page = jo.get(address("quote-sign", quote)).content.decode()
    assert "2 remarks are part of what you sign" in page
    assert "Is the skip &lt;dear&gt;?" in page
    assert "It is included." in page
    assert "still open" not in page

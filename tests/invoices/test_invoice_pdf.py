"""PDFs: printed once, kept, served with an ETag (INV-17, INV-18); the mail that waits for one (INV-10)."""

from __future__ import annotations

import datetime as dt
import io
import uuid
import zipfile
from decimal import Decimal

import pytest
from django.utils import timezone

from documents.content import Kind
from invoices import documents, mailing, tasks
from invoices.models import Export, ExportState, Invoice, Rendering, RenderingKind
from mail.models import Message
from tests.invoices.helpers import draft, issued, line, pay, url
from tests.world import make_world

PDF = b"%PDF-1.7 printed"


@pytest.fixture
def printed(monkeypatch):
    """What was printed, in place of the printing itself, which tests/documents looks at."""
    seen = []

    def note(document, **_):
        seen.append(document)
        return PDF + str(len(seen)).encode()

    monkeypatch.setattr(documents, "render_safely", note)
    return seen


@pytest.fixture
def world(transactional_db, started_tasks):
    """Committed rows: printing happens between transactions."""
    return make_world()


def get(world, name, invoice, user=None, **headers):
    return world.browser(user or world.alice).get(url(world, name, invoice.pk), headers=headers)


def test_the_document_says_what_was_stored(world):
    with world.scope():
        invoice = issued(
            world,
            line("Plant room", kind="heading"),
            line(
                "Pipe",
                "10.00",
                quantity=Decimal("9.9"),
                unit="m",
                vat_rate=world.rate,
                discount_percent=Decimal(10),
            ),
            title="Kitchen",
        )
        world.team.name = "Renamed"
        world.team.save(update_fields=["name"])
        document = documents.document_of(Invoice.objects.get())
    assert document.kind == Kind.INVOICE
    assert document.firm.name == "Kirkstall Plumbing"
    assert document.client.address == ("1 Jo Whitaker Street", "Leeds", "LS6 1AA")
    assert [one.kind for one in document.lines] == ["heading", "item"]
    assert (document.lines[1].discount, document.lines[1].net) == ("Less 10%", Decimal("89.10"))
    assert (document.subtotal, document.vat, document.total, document.balance) == (
        Decimal("89.10"),
        Decimal("17.82"),
        Decimal("106.92"),
        Decimal("106.92"),
    )
    assert document.advice is not None
    assert document.advice.sort_code == "20-00-00"
    assert document.advice.url.startswith("http://localhost:8000/p/kirkstall-plumbing/")
    assert invoice.reference in document.reference


def test_an_issued_invoice_is_printed_once(world, printed):
    with world.scope():
        invoice = issued(world)
    first = get(world, "invoice-pdf", invoice)
    second = get(world, "invoice-pdf", invoice)
    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    assert first["Content-Type"] == "application/pdf"
    assert 'filename="INV-0001.pdf"' in first["Content-Disposition"]
    assert len(printed) == 1
    assert get(world, "invoice-pdf", invoice, **{"If-None-Match": first["ETag"]}).status_code == 304


def test_payments_change_nothing_on_the_kept_pdf(world, printed):
    with world.scope():
        invoice = issued(world)
    get(world, "invoice-pdf", invoice)
    with world.scope():
        pay(world, invoice, "10.00")
    get(world, "invoice-pdf", invoice)
    assert len(printed) == 1


def test_a_moved_due_date_and_voiding_are_printed_anew(world, printed):
    with world.scope():
        invoice = issued(world)
    get(world, "invoice-pdf", invoice)
    with world.scope():
        invoice.move_due_date(dt.date(2099, 1, 1), by=world.alice)
    get(world, "invoice-pdf", invoice)
    with world.scope():
        invoice.void(by=world.alice)
    get(world, "invoice-pdf", invoice)
    assert [(one.due_date, one.void) for one in printed[1:]] == [
        (dt.date(2099, 1, 1), False),
        (dt.date(2099, 1, 1), True),
    ]
    with world.scope():
        assert Rendering.objects.count() == 3


def test_a_draft_is_watermarked_and_not_kept(world, printed):
    with world.scope():
        invoice = draft(world)
    response = get(world, "invoice-pdf", invoice)
    assert response["Cache-Control"] == "no-store"
    assert printed[0].draft
    assert printed[0].advice is None
    with world.scope():
        assert not Rendering.objects.exists()


def test_a_receipt_only_once_it_is_paid(world, printed):
    with world.scope():
        invoice = issued(world)
    assert get(world, "invoice-receipt", invoice).status_code == 404
    with world.scope():
        pay(world, invoice, "40.00")
        pay(world, invoice)
    response = get(world, "invoice-receipt", invoice)
    assert 'filename="INV-0001-receipt.pdf"' in response["Content-Disposition"]
    (receipt,) = printed
    assert receipt.kind == Kind.RECEIPT
    assert [one.amount for one in receipt.payments] == [Decimal("40.00"), Decimal("62.00")]
    assert (receipt.paid, receipt.balance) == (Decimal("102.00"), Decimal("0.00"))


def test_the_real_printer_makes_a_pdf(world):
    with world.scope():
        invoice = issued(world)
    response = get(world, "invoice-pdf", invoice)
    assert response.status_code == 200
    assert response.content.startswith(b"%PDF-")


def test_a_printer_that_fails_is_told_and_loses_nothing(world, monkeypatch):
    def fail(_document, **_):
        raise documents_worker.RenderFailed("out of paper")

    from documents import worker as documents_worker

    monkeypatch.setattr(documents, "render_safely", fail)
    with world.scope():
        invoice = issued(world)
    response = get(world, "invoice-pdf", invoice)
    assert response.status_code == 503
    assert "Try again in a minute" in response.content.decode()


def test_issuing_prints_and_mails_by_task(world, printed, run_tasks):
    with world.scope():
        invoice = draft(world)
        invoice.issue(by=world.alice, email_client=True)
    with world.scope():
        assert not Message.objects.exists()
    tasks.render(world.team.pk, invoice.pk)
    tasks.render(world.team.pk, invoice.pk)
    with world.scope():
        message = Message.objects.get()
        assert message.kind == mailing.KEY
        assert message.to_address == "jo@example.com"
        assert "INV-0001" in message.subject
        assert f"/p/kirkstall-plumbing/invoices/{invoice.pk}/pay/" in message.text
        assert message.rendering is not None
        assert bytes(message.rendering.pdf) == PDF + b"1"


def test_without_the_tick_nothing_is_mailed(world, printed):
    with world.scope():
        invoice = issued(world)
    tasks.render(world.team.pk, invoice.pk)
    with world.scope():
        assert not Message.objects.exists()


def test_the_sweep_finds_what_a_lost_broker_left(world, printed):
    with world.scope():
        first, second = draft(world), draft(world)
        first.issue(by=world.alice)
        second.issue(by=world.alice, email_client=True)
    tasks.sweep_renderings()
    assert not printed
    with pytest.MonkeyPatch.context() as patch:
        later = timezone.now() + dt.timedelta(minutes=2)
        patch.setattr(timezone, "now", lambda: later)
        tasks.sweep_renderings()
        tasks.sweep_renderings()
    assert len(printed) == 2
    with world.scope():
        assert Rendering.objects.count() == 2
        assert Message.objects.count() == 1


def test_send_again_is_one_mail_for_one_press(world, printed):
    with world.scope():
        invoice = issued(world)
    key = str(uuid.uuid4())
    for _ in range(2):
        response = world.browser(world.alice).post(url(world, "invoice-email", invoice.pk), {"form_key": key})
        assert response.status_code == 303
    with world.scope():
        assert Message.objects.count() == 1
    page = get(world, "invoice", invoice).content.decode()
    assert "Mail to jo@example.com is about to be sent" in page
    assert "Sent again by Alice Hartley" in page


def test_a_client_without_an_address_is_told(world, printed):
    with world.scope():
        invoice = issued(world)
        world.jo.emails.all().delete()
    page = get(world, "invoice-email", invoice).content.decode()
    assert "has no e-mail address yet" in page


def test_a_zip_of_many(world, printed):
    with world.scope():
        invoices = [draft(world), issued(world), issued(world)]
    browser = world.browser(world.alice)
    response = browser.post(url(world, "invoice-zip"), {"pick": [one.pk for one in invoices]})
    with world.scope():
        export = Export.objects.get()
    assert response.url == url(world, "export", export.pk)
    page = browser.get(response.url).content.decode()
    assert "0 of 3" in page
    assert browser.get(response.url + "?v=waiting0").status_code == 204
    assert browser.get(url(world, "export-download", export.pk)).status_code == 409
    tasks.make_zip(world.team.pk, export.pk)
    assert "3 PDFs are ready" in browser.get(response.url + "?v=waiting0").content.decode()
    answer = browser.get(url(world, "export-download", export.pk))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["draft-INV-0001.pdf", "INV-0002.pdf", "INV-0003.pdf"]
        assert archive.read("INV-0002.pdf").startswith(b"%PDF")
    assert world.browser(world.charlie).get(response.url).status_code == 404
    assert world.browser(world.bob).get(response.url).status_code == 403


def test_a_zip_that_was_interrupted_is_finished_by_the_sweep(world, printed):
    with world.scope():
        invoice = issued(world)
        export = Export.objects.create(
            team=world.team, invoice_ids=[invoice.pk], total=1, state=ExportState.RUNNING, filename="a.zip",
            created_by=world.alice,
        )  # fmt: skip
        Export.objects.filter(pk=export.pk).update(touched_at=timezone.now() - dt.timedelta(hours=1))
    tasks.sweep_renderings()
    with world.scope():
        export.refresh_from_db()
        assert (export.state, export.done) == (ExportState.DONE, 1)


def test_names_of_files_hold_nothing_odd():
    assert documents.filename("../é/a\n.x", RenderingKind.RECEIPT) == "---a-.x-receipt.pdf"

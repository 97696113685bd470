"""Several invoices at once (INV-15)."""

from __future__ import annotations

from invoices.models import Invoice, InvoiceState
from tests.invoices.helpers import draft, issued, line, url


def post(world, user=None, **data):
    return world.browser(user or world.alice).post(url(world, "invoice-bulk"), data)


def test_marking_sent_asks_first(world):
    with world.scope():
        invoices = [draft(world), draft(world), issued(world)]
    chosen = [one.pk for one in invoices]
    page = post(world, do="sent", pick=chosen).content.decode()
    assert "Finalize & Lock 2 invoices?" in page
    assert "1 chosen invoice is no draft" in page
    with world.scope():
        assert Invoice.objects.filter(state=InvoiceState.DRAFT).count() == 2
    assert post(world, do="sent", sure="1", pick=chosen).url == url(world, "invoice-list")
    with world.scope():
        assert not Invoice.objects.filter(state=InvoiceState.DRAFT).exists()


def test_one_that_is_not_ready_does_not_stop_the_others(world):
    with world.scope():
        good, bad = draft(world), draft(world, line("Free", "0", vat_rate=world.rate))
    browser = world.browser(world.alice)
    page = browser.post(
        url(world, "invoice-bulk"), {"do": "sent", "sure": "1", "pick": [good.pk, bad.pk]}, follow=True
    ).content.decode()
    assert "1 invoice is marked Sent." in page
    assert "INV-0002 comes to nothing." in page


def test_mailing_leaves_out_who_has_no_address(world, started_tasks, django_capture_on_commit_callbacks):
    with world.scope():
        first, second = issued(world), issued(world, client=world.kit)
        world.kit.emails.all().delete()
    started_tasks.clear()
    with django_capture_on_commit_callbacks(execute=True):
        post(world, do="email", sure="1", form_key="k", pick=[first.pk, second.pk])
    assert [name for name, _args in started_tasks] == ["invoices.tasks.send_again"]
    assert started_tasks[0][1][:3] == (world.team.pk, first.pk, "k")


def test_nothing_chosen_and_nothing_of_others(world):
    browser = world.browser(world.alice)
    page = browser.post(url(world, "invoice-bulk"), {"do": "sent"}, follow=True).content.decode()
    assert "Choose at least one invoice." in page
    with world.scope():
        mine = draft(world)
    other = world.browser(world.charlie).post(
        f"/t/{world.other.slug}/invoices/chosen/", {"do": "sent", "sure": "1", "pick": [mine.pk]}
    )
    assert other.status_code == 303
    with world.scope():
        assert Invoice.objects.get().is_draft


def test_who_may(world):
    assert post(world, world.ann, do="sent").status_code == 403
    assert post(world, world.charlie, do="sent").status_code == 404
    assert post(world, do="explode").status_code == 404
    assert world.browser(world.alice).get(url(world, "invoice-bulk")).status_code == 405

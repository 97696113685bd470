import pytest
from django.urls import reverse

from clients.models import Client


def form(**fields):
    data = {
        "name": "Margaret Ellis",
        "kind": "private",
        "company": "",
        "vat_number": "",
        "terms_days": "",
        "language": "",
        "tags": "",
        "notes": "",
    }
    for prefix in ("emails", "phones", "addresses"):
        data |= {
            f"{prefix}-TOTAL_FORMS": "1",
            f"{prefix}-INITIAL_FORMS": "0",
            f"{prefix}-MAX_NUM_FORMS": "10",
        }
    data |= {
        "addresses-0-kind": "billing",
        "addresses-0-text": "",
        "addresses-0-postcode": "",
        "addresses-0-access_notes": "",
    }
    return data | fields


@pytest.fixture
def browser(world):
    return world.browser(world.bob)


def address(world, name, *args):
    return reverse(f"clients:{name}", args=[world.team.slug, *args])


def test_it_works(world, browser):
    response = browser.get(address(world, "client", world.jo.pk))
    assert response.status_code == 200
    assert "jo@example.com" in response.text
    assert "Total Paid" in response.text


def test_create_with_name_alone(world, browser):
    response = browser.post(address(world, "client-create"), form())
    with world.scope():
        client = world.team.clients.get(name="Margaret Ellis")
    assert response.url == address(world, "client", client.pk)


def test_create_with_contacts(world, browser):
    browser.post(
        address(world, "client-create"),
        form(
            **{
                "emails-TOTAL_FORMS": "2",
                "emails-0-address": "old@example.com",
                "emails-1-address": "new@example.com",
                "emails-primary": "1",
                "phones-0-number": "0113 496 0000",
                "addresses-0-text": "88 Otley Road\nLeeds",
                "addresses-0-postcode": "LS6 4BA",
                "tags": "landlord, boiler plan, landlord",
            }
        ),
    )
    with world.scope():
        client = world.team.clients.get(name="Margaret Ellis")
        assert client.primary_email() == "new@example.com"
        assert client.billing_lines() == ["88 Otley Road", "Leeds", "LS6 4BA"]
        assert client.tags == ["landlord", "boiler plan"]
        for words in ("ellis otley", "new@example", "0113 496", "landlord"):
            assert list(Client.objects.all().matching(words)) == [client], words


def test_edit_moves_the_primary_address(world, browser):
    with world.scope():
        email = world.jo.emails.get()
    data = form(name="Jo Whitaker") | {
        "emails-TOTAL_FORMS": "2",
        "emails-INITIAL_FORMS": "1",
        "emails-0-id": str(email.pk),
        "emails-0-address": "jo@example.com",
        "emails-1-address": "second@example.com",
        "emails-primary": "1",
        "addresses-TOTAL_FORMS": "0",
    }
    assert browser.post(address(world, "client-edit", world.jo.pk), data).status_code == 302
    with world.scope():
        assert world.jo.primary_email() == "second@example.com"
        entry = world.team.audit_entries.get(verb="client.changed")
    assert entry.client_id == world.jo.pk


def test_a_refused_form_keeps_what_was_typed(world, browser):
    response = browser.post(
        address(world, "client-create"), form(name="", notes="Dog bites") | {"emails-0-address": "no address"}
    )
    assert response.status_code == 422
    assert "Dog bites" in response.text
    assert "no address" in response.text
    assert "2 things to put right" in response.text


def test_archive_and_undo(world, browser):
    browser.post(address(world, "client-archive", world.kit.pk))
    with world.scope():
        assert world.team.clients.get(pk=world.kit.pk).is_archived
    assert "Kit Okafor" not in browser.get(address(world, "client-list")).text.split('id="list"')[1]
    browser.post(address(world, "client-unarchive", world.kit.pk))
    with world.scope():
        assert not world.team.clients.get(pk=world.kit.pk).is_archived


def test_not_mine(world):
    browser = world.browser(world.charlie)
    assert browser.get(address(world, "client", world.jo.pk)).status_code == 404
    other = reverse("clients:client", args=[world.other.slug, world.jo.pk])
    assert browser.get(other).status_code == 404


def test_the_accountant_reads_and_changes_nothing(world):
    browser = world.browser(world.ann)
    assert browser.get(address(world, "client", world.jo.pk)).status_code == 200
    assert browser.get(address(world, "client-create")).status_code == 403
    assert browser.post(address(world, "client-archive", world.jo.pk)).status_code == 403


def test_wrong_method(world, browser):
    assert browser.get(address(world, "client-archive", world.jo.pk)).status_code == 405


def test_every_mail_is_on_the_record_with_its_state(world, browser):
    with world.scope():
        for number, state in enumerate(["queued", "claimed", "sent", "failed", "bounced", "unknown"]):
            world.team.mail_messages.create(
                client=world.jo,
                kind="invoice_ready",
                reason=f"test:{number}",
                to_address="jo@example.com",
                from_name=world.team.name,
                subject=f"Invoice {number}",
                text="",
                html="",
                state=state,
                error="550 no such user" if state == "bounced" else "",
            )
    text = browser.get(address(world, "client", world.jo.pk)).text
    for words in (
        "Invoice 0",
        "Queued",
        "Being sent",
        "Sent",
        "Failed",
        "Bounced",
        "Unknown",
        "550 no such user",
    ):
        assert words in text, words


def test_another_language_than_ours_is_refused(world, browser):
    assert browser.post(address(world, "client-create"), form(language="xx")).status_code == 422

"""The section "Billing & Payment Details" of the settings (PAY-4, INV-1, INV-8, TEA-1, TEA-4)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from dev.stripe_sandbox import Sandbox, new_key
from invoices.models import NumberEntry, NumberSeries
from mail.models import Message
from payments import account
from payments.models import EventState, StripeAccount, WebhookEvent
from teams.models import AuditEntry, Membership, Team, User
from teams.roles import Role
from tests.payments.conftest import Shop
from tests.world import PASSWORD, World

HTMX = {"HX-Request": "true"}
BASE = "/t/kirkstall-plumbing/payments/settings/"
BANK = {
    "bank_account_name": "Kirkstall Plumbing Ltd",
    "bank_sort_code": "040506",
    "bank_account_number": "1234 5678",
    "password": PASSWORD,
}
NUMBERS = {"prefix": "INV-", "padding": "4", "next_number": "1", "terms_days": "30"}
EVERYTHING = ["", "bank/", "numbers/", "ways/", "stripe-key/", "stripe-key/remove/"]
OWNERS = ["bank/", "stripe-key/", "stripe-key/remove/"]


@pytest.fixture
def alice(world: World) -> Browser:
    return world.browser(world.alice)


def admin(world: World, user: User) -> Browser:
    with world.scope():
        Membership.objects.filter(user=user).update(role=Role.ADMIN)
    return world.browser(user)


def team_of(world: World) -> Team:
    with world.scope():
        return Team.objects.get()


def last_entry(world: World) -> AuditEntry:
    with world.scope():
        return AuditEntry.objects.latest("pk")


def stored(world: World) -> StripeAccount | None:
    with world.scope():
        return StripeAccount.objects.filter(team=world.team).first()


# ---- Who may ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", EVERYTHING)
def test_staff_accountant_and_strangers_stay_out(world: World, path: str) -> None:
    for user, status in ((world.bob, 403), (world.ann, 403), (world.charlie, 404), (world.jo_user, 404)):
        assert world.browser(user).get(BASE + path).status_code == status
        assert world.browser(user).post(BASE + path, {}).status_code == status
    assert world.browser().get(BASE + path).status_code == 302


@pytest.mark.parametrize("path", OWNERS)
def test_key_and_bank_details_are_the_owners(world: World, path: str) -> None:
    response = admin(world, world.bob).post(BASE + path, {**BANK, "key": new_key()})
    assert response.status_code == 403
    assert team_of(world).bank_account_number == "55779911"


def test_an_admin_reads_what_only_an_owner_changes(world: World) -> None:
    html = admin(world, world.bob).get(BASE).content.decode()
    assert "55779911" in html
    assert "Only an owner can change the bank details." in html
    assert "Only an owner can change the Stripe key." in html
    assert 'name="key"' not in html
    assert 'name="password"' not in html
    assert 'name="terms_days"' in html


def test_the_owner_sees_every_form(alice: Browser) -> None:
    html = alice.get(BASE).content.decode()
    for words in ("Billing &amp; Payment Details", "Stripe Key", "Checkout Sessions: Write", "INV-0001"):
        assert words in html
    assert html.count('name="password"') == 2
    assert "Remove key" not in html


@pytest.mark.parametrize("path", ["bank/", "numbers/", "ways/", "stripe-key/"])
def test_the_addresses_of_forms_lead_to_the_page(alice: Browser, path: str) -> None:
    response = alice.get(BASE + path)
    assert response.status_code == 302
    assert response.headers["Location"].startswith(f"{BASE}#")
    assert alice.put(BASE + path).status_code == 405


# ---- Bank details -----------------------------------------------------------------------------------


def test_new_bank_details_are_logged_and_told_to_every_owner(world: World, alice: Browser) -> None:
    with world.scope():
        Membership.objects.filter(user=world.ann).update(role=Role.OWNER)
    assert alice.post(f"{BASE}bank/", BANK).status_code == 303
    team = team_of(world)
    assert (team.bank_sort_code, team.bank_account_number) == ("04-05-06", "12345678")
    entry = last_entry(world)
    assert (entry.verb, entry.actor_id) == ("team.bank_details_changed", world.alice.pk)
    assert entry.details["changes"] == {
        "bank_sort_code": ["20-00-00", "04-05-06"],
        "bank_account_number": ["••••9911", "••••5678"],
    }
    with world.scope():
        mails = Message.objects.filter(kind="bank_details_changed")
        assert sorted(mail.to_address for mail in mails) == ["alice@example.com", "ann@example.com"]
        assert all("5678" in mail.text and "12345678" not in mail.text for mail in mails)


def test_the_same_bank_details_tell_nobody(world: World, alice: Browser) -> None:
    same = {**BANK, "bank_sort_code": "20-00-00", "bank_account_number": "55779911"}
    assert alice.post(f"{BASE}bank/", same).status_code == 303
    with world.scope():
        assert not Message.objects.exists()
        assert not AuditEntry.objects.filter(verb="team.bank_details_changed").exists()


def test_no_bank_details_at_all(world: World, alice: Browser) -> None:
    empty = dict.fromkeys(("bank_account_name", "bank_sort_code", "bank_account_number"), "")
    assert alice.post(f"{BASE}bank/", {**empty, "password": PASSWORD}).status_code == 303
    assert not team_of(world).takes_transfers


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"bank_sort_code": "12345"}, "six figures"),
        ({"bank_account_number": "12"}, "eight figures"),
        ({"bank_account_number": "12345678a"}, "eight figures"),
        ({"bank_account_name": ""}, "Fill in all three"),
        ({"password": ""}, "Type your password"),
        ({"password": "wrong"}, "not your password"),
    ],
)
def test_refused_bank_details_keep_what_was_typed(
    world: World, alice: Browser, other: dict[str, str], told: str
) -> None:
    response = alice.post(f"{BASE}bank/", {**BANK, **other})
    html = response.content.decode()
    assert response.status_code == 422
    assert told in html
    assert all(
        f'value="{typed}"' in html for name, typed in {**BANK, **other}.items() if "bank" in name and typed
    )
    assert PASSWORD not in html
    assert team_of(world).bank_account_number == "55779911"


def test_the_password_counts_for_a_few_minutes(world: World, alice: Browser) -> None:
    alice.post(f"{BASE}bank/", BANK)
    assert 'name="password"' not in alice.get(BASE).content.decode()
    again = {name: text for name, text in BANK.items() if name != "password"}
    assert alice.post(f"{BASE}bank/", {**again, "bank_account_number": "87654321"}).status_code == 303
    assert team_of(world).bank_account_number == "87654321"


def test_who_has_no_password_confirms_elsewhere(world: World, alice: Browser, settings: Any) -> None:
    from allauth.mfa.models import Authenticator

    Authenticator.objects.create(user=world.alice, type=Authenticator.Type.TOTP, data={"secret": "x"})
    world.alice.set_unusable_password()
    world.alice.save()
    alice = world.browser(world.alice)
    html = alice.get(BASE).content.decode()
    assert "Confirm first that it is you" in html
    response = alice.post(f"{BASE}bank/", {**BANK, "password": ""})
    assert response.status_code == 422
    assert team_of(world).bank_account_number == "55779911"


def test_guessing_the_password_comes_to_an_end(world: World, alice: Browser) -> None:
    for _ in range(10):
        alice.post(f"{BASE}bank/", {**BANK, "password": "wrong"})
    response = alice.post(f"{BASE}bank/", BANK)
    assert response.status_code == 422
    assert "Too many tries" in response.content.decode()
    assert team_of(world).bank_account_number == "55779911"


# ---- Numbers and terms ------------------------------------------------------------------------------


def take(world: World, count: int) -> None:
    with world.scope():
        series = NumberSeries.locked(world.team)
        for _ in range(count):
            series.take()


def test_prefix_digits_and_terms(world: World, alice: Browser) -> None:
    form = {**NUMBERS, "prefix": "KP/26-", "padding": "5", "terms_days": "14"}
    assert alice.post(f"{BASE}numbers/", form).status_code == 303
    with world.scope():
        assert NumberSeries.of(world.team).next_reference == "KP/26-00001"
    assert team_of(world).terms_days == 14
    entry = last_entry(world)
    assert entry.verb == "team.numbering_changed"
    assert entry.details["changes"] == {
        "prefix": ["INV-", "KP/26-"],
        "padding": [4, 5],
        "terms_days": [30, 14],
    }


def test_before_the_first_invoice_any_number_is_a_start(world: World, alice: Browser) -> None:
    assert alice.post(f"{BASE}numbers/", {**NUMBERS, "next_number": "20260001"}).status_code == 303
    assert alice.post(f"{BASE}numbers/", {**NUMBERS, "next_number": "154"}).status_code == 303
    with world.scope():
        assert NumberSeries.of(world.team).next_reference == "INV-0154"
        assert not NumberEntry.objects.exists()


def test_skipped_numbers_keep_their_reason(world: World, alice: Browser) -> None:
    take(world, 2)
    response = alice.post(f"{BASE}numbers/", {**NUMBERS, "next_number": "6"})
    html = response.content.decode()
    assert response.status_code == 422
    assert "That skips 3 numbers. Say why." in html
    assert 'name="reason"' in html
    form = {**NUMBERS, "next_number": "6", "reason": "The old book went on"}
    assert alice.post(f"{BASE}numbers/", form).status_code == 303
    with world.scope():
        assert NumberSeries.of(world.team).next_number == 6
        skipped = NumberEntry.objects.filter(fate="skipped").order_by("number")
        assert [(entry.number, entry.reason, entry.by) for entry in skipped] == [
            (number, "The old book went on", world.alice) for number in (3, 4, 5)
        ]
    assert last_entry(world).details["reason"] == "The old book went on"


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"next_number": "2"}, "3 is the lowest that is free"),
        ({"next_number": "0"}, ""),
        ({"next_number": "20000", "reason": "x"}, "more than 10,000"),
        ({"next_number": "abc"}, ""),
        ({"prefix": "INV 1"}, "Letters, digits"),
        ({"prefix": "X" * 13}, ""),
        ({"padding": "0"}, ""),
        ({"padding": "12"}, ""),
        ({"terms_days": "366"}, ""),
        ({"terms_days": "-1"}, ""),
    ],
)
def test_numbers_that_are_refused(world: World, alice: Browser, other: dict[str, str], told: str) -> None:
    take(world, 2)
    form = {**NUMBERS, "next_number": "3", "terms_days": "21", **other}
    response = alice.post(f"{BASE}numbers/", form)
    html = response.content.decode()
    assert response.status_code == 422
    assert told in html
    assert all(f'value="{typed}"' in html for name, typed in form.items() if name != "reason")
    assert team_of(world).terms_days == 30
    with world.scope():
        assert NumberSeries.of(world.team).next_reference == "INV-0003"


def test_an_admin_sets_numbers_and_ways(world: World) -> None:
    bob = admin(world, world.bob)
    assert bob.post(f"{BASE}numbers/", {**NUMBERS, "terms_days": "7"}).status_code == 303
    assert bob.post(f"{BASE}ways/", {"email_on_issue": "on"}).status_code == 303
    team = team_of(world)
    assert (team.terms_days, team.allow_part_payment, team.email_on_issue) == (7, False, True)
    entry = last_entry(world)
    assert entry.verb == "team.ways_to_pay_changed"
    assert entry.details["changes"] == {"allow_part_payment": [True, False], "email_on_issue": [False, True]}


# ---- The key ----------------------------------------------------------------------------------------


def test_saving_a_key(world: World, alice: Browser, sandbox: Sandbox) -> None:
    response = alice.post(f"{BASE}stripe-key/", {"key": sandbox.key, "password": PASSWORD})
    assert response.status_code == 303
    saved = stored(world)
    assert saved is not None
    assert account.key_of(saved) == sandbox.key
    assert saved.endpoint
    assert last_entry(world).actor_id == world.alice.pk
    html = alice.get(BASE).content.decode()
    assert f"•••• {sandbox.key[-4:]}" in html
    assert sandbox.key not in html
    assert "Stripe is in test mode. No real money moves." in html
    assert saved.webhook_token in html
    assert "Remove key" in html
    assert "Working" in html


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("pk_test_1234567890abcdef", "publishable key"),
        (" sk_test_1234567890abcdef", "blanks before or after"),
        ("sk_test_12345 67890abcdef", "a blank inside"),
        ("hello", "not a Stripe key"),
        ("sk_test_" + "a" * 400, "too long"),
    ],
)
def test_what_is_no_key(world: World, alice: Browser, sandbox: Sandbox, key: str, told: str) -> None:
    response = alice.post(f"{BASE}stripe-key/", {"key": key, "password": PASSWORD})
    html = response.content.decode()
    assert response.status_code == 422
    assert told in html
    assert key not in html
    # The password was right: it is not asked for again.
    assert 'name="password"' not in html
    assert stored(world) is None


def test_a_key_that_stripe_refuses_leaves_the_old_one(shop: Shop) -> None:
    alice = shop.world.browser(shop.world.alice)
    other = new_key()
    shop.sandbox.revoke(other)
    response = alice.post(f"{BASE}stripe-key/", {"key": other, "password": PASSWORD})
    assert response.status_code == 422
    assert "does not accept this key" in response.content.decode()
    saved = stored(shop.world)
    assert saved is not None
    assert account.key_of(saved) == shop.sandbox.key


def test_missing_rights_are_named(world: World, alice: Browser, sandbox: Sandbox) -> None:
    key = new_key("rk_test_")
    sandbox.without_rights(key, "rak_webhook_write")
    response = alice.post(f"{BASE}stripe-key/", {"key": key, "password": PASSWORD})
    assert response.status_code == 422
    assert "lacks rights: Webhook Endpoints: Write" in response.content.decode()


def test_stripe_is_not_asked_without_the_password(world: World, alice: Browser, sandbox: Sandbox) -> None:
    response = alice.post(f"{BASE}stripe-key/", {"key": sandbox.key, "password": "wrong"})
    assert response.status_code == 422
    assert "not your password" in response.content.decode()
    assert sandbox.key not in response.content.decode()
    assert sandbox.requests(sandbox.key) == []


def test_an_empty_field_keeps_the_key(shop: Shop) -> None:
    before = stored(shop.world)
    response = shop.world.browser(shop.world.alice).post(f"{BASE}stripe-key/", {"key": "", "password": ""})
    assert response.status_code == 303
    after = stored(shop.world)
    assert before is not None
    assert after is not None
    assert bytes(after.key_cipher) == bytes(before.key_cipher)


def test_removing_the_key_asks_first(shop: Shop) -> None:
    alice = shop.world.browser(shop.world.alice)
    url = f"{BASE}stripe-key/remove/"
    html = alice.get(url, headers=HTMX).content.decode()
    assert shop.sandbox.key[-4:] in html
    assert "Confirm" in html
    assert alice.post(url, {"password": "wrong"}, headers=HTMX).status_code == 422
    assert stored(shop.world) is not None
    assert alice.post(url, {"password": PASSWORD}).status_code == 303
    assert stored(shop.world) is None
    assert not team_of(shop.world).takes_cards
    assert last_entry(shop.world).verb == "team.stripe_key_removed"
    assert alice.post(url, headers=HTMX).status_code == 409


# ---- Events -----------------------------------------------------------------------------------------


def failed_event(world: World, *, theirs: bool = False) -> WebhookEvent:
    with world.other_scope() if theirs else world.scope():
        return WebhookEvent.objects.create(
            team=world.other if theirs else world.team,
            event="evt_1",
            type="charge.refunded",
            object_id="ch_1",
            livemode=False,
            state=EventState.FAILED,
            attempts=14,
            error="Stripe did not answer",
        )


def retry(event: WebhookEvent) -> str:
    return f"{BASE}events/{event.pk}/retry/"


@pytest.mark.django_db(transaction=True)
def test_a_failed_event_is_shown_and_tried_again(shop: Shop, started_tasks: list[Any]) -> None:
    event = failed_event(shop.world)
    bob = admin(shop.world, shop.world.bob)
    html = bob.get(BASE).content.decode()
    assert "One event could not be handled" in html
    assert "Stripe did not answer" in html
    assert "Try again" in html
    started_tasks.clear()
    assert bob.post(retry(event)).status_code == 303
    assert started_tasks == [("payments.tasks.handle_event", (shop.world.team.pk, event.pk))]
    with shop.world.scope():
        WebhookEvent.objects.update(state=EventState.DONE)
    assert bob.post(retry(event), headers=HTMX).status_code == 409


def test_whose_event(world: World, alice: Browser) -> None:
    event = failed_event(world)
    assert world.browser(world.bob).post(retry(event)).status_code == 403
    assert world.browser(world.charlie).post(retry(event)).status_code == 404
    assert alice.post(retry(failed_event(world, theirs=True))).status_code == 404
    assert alice.get(retry(event)).status_code == 405

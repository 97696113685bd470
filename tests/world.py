"""The people of the tests (shared by all): Alice owns a team, Bob is staff, Ann is the accountant,
Charlie owns another team; Jo and Kit are clients of Alice's, Lee of Charlie's."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from allauth.account.models import EmailAddress
from django.test import Client as Browser

from catalogue.models import Product, VatRate, give_standard_rates
from clients.models import Address, Client, Email
from portal.models import PortalAccess
from teams.colour import both_themes
from teams.models import Membership, Team, User
from teams.roles import Role
from teams.scope import OFFICE, Scope, team_scope

PASSWORD = "a-long-test-password"


@dataclass
class World:
    alice: User
    bob: User
    ann: User
    charlie: User
    jo_user: User
    kit_user: User
    lee_user: User
    team: Team
    other: Team
    jo: Client
    kit: Client
    lee: Client
    product: Product
    other_product: Product
    rate: VatRate
    other_rate: VatRate

    def scope(self, client: Client | None = None) -> AbstractContextManager[Scope]:
        """Alice's team; with a client, that client's portal."""
        return team_scope(self.team.pk, client.pk if client else OFFICE)

    def other_scope(self) -> AbstractContextManager[Scope]:
        return team_scope(self.other.pk)

    def browser(self, user: User | None = None, **extra: Any) -> Browser:
        """A test client, signed in as `user` if given."""
        browser = Browser(**extra)
        if user is not None:
            browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return browser


def person(email: str, name: str) -> User:
    user = User.objects.create_user(email, PASSWORD, name=name)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def business(slug: str, name: str, **fields: Any) -> Team:
    """A team with its VAT rates. Its scope is closed again."""
    team_id = Team.reserve_id()
    with team_scope(team_id):
        colour = fields.pop("colour", "#0b6e69")
        team = Team.objects.create(
            pk=team_id, slug=slug, name=name, colour=colour, colour_tokens=both_themes(colour), **fields
        )
        give_standard_rates(team)
    return team


def customer(team: Team, name: str, email: str, **fields: Any) -> Client:
    """A client with one address and one mail address; call it inside the team's scope."""
    client = Client.objects.create(team=team, name=name, **fields)
    Email.objects.create(team=team, client=client, address=email, is_primary=True)
    Address.objects.create(team=team, client=client, text=f"1 {name} Street\nLeeds", postcode="LS6 1AA")
    client.refresh_search_text()
    return client


def invite(client: Client, user: User) -> PortalAccess:
    """A portal that is switched on and has been used; call it inside the team's scope."""
    from django.utils import timezone

    Client.objects.filter(pk=client.pk).update(portal_enabled=True)
    client.portal_enabled = True
    now = timezone.now()
    return PortalAccess.objects.create(
        team_id=client.team_id, client=client, user=user, email=user.email, invited_at=now, active_at=now
    )


def make_world() -> World:
    alice, bob, ann = (
        person("alice@example.com", "Alice Hartley"),
        person("bob@example.com", "Bob Nowak"),
        person("ann@example.com", "Ann Field"),
    )
    charlie = person("charlie@example.com", "Charlie Stone")
    jo_user, kit_user, lee_user = (
        person("jo@example.com", "Jo Whitaker"),
        person("kit@example.com", "Kit Okafor"),
        person("lee@example.com", "Lee Marsh"),
    )
    team = business(
        "kirkstall-plumbing",
        "Kirkstall Plumbing",
        email="hello@kirkstall.example",
        phone="0113 496 0142",
        address="3 Goit Mill Yard\nLeeds\nLS4 2XB",
        vat_number="GB999999973",
        bank_account_name="Kirkstall Plumbing Ltd",
        bank_sort_code="20-00-00",
        bank_account_number="55779911",
    )
    other = business(
        "stone-electrics", "Stone Electrics", email="charlie@stone.example", vat_number="GB999999974"
    )
    with team_scope(team.pk):
        for user, role in ((alice, Role.OWNER), (bob, Role.STAFF), (ann, Role.ACCOUNTANT)):
            Membership.objects.create(team=team, user=user, role=role)
        jo, kit = (
            customer(team, "Jo Whitaker", "jo@example.com"),
            customer(team, "Kit Okafor", "kit@example.com"),
        )
        invite(jo, jo_user)
        invite(kit, kit_user)
        rate = team.vat_rates.get(name="20%")
        product = Product.objects.create(
            team=team, name="Boiler service", unit="visit", unit_price=Decimal("85.0000"), vat_rate=rate
        )
    with team_scope(other.pk):
        Membership.objects.create(team=other, user=charlie, role=Role.OWNER)
        lee = customer(other, "Lee Marsh", "lee@example.com")
        invite(lee, lee_user)
        other_rate = other.vat_rates.get(name="20%")
        other_product = Product.objects.create(
            team=other, name="Rewire", unit_price=Decimal("1200.0000"), vat_rate=other_rate
        )
    return World(
        alice, bob, ann, charlie, jo_user, kit_user, lee_user, team, other, jo, kit, lee,
        product, other_product, rate, other_rate,
    )  # fmt: skip

"""Makes the demo team. Time is moved back for each step, so that log, timeline and charts tell a year."""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from unittest import mock

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from PIL import Image, ImageDraw

from catalogue.models import Product
from clients.models import Address, AddressKind, Client, ClientKind, Email, Phone
from cma.demo.books import CLIENTS, JOBS, LONG_JOB, LONG_LINES, PRODUCTS, Person
from cma.demo.offers import Offers
from invoices.drafting import LineInput, save_draft
from invoices.models import Invoice, LineKind
from mail.models import Message, State
from payments.account import save_key
from payments.ledger import claim_transfer, record_payment, release
from payments.models import Method
from portal.inviting import use_link
from portal.models import Section
from portal.people import Toggles, invite
from teams.audit import Actor, acting, record
from teams.directory import all_team_ids, team_by_slug
from teams.founding import found_team
from teams.logo import take_in, use_logo
from teams.models import Membership, Team, User
from teams.roles import Role
from teams.scope import team_scope

SLUG = "kirkstall-plumbing"
NAME = "Kirkstall Plumbing"
PASSWORD = "demo-password"  # noqa: S105 - printed at every start
# An account of the local sandbox; Stripe itself would not know it.
STRIPE_KEY = "sk_test_KirkstallPlumbingDemo0001"
SEED = 1854
# Of the invoices that are paid at all: how, and how often.
METHODS = [Method.BANK] * 6 + [Method.CARD] * 3 + [Method.CASH] * 2 + [Method.CHEQUE]


class OtherTeams(RuntimeError):
    """The database holds teams of real people."""


@dataclass(frozen=True)
class Step:
    """Something that happened at a moment of the year."""

    at: dt.datetime
    do: Callable[[], object]


def make_demo() -> bool:
    """Make the demo team; False when it is there already. Raises OtherTeams."""
    team_id = team_by_slug(SLUG)
    if team_id is None:
        if all_team_ids():
            raise OtherTeams("This database holds other teams: the demo team is only made in an empty one.")
        with transaction.atomic():
            made = Demo().make()
        connect_stripe(made)
        return True
    connect_stripe(team_id)
    return False


@contextmanager
def moment(at: dt.datetime) -> Iterator[None]:
    """Inside, it is `at`: rows and log entries are dated then."""
    with mock.patch.object(timezone, "now", return_value=at):
        yield


def login(email: str, name: str) -> User:
    """A person who can sign in with the demo password."""
    user = User.objects.create_user(email, PASSWORD, name=name)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


class Demo:
    """The year of one business, drawn with a fixed seed and told relative to today."""

    def __init__(self) -> None:
        self.random = random.Random(SEED)
        self.now = timezone.now()
        self.team: Team
        self.steps: list[Step] = []
        self.products: dict[str, Product] = {}
        self.clients: list[Client] = []

    def make(self) -> int:
        """Everything, in the order in which it happened; the team's id."""
        self.alice = login("alice@example.com", "Alice Hartley")
        self.bob, self.ann = login("bob@example.com", "Bob Nowak"), login("ann@example.com", "Ann Field")
        begun = self.ago(365)
        with moment(begun), acting(Actor(str(self.alice), self.alice.pk)):
            self.team = found_team(owner=self.alice, name=NAME)
        with team_scope(self.team.pk), acting(Actor(str(self.alice), self.alice.pk)):
            with moment(begun):
                self.settle_in()
            self.plan_the_year()
            self.plan_loose_ends()
            self.plan_offers()
            for step in sorted(self.steps, key=lambda step: step.at):
                with moment(step.at):
                    step.do()
            # What was mailed on the way went out on its day, not today when the demo is made.
            Message.objects.filter(state=State.QUEUED).update(state=State.SENT, sent_at=F("created_at"))
        return self.team.pk

    def ago(self, days: float, hour: int | None = None) -> dt.datetime:
        """That many days back, at a working hour in Leeds."""
        local = (self.now - dt.timedelta(days=days)).astimezone(dt.UTC)
        return local.replace(
            hour=self.random.randint(7, 16) if hour is None else hour, minute=self.random.randint(0, 59)
        )

    # ---- The first day ----------------------------------------------------------------------------

    def settle_in(self) -> None:
        """Business details, colleagues, catalogue and clients."""
        team = self.team
        details = {
            "trade": "Plumbing and heating, Leeds",
            "address": "3 Goit Mill Yard\nKirkstall\nLeeds\nLS4 2XB",
            "phone": "0113 496 0142",
            "email": "hello@kirkstall-plumbing.example",
            "website": "https://kirkstall-plumbing.example",
            "vat_number": "GB999999973",
            "company_number": "09990142",
            "registration": "Gas Safe register 999001",
            "bank_account_name": "Kirkstall Plumbing Ltd",
            "bank_sort_code": "20-00-00",
            "bank_account_number": "55779911",
            "document_note": "Thank you for your custom. Our work is guaranteed for twelve months.",
            "first_steps_done_at": timezone.now(),
        }
        for name, value in details.items():
            setattr(team, name, value)
        team.save(update_fields=list(details))
        record("team.details_changed", subject=team)
        use_logo(team, take_in(drop_logo()))
        for user, role in ((self.bob, Role.STAFF), (self.ann, Role.ACCOUNTANT)):
            Membership.objects.create(team=team, user=user, role=role)
            record("member.joined", name=user.name, role=str(role.label))
        rates = {rate.name: rate for rate in team.vat_rates.all()}
        for name, text, unit, price, rate, cost, category in PRODUCTS:
            self.products[name] = Product.objects.create(
                team=team,
                name=name,
                description=text,
                unit=unit,
                unit_price=Decimal(price),
                vat_rate=rates[rate],
                cost=Decimal(cost) if cost else None,
                category=category,
            )
        self.clients = [self.add_client(person) for person in CLIENTS]

    def add_client(self, person: Person) -> Client:
        client = Client.objects.create(
            team=self.team,
            name=person.name,
            kind=ClientKind.BUSINESS if person.company else ClientKind.PRIVATE,
            company=person.company,
            vat_number=person.vat_number,
            terms_days=person.terms_days,
            tags=list(person.tags),
            notes=person.notes,
        )
        Email.objects.create(team=self.team, client=client, address=person.email, is_primary=True)
        Phone.objects.create(team=self.team, client=client, number=person.phone, is_primary=True)
        Address.objects.create(
            team=self.team,
            client=client,
            kind=AddressKind.BILLING,
            text=person.street,
            postcode=person.postcode,
            access_notes=person.access,
        )
        client.refresh_search_text()
        record("client.created", subject=client, client_id=client.pk, name=client.name)
        return client

    # ---- The year ---------------------------------------------------------------------------------

    def plan_the_year(self) -> None:
        """About two invoices a week, most of them paid in time."""
        for day in range(360, 3, -3):
            for _again in range(self.random.choice((1, 1, 1, 2))):
                self.plan_invoice(day)
        # Jo is whom the portal is shown to: one of each kind.
        self.plan_for(0, 240, "Annual service", paid_after=9, method=Method.BANK)
        self.plan_for(0, 150, "Boiler repair, diverter valve", paid_after=2, method=Method.CARD)
        self.plan_for(0, 24, "Boiler replacement", part=Decimal("800.00"), method=Method.BANK)
        self.plan_for(0, 37, "Outside tap and stopcock")
        self.plan_for(0, 5, "Annual service, CO alarm")
        self.plan_for(13, 78, "Blocked waste")
        self.plan_for(12, 9, LONG_JOB)
        self.steps.append(Step(self.ago(20), self.let_jo_in))

    def plan_invoice(self, day: int) -> None:
        who = self.random.randrange(1, len(self.clients))
        job = self.random.choice(JOBS)[0]
        if day > 45 or self.random.random() < 0.45:
            after = min(self.random.choice((1, 3, 6, 9, 14, 20, 27, 33)), day - 1)
            self.plan_for(who, day, job, paid_after=after, method=self.random.choice(METHODS))
        else:
            self.plan_for(who, day, job)

    def plan_for(
        self,
        who: int,
        day: int,
        job: str,
        *,
        paid_after: int | None = None,
        part: Decimal | None = None,
        method: Method = Method.BANK,
    ) -> None:
        """One invoice: drafted and sent on its day, paid in full, in part or not at all."""
        client, held = self.clients[who], []

        def send() -> None:
            invoice = self.draft(client, job)
            invoice.issue(by=self.alice)
            held.append(invoice)
            if part is not None:
                self.pay(invoice, part, method)

        def settle() -> None:
            invoice = held[0]
            invoice.refresh_from_db()
            self.pay(invoice, invoice.balance, method)

        self.steps.append(Step(self.ago(day), send))
        if paid_after is not None:
            self.steps.append(Step(self.ago(day - paid_after, hour=18), settle))

    def draft(self, client: Client, job: str) -> Invoice:
        if job == LONG_JOB:
            lines = [self.long_line(*line) for line in LONG_LINES]
        else:
            lines = [self.item(*line) for line in dict(JOBS)[job]]
        today = self.team.today()
        return save_draft(self.team, client=client, lines=lines, by=self.alice, title=job, supply_on=today)

    def long_line(self, kind: str, text: str, quantity: str, discount: str, details: str) -> LineInput:
        if kind == "item":
            return self.item(text, quantity, discount, details)
        return LineInput(description=text, kind=LineKind(kind))

    def item(self, product: str, quantity: str, discount: str, details: str) -> LineInput:
        chosen = self.products[product]
        return LineInput(
            description=chosen.name,
            details=details or chosen.description,
            quantity=Decimal(quantity),
            unit=chosen.unit,
            unit_price=chosen.unit_price,
            discount_percent=Decimal(discount or "0"),
            vat_rate=chosen.vat_rate,
            product=chosen,
        )

    def pay(self, invoice: Invoice, amount: Decimal, method: Method) -> None:
        record_payment(
            client=invoice.client,
            amount=amount,
            method=method,
            received_on=self.team.today(),
            invoice=invoice,
            by=self.alice,
        )

    # ---- What is under way today --------------------------------------------------------------------

    def let_jo_in(self) -> None:
        """Jo has the portal since three weeks, with every section on."""
        sections = {f"shows_{section.value}": True for section in Section}
        invitation = invite(self.clients[0], address="jo@example.com", toggles=Toggles(sections))
        user = use_link(invitation, password=PASSWORD)
        user.name = "Jo Whitaker"
        user.save(update_fields=["name"])
        # The gate would write it when Jo first comes in; Jo has asked and signed since.
        self.clients[0].portal_accesses.filter(user=user).update(
            active_at=timezone.now(), last_seen_at=timezone.now()
        )

    def plan_loose_ends(self) -> None:
        """A void invoice, a transfer that is claimed, an overpayment and three drafts."""
        held: list[Invoice] = []

        def send() -> None:
            for who, job in (
                (8, "Boiler repair, diverter valve"),
                (5, "New basin taps, upstairs"),
                (6, "Blocked waste"),
            ):
                invoice = self.draft(self.clients[who], job)
                invoice.issue(by=self.alice)
                held.append(invoice)
            release(held[0], refunded=False, by=self.alice)
            held[0].void(by=self.alice)

        def settle() -> None:
            _void, claimed, over = held
            with acting(Actor(claimed.client.name)):
                claim_transfer(claimed, claimed.total, None)
            self.pay(over, over.total + Decimal("20.00"), Method.BANK)
            for who, job in (
                (18, "Plant room and kitchen"),
                (0, "Thermostat and controls"),
                (12, "Blocked waste"),
            ):
                self.draft(self.clients[who], job)

        self.steps += [Step(self.ago(3), send), Step(self.ago(1, hour=9), settle)]

    def plan_offers(self) -> None:
        """Quotes of every status, among them one that waits for Jo."""

        def at(days: float, hour: int, do: Callable[[], object]) -> None:
            self.steps.append(Step(self.ago(days, hour=hour), do))

        rate = self.team.vat_rates.get(name="20%")
        Offers(self.team, self.alice, self.clients, rate, at).plan()


def connect_stripe(team_id: int) -> None:
    """Give the team its key for the sandbox, as Settings does; nothing where there is one, or no sandbox."""
    if not settings.CMA_STRIPE_BASE:
        return
    with team_scope(team_id):
        team = Team.objects.get(pk=team_id)
        alice = Membership.objects.select_related("user").get(role=Role.OWNER).user
    if not team.takes_cards:
        with acting(Actor(str(alice), alice.pk)):
            save_key(team_id, STRIPE_KEY)


def drop_logo() -> bytes:
    """The firm's mark, a drop of water, as PNG."""
    image = Image.new("RGB", (480, 480), "#0b6e69")
    draw = ImageDraw.Draw(image)
    draw.ellipse((120, 190, 360, 430), fill="white")
    draw.polygon([(240, 50), (133, 250), (347, 250)], fill="white")
    draw.arc((170, 240, 310, 380), 25, 120, fill="#0b6e69", width=22)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()

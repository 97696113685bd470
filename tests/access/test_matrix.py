"""Who may call what: every address of the URL resolver × every kind of person × every method (trust 1).

An address that nobody has said anything about fails the build (`test_every_address_has_an_entry`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connections, transaction
from django.db.models import CharField, TextField
from django.http import HttpResponse
from django.urls import reverse

from clients.models import Client
from portal.models import PortalAccess, Section
from teams.models import Team
from teams.roles import Role, may
from tests.access.addresses import Address, every_address, without_entry
from tests.access.examples import EXAMPLES, NOBODYS, OPEN, PERSONAL, Stage, attachment_of, set_the_stage
from tests.conftest import owner_connection
from tests.world import make_world

METHODS = ["get", "head", "post", "put", "patch", "delete"]
OFFICE = [address for address in every_address() if address.door == "t"]
PORTAL = [address for address in every_address() if address.door == "p"]
SIGN_IN_LIBRARY = ("account_", "mfa_", "usersessions_", "socialaccount_")
REACHED = {200, 201, 202, 204, 302, 303, 400, 405, 409, 410, 413, 422, 429}


@pytest.fixture
def stage(world) -> Stage:
    return set_the_stage(world)


def arguments(address: Address, stage: Stage, whose: str = "own") -> dict[str, Any] | None:
    example = EXAMPLES.get(address.name)
    if example is None:
        return {} if whose == "own" else None
    pick = getattr(example, whose)
    return pick(stage) if pick else None


def call(browser: Any, method: str, address: Address, team: Team, kwargs: dict[str, Any]) -> HttpResponse:
    return getattr(browser, method)(reverse(address.name, kwargs={"team": team.slug, **kwargs}))


def test_every_address_has_an_entry():
    known = [name for name in without_entry() if not name.startswith(SIGN_IN_LIBRARY)]
    assert known == []


def test_every_entry_has_an_address():
    names = {address.name for address in every_address()}
    assert (EXAMPLES.keys() | OPEN.keys() | PERSONAL) - names == set()


def test_every_office_view_names_a_right_and_every_portal_view_a_section():
    assert [address.name for address in OFFICE if address.right is None] == []
    silent = [
        address.name
        for address in PORTAL
        if not hasattr(address.view, "cma_section") and not getattr(address.view, "cma_doorstep", False)
    ]
    assert silent == []


def test_an_address_that_asks_for_no_login_is_known():
    """`login_required = False` is loud: only these, the portal's own door and the sign-in library."""
    loud = {
        address.name
        for address in every_address()
        if getattr(address.view, "login_required", True) is False and address.door != "p"
    }
    assert {name for name in loud if not name.startswith(SIGN_IN_LIBRARY)} <= OPEN.keys()


def test_office_strangers_find_nothing(stage):
    """Another team's owner, clients of both teams: 404 whatever the address and the method."""
    world = stage.world
    for user in (world.charlie, world.jo_user, world.lee_user):
        browser = world.browser(user)
        for address in OFFICE:
            for method in METHODS:
                response = call(browser, method, address, world.team, arguments(address, stage) or {})
                assert response.status_code == 404, (user.email, method, address.name)


def test_office_without_sign_in(stage):
    browser = stage.world.browser()
    for address in OFFICE:
        for method in METHODS:
            response = call(browser, method, address, stage.world.team, arguments(address, stage) or {})
            assert response.status_code == 302, (method, address.name)
            assert "/account/login/" in response.headers["Location"]


@pytest.mark.parametrize("role", ["staff", "accountant"])
def test_office_roles(stage, role):
    """Who lacks the right gets 403 with every method; who has it is not turned away (PEO-1)."""
    world = stage.world
    user = {"staff": world.bob, "accountant": world.ann}[role]
    browser = world.browser(user)
    for address in OFFICE:
        assert address.right is not None
        allowed = may(Role(role), address.right)
        for method in ("get", "post") if not allowed else ("get",):
            response = call(browser, method, address, world.team, arguments(address, stage) or {})
            if allowed:
                assert response.status_code in REACHED | {404}, (role, address.name, response.status_code)
                assert response.status_code != 404 or address.name in EXAMPLES, address.name
            else:
                assert response.status_code == 403, (role, method, address.name, response.status_code)


def test_office_rows_of_another_team_are_not_there(stage):
    """The owner, in her own team, with the id of another team's row or of none: the same 404 (TEN-3)."""
    assert foreign_rows_found(stage) == []


def foreign_rows_found(stage: Stage) -> list[tuple[str, str, int]]:
    """Office addresses that answer anything but 404 or 405 for a foreign row, or differently for none."""
    world = stage.world
    # Where the control has no walls, the third one may still refuse: an error is an answer, too.
    browser = world.browser(world.alice, raise_request_exception=False)
    found = []
    for address in OFFICE:
        foreign = arguments(address, stage, "other_team")
        if foreign is None:
            continue
        nobodys = {name: NOBODYS if isinstance(value, int) else value for name, value in foreign.items()}
        for method in ("get", "post"):
            first = call(browser, method, address, world.team, foreign)
            second = call(browser, method, address, world.team, nobodys)
            if first.status_code not in (404, 405) or second.status_code != first.status_code:
                found.append((method, address.name, first.status_code))
    return found


def test_portal_strangers_find_nothing(stage):
    """The trade's own members and another team's client have no key to this portal."""
    world = stage.world
    for user in (world.alice, world.charlie, world.lee_user):
        browser = world.browser(user)
        for address in PORTAL:
            if getattr(address.view, "cma_doorstep", False):
                continue
            for method in METHODS:
                response = call(browser, method, address, world.team, arguments(address, stage) or {})
                assert response.status_code == 404, (user.email, method, address.name)


def test_portal_without_sign_in(stage):
    browser = stage.world.browser()
    for address in PORTAL:
        if getattr(address.view, "cma_doorstep", False):
            continue
        for method in METHODS:
            response = call(browser, method, address, stage.world.team, arguments(address, stage) or {})
            assert response.status_code == 302, (method, address.name)
            assert "/sign-in/" in response.headers["Location"]


@pytest.mark.parametrize("whose", ["other_client", "other_team"])
def test_portal_rows_of_others_are_not_there(stage, whose):
    assert others_rows_found(stage, whose) == []


def others_rows_found(stage: Stage, whose: str) -> list[tuple[str, str, int]]:
    world = stage.world
    browser = world.browser(world.jo_user, raise_request_exception=False)
    found = []
    for address in PORTAL:
        foreign = arguments(address, stage, whose)
        if foreign is None:
            continue
        for method in ("get", "post"):
            response = call(browser, method, address, world.team, foreign)
            if response.status_code not in (404, 405):
                found.append((method, address.name, response.status_code))
    return found


def test_portal_drafts_are_not_there(stage):
    browser = stage.world.browser(stage.world.jo_user)
    for address in PORTAL:
        if "pk" in address.parameters:
            response = call(browser, "get", address, stage.world.team, {"pk": draft_of(stage, address).pk})
            assert response.status_code in (404, 405), address.name


def draft_of(stage: Stage, address: Address) -> Any:
    """A draft of the kind that this address shows."""
    if address.name == "portal:quote-attachment":
        return attachment_of(stage.world.team, stage.draft_quote)
    return stage.draft_quote if address.name.startswith("portal:quote") else stage.draft


def test_portal_section_off(stage):
    """A section that is switched off is not there, for seeing and for doing (POR-5)."""
    world = stage.world
    with world.scope():
        off = {f"shows_{section.value}": False for section in Section}
        PortalAccess.objects.filter(client=world.jo).update(**off)
    browser = world.browser(world.jo_user)
    for address in PORTAL:
        if address.section is None:
            continue
        for method in METHODS:
            response = call(browser, method, address, world.team, arguments(address, stage) or {})
            assert response.status_code == 404, (method, address.name)


def test_portal_suspended(stage):
    """The master switch off: every page says so at once, and nothing else (POR-4)."""
    world = stage.world
    with world.scope():
        type(world.jo).objects.filter(pk=world.jo.pk).update(portal_enabled=False)
    browser = world.browser(world.jo_user)
    for address in PORTAL:
        if getattr(address.view, "cma_doorstep", False):
            continue
        response = call(browser, "get", address, world.team, arguments(address, stage) or {})
        assert response.status_code == 403, address.name
        assert world.team.name in response.text


class TestWithOneWall:
    """The matrix holds with each wall alone; with neither it does not (the control)."""

    @pytest.fixture
    def stage(self, transactional_db) -> Stage:
        return set_the_stage(make_world())

    @pytest.fixture
    def no_row_security(self, transactional_db) -> Iterator[None]:
        tables = _tables_with_row_security()
        _switch(tables, "no force row level security", "disable row level security")
        yield
        _switch(tables, "enable row level security", "force row level security")

    @pytest.fixture
    def no_first_wall(self, monkeypatch) -> None:
        """Queries no longer start at the team or the client: related managers give every row there is."""
        models: list[Any] = [Team, *{relation.related_model for relation in Team._meta.related_objects}]
        for model in models:
            for relation in model._meta.related_objects:
                name = relation.get_accessor_name()
                descriptor = getattr(model, name, None) if name else None
                manager = getattr(descriptor, "related_manager_cls", None)
                if manager is not None and hasattr(manager, "_apply_rel_filters"):
                    monkeypatch.setattr(manager, "_apply_rel_filters", lambda self, queryset: queryset)

    def test_queries_alone(self, stage, no_row_security):
        assert foreign_rows_found(stage) == []
        assert others_rows_found(stage, "other_client") == []

    def test_row_security_alone(self, stage, no_first_wall):
        assert foreign_rows_found(stage) == []
        assert others_rows_found(stage, "other_client") == []

    def test_control_neither(self, stage, no_row_security, no_first_wall):
        assert others_rows_found(stage, "other_client") != []
        assert foreign_rows_found(stage) != []


def _tables_with_row_security() -> list[str]:
    with owner_connection() as owner:
        rows = owner.execute(
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relrowsecurity"
        ).fetchall()
    return [name for (name,) in rows]


def _switch(tables: list[str], *changes: str) -> None:
    connections["default"].close()
    with owner_connection() as owner:
        for table in tables:
            for change in changes:
                owner.execute(f'alter table "{table}" {change}')


class TestMarkers:
    """Marks planted in every text of the other team and the other client never turn up elsewhere."""

    MARK = "Xylophon"

    def test_office_pages_show_nothing_of_another_team(self, stage):
        world = stage.world
        with world.other_scope():
            plant(self.MARK)
        browser = world.browser(world.alice)
        seen = 0
        for address in OFFICE:
            response = call(browser, "get", address, world.team, arguments(address, stage) or {})
            if response.status_code == 200 and not response.streaming:
                seen += 1
                assert self.MARK.encode() not in response.content, address.name
        assert seen > 25

    def test_portal_pages_show_nothing_of_another_client(self, stage):
        world = stage.world
        with world.scope():
            plant(self.MARK, but_of=world.jo.pk)
        browser = world.browser(world.jo_user)
        seen = 0
        for address in PORTAL:
            response = call(browser, "get", address, world.team, arguments(address, stage) or {})
            if response.status_code == 200 and not response.streaming:
                seen += 1
                assert self.MARK.encode() not in response.content, address.name
        assert seen > 4

    def test_control_the_marks_are_there_to_be_seen(self, stage):
        world = stage.world
        with world.other_scope():
            plant(self.MARK)
        url = reverse("clients:client-list", args=[world.other.slug])
        assert self.MARK in world.browser(world.charlie).get(url).text


# Frozen, or not for people: their texts cannot or need not be changed.
UNPLANTED = {"NumberSeries", "Team", "Membership", "MemberInvitation"}


def plant(mark: str, *, but_of: int | None = None) -> None:
    """Put the mark into every free text of the team in scope; `but_of` leaves one client's rows alone."""
    planted = 0
    for model in apps.get_models():
        fields = {field.name for field in model._meta.concrete_fields}
        if "team" not in fields or getattr(model, "append_only", False) or model.__name__ in UNPLANTED:
            continue
        for row in model._default_manager.all():
            if but_of and but_of == (row.pk if model is Client else getattr(row, "client_id", None)):
                continue
            texts = [
                field
                for field in model._meta.concrete_fields
                if type(field) in (CharField, TextField)
                and not field.choices
                and not field.unique
                and (field.max_length or 99) >= len(mark) + 12
            ]
            values = {field.name: f"{mark} {row.pk}" for field in texts}
            with contextlib.suppress(DatabaseError), transaction.atomic():
                planted += model._default_manager.filter(pk=row.pk).update(**values)
    assert planted > 4

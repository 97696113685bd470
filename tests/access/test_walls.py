"""The three walls between teams, each proved to hold alone (TEN-1, TEN-2, trust 1)."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import DataError, IntegrityError, ProgrammingError, connection, transaction
from django.db.utils import DatabaseError

from clients.models import Client, Email
from invoices.models import Invoice
from teams.guard import refuse_privileged_role, role_problem
from teams.models import AuditEntry, Membership, Team
from teams.scope import ForeignScope, team_scope

# Tables that belong to no team, each with its reason.
GLOBAL = {
    "teams_user": "a person may belong to several teams",
    "mail_accountmessage": "mail of the sign-in pages, which know no team",
    "account_emailaddress": "a person's addresses",
    "account_emailconfirmation": "a person's addresses",
    "mfa_authenticator": "a person's second factors",
    "usersessions_usersession": "a person's sessions",
    "django_session": "sessions begin before a team is known",
    "django_content_type": "names of models",
    "auth_permission": "unused; part of django.contrib.auth",
    "auth_group": "unused; part of django.contrib.auth",
    "auth_group_permissions": "unused; part of django.contrib.auth",
    "django_migrations": "the history of the schema",
    "cma_cache": "rate limits",
}
TEAM_ITSELF = {"teams_team"}


def catalogue(sql: str, *arguments: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchall()


def team_tables() -> set[str]:
    rows = catalogue("select tablename from pg_tables where schemaname = 'public'")
    return {name for (name,) in rows} - GLOBAL.keys() - TEAM_ITSELF


def test_every_table_is_a_teams_or_has_its_reason(db):
    with_team = {
        name
        for (name,) in catalogue(
            "select table_name from information_schema.columns "
            "where column_name = 'team_id' and table_schema = 'public'"
        )
    }
    assert team_tables() == with_team


def test_row_security_is_on_and_forced_everywhere(db):
    rows = catalogue(
        "select c.relname, c.relrowsecurity, c.relforcerowsecurity, count(p.polname), "
        "  bool_and(pg_get_expr(p.polqual, p.polrelid) like '%%cma.team%%'), "
        "  bool_and(pg_get_expr(p.polwithcheck, p.polrelid) like '%%cma.team%%') "
        "from pg_class c left join pg_policy p on p.polrelid = c.oid "
        "where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') group by 1, 2, 3"
    )
    for name, enabled, forced, policies, using, check in rows:
        if name in GLOBAL:
            continue
        assert (enabled, forced, policies, using, check) == (True, True, 1, True, True), name


def test_every_key_between_team_tables_carries_the_team(db):
    rows = catalogue(
        """
        select con.conrelid::regclass::text, con.confrelid::regclass::text,
               array(select attname from unnest(con.conkey) k join pg_attribute a
                     on a.attrelid = con.conrelid and a.attnum = k order by attname)
        from pg_constraint con where con.contype = 'f' and con.connamespace = 'public'::regnamespace
        """
    )
    tables = team_tables()
    single = {(t, f, tuple(c)) for t, f, c in rows if len(c) == 1 and t in tables and f in tables}
    composite = {
        (t, f, tuple(x for x in c if x != "team_id")) for t, f, c in rows if len(c) == 2 and "team_id" in c
    }
    assert single
    assert single - composite == set()


def test_every_team_table_has_the_key_that_others_point_at(db):
    rows = catalogue(
        "select conrelid::regclass::text from pg_constraint "
        "where contype = 'u' and conname like '%%_wall_key'"
    )
    assert {name for (name,) in rows} == team_tables()


def test_there_is_no_view_that_looks_past_the_walls(db):
    rows = catalogue(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm') "
        "and not coalesce('security_invoker=true' = any(reloptions), false)"
    )
    assert rows == []


def test_what_runs_as_the_owner_is_known(db):
    rows = catalogue("select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef")
    assert {name for (name,) in rows} == {
        "cma_team_by_slug",
        "cma_team_ids",
        "cma_memberships_of",
        "cma_portal_accesses_of",
        "cma_team_by_webhook_token",
        "cma_team_by_member_invitation",
        "cma_learn_fee",
        "cma_team_ids_with_stripe",
        "cma_fingerprint_known",
        "cma_chain",
        "cma_seal",
    }


def test_append_only_tables_can_only_be_added_to(db):
    marked = {model._meta.db_table for model in apps.get_models() if getattr(model, "append_only", False)}
    assert {"teams_auditentry", "payments_payment", "payments_allocation", "invoices_rendering"} <= marked
    for table in marked:
        rights = catalogue(
            "select has_table_privilege(current_user, %s, 'insert'), "
            "has_table_privilege(current_user, %s, 'update'), "
            "has_table_privilege(current_user, %s, 'delete'), "
            "has_table_privilege(current_user, %s, 'truncate')",
            *[table] * 4,
        )
        assert rights == [(True, False, False, False)], table


def test_what_the_database_writes_itself_the_app_can_only_read(db):
    marked = {model._meta.db_table for model in apps.get_models() if getattr(model, "read_only", False)}
    assert marked == {"teams_seal", "teams_chainhead", "teams_unsealed"}
    for table in marked:
        rights = catalogue(
            "select has_table_privilege(current_user, %s, 'select'), has_table_privilege(current_user, %s, "
            "'insert, update, delete, truncate, references, trigger')",
            *[table] * 2,
        )
        assert rights == [(True, False)], table


def test_the_owners_trigger_functions_are_not_for_the_apps_own_tables(db):
    rows = catalogue(
        "select oid::regprocedure::text from pg_proc where pronamespace = 'public'::regnamespace "
        "and prosecdef and prorettype = 'trigger'::regtype "
        "and has_function_privilege(current_user, oid, 'execute')"
    )
    assert rows == []


def test_the_app_role_owns_and_bypasses_nothing(db):
    assert role_problem() is None
    refuse_privileged_role()


def test_the_app_refuses_a_privileged_role(db, monkeypatch):
    monkeypatch.setattr("teams.guard.role_problem", lambda: "is a superuser")
    with pytest.raises(ImproperlyConfigured, match="is a superuser"):
        refuse_privileged_role()


def test_the_guard_sees_the_owner_for_what_it_is(db, owner):
    row = owner.execute(
        "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
    ).fetchone()
    assert row == (True,)


class TestOutsideAScope:
    """Reading or writing a team's rows is an error, not an empty list (TEN-1)."""

    @pytest.fixture(autouse=True)
    def _in_one_transaction(self, world):
        # The world's scopes have closed: nobody is named any more.
        self.world = world

    def test_reading(self):
        with pytest.raises((DataError, ProgrammingError)), transaction.atomic():
            list(Invoice.objects.all())

    def test_asking_whether_there_is_any(self):
        with pytest.raises((DataError, ProgrammingError)), transaction.atomic():
            Client.objects.exists()

    def test_writing(self):
        with pytest.raises((DataError, ProgrammingError)), transaction.atomic():
            Client.objects.create(team=self.world.team, name="Nobody's")


class TestSecondWallAlone:
    """Queries that do not start at the team still see and touch its rows only."""

    def test_reading_shows_this_team_only(self, inside):
        assert {client.name for client in Client.objects.all()} == {"Jo Whitaker", "Kit Okafor"}
        assert Team.objects.get() == inside.team

    def test_changing_and_deleting_reach_no_further(self, inside):
        assert Client.objects.filter(pk=inside.lee.pk).update(name="Stolen") == 0
        assert Email.objects.filter(client_id=inside.lee.pk).delete()[0] == 0

    def test_inserting_for_another_team_is_refused(self, inside):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Client.objects.create(team=inside.other, name="Planted")

    def test_moving_a_row_to_another_team_is_refused(self, inside):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Client.objects.filter(pk=inside.jo.pk).update(team_id=inside.other.pk)

    def test_a_client_sees_only_its_own(self, world):
        with world.scope(world.jo):
            assert [client.name for client in Client.objects.all()] == ["Jo Whitaker"]
            assert [email.address for email in Email.objects.all()] == ["jo@example.com"]
            assert not Membership.objects.exists()

    def test_a_client_sees_no_draft(self, world):
        today = world.team.today()
        with world.scope():
            Invoice.objects.create(
                team=world.team, client=world.jo, reference="INV-1", issue_on=today, due_on=today
            )
        with world.scope(world.jo):
            assert not Invoice.objects.exists()

    def test_control_without_row_security_the_rows_are_there(self, transactional_db, owner):
        from tests.world import make_world

        world = make_world()
        owner.execute("alter table clients_client disable row level security")
        try:
            with world.scope():
                assert Client.objects.filter(pk=world.lee.pk).exists()
        finally:
            owner.execute("alter table clients_client enable row level security")


class TestThirdWallAlone:
    """A row of this team cannot point at another team's row, even where row security does not look."""

    def test_pointing_at_another_teams_client_is_refused(self, transactional_db):
        from tests.world import make_world

        world = make_world()
        today = world.team.today()
        with pytest.raises(IntegrityError, match="wall_fk"), world.scope():
            Invoice.objects.create(
                team=world.team, client_id=world.lee.pk, reference="X", issue_on=today, due_on=today
            )

    def test_control_a_plain_key_lets_it_through(self, transactional_db, owner):
        from tests.world import make_world

        world = make_world()
        today = world.team.today()
        owner.execute("alter table invoices_invoice drop constraint invoices_invoice_client_id_wall_fk")
        try:
            with world.scope():
                Invoice.objects.create(
                    team=world.team, client_id=world.lee.pk, reference="X", issue_on=today, due_on=today
                )
        finally:
            owner.execute("delete from invoices_invoice")
            owner.execute(
                "alter table invoices_invoice add constraint invoices_invoice_client_id_wall_fk "
                "foreign key (team_id, client_id) references clients_client (team_id, id) "
                "deferrable initially deferred"
            )


class TestTheDoor:
    def test_another_teams_scope_inside_is_refused(self, world):
        with world.scope(), pytest.raises(ForeignScope), world.other_scope():
            pass

    def test_a_clients_scope_cannot_be_widened(self, world):
        with world.scope(world.jo), pytest.raises(ForeignScope), world.scope():
            pass
        with world.scope(world.jo), pytest.raises(ForeignScope), world.scope(world.kit):
            pass

    def test_the_same_scope_again_and_back(self, world):
        with world.scope():
            with world.scope(world.jo):
                assert Client.objects.count() == 1
            assert Client.objects.count() == 2

    def test_an_error_inside_puts_the_outer_scope_back(self, world):
        with world.scope():
            with pytest.raises(RuntimeError), world.scope(world.jo):
                raise RuntimeError
            assert Client.objects.count() == 2

    def test_nothing_stays_on_the_connection(self, transactional_db):
        from tests.world import make_world

        world = make_world()
        with world.scope():
            pass
        assert catalogue("select nullif(current_setting('cma.team', true), '')") == [(None,)]

    def test_an_exception_undoes_everything(self, transactional_db):
        from tests.world import make_world

        world = make_world()

        def half() -> None:
            with world.scope():
                Client.objects.create(team=world.team, name="Half-done")
                raise RuntimeError

        with pytest.raises(RuntimeError):
            half()
        with world.scope():
            assert not Client.objects.filter(name="Half-done").exists()


def test_the_audit_log_cannot_be_changed_even_by_the_owner(transactional_db, owner):
    from teams.audit import record
    from tests.world import make_world

    world = make_world()
    with world.scope():
        entry = record("client.created", subject=world.jo, name="Jo")
        for change in (
            lambda: AuditEntry.objects.filter(pk=entry.pk).update(verb="x"),
            lambda: AuditEntry.objects.filter(pk=entry.pk).delete(),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
    for sql in ("update teams_auditentry set verb = 'x'", "delete from teams_auditentry"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(sql)


def test_truncating_is_not_for_the_app(inside):
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("truncate clients_client cascade")


def test_a_scope_is_one_transaction(transactional_db):
    from tests.world import make_world

    world = make_world()
    with team_scope(world.team.pk):
        assert connection.in_atomic_block
    assert not connection.in_atomic_block

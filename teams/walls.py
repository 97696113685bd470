"""The database's own walls between teams: row security, composite keys, grants (TEN-2).

`TeamWalls` puts them on a table in the migration that makes it. `tests/teams/test_walls.py`
reads PostgreSQL's catalogue and fails for a table that lacks one.
"""

from __future__ import annotations

from typing import Any, Literal

from django.apps import apps
from django.db import connections, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

TEAM = "current_setting('cma.team')::bigint"
CLIENT = "current_setting('cma.client')::bigint"

Sight = Literal["office", "shared", "own"] | str


def client_sight(sight: Sight, table: str) -> str:
    """The SQL that says which rows a client's own scope sees.

    "office": none · "shared": all of the team · "own": rows whose client_id is the client ·
    anything else: the column that points at a row which the client must be able to see,
    as "invoice_id>invoices_invoice".
    """
    if sight == "office":
        return f"{CLIENT} = 0"
    if sight == "shared":
        return "true"
    if sight == "own":
        return f"({CLIENT} = 0 or client_id = {CLIENT})"
    column, _, parent = sight.partition(">")
    if not parent:
        return f"({CLIENT} = 0 or {sight})"
    # Written in our own migrations, never from outside.
    return f"({CLIENT} = 0 or exists (select 1 from {parent} seen where seen.id = {table}.{column}))"  # noqa: S608


class TeamWalls(Operation):
    """Row security (enabled and forced), the key (team_id, id) and composite foreign keys on one table."""

    reversible = True

    def __init__(
        self,
        model: str,
        client: Sight = "office",
        visible: str = "true",
        key: tuple[str, ...] = ("id",),
    ) -> None:
        """`visible` narrows what a client's scope reads further, such as "state <> 'draft'".

        `key` are the columns that name a row within its team, where there is no id.
        """
        self.model = model
        self.client = client
        self.visible = visible
        self.key = key

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        given = {"client": self.client, "visible": self.visible, "key": self.key}
        return (type(self).__name__, [self.model], given)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model)
        table = model._meta.db_table
        own_team = f"team_id = {TEAM}"
        sight = client_sight(self.client, table)
        reads = f"{own_team} and {sight}"
        if self.visible != "true":
            reads += f" and ({CLIENT} = 0 or {self.visible})"
        run = schema_editor.execute
        key = ", ".join(("team_id", *self.key))
        run(f'alter table "{table}" add constraint "{table}_wall_key" unique ({key})')
        run(f'alter table "{table}" enable row level security')
        run(f'alter table "{table}" force row level security')
        run(f'create policy team on "{table}" using ({reads}) with check ({own_team} and {sight})')
        for field in model._meta.concrete_fields:
            if points_into_a_team(field):
                self.add_composite_key(run, table, field)

    @staticmethod
    def add_composite_key(run: Any, table: str, field: models.Field[Any, Any]) -> None:
        target = field.related_model._meta.db_table  # type: ignore[union-attr]
        run(
            f'alter table "{table}" add constraint "{table}_{field.column}_wall_fk" '
            f'foreign key (team_id, "{field.column}") references "{target}" (team_id, id) '
            "deferrable initially deferred"
        )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        table = from_state.apps.get_model(app_label, self.model)._meta.db_table
        schema_editor.execute(f'drop policy team on "{table}"')
        schema_editor.execute(f'alter table "{table}" disable row level security')
        schema_editor.execute(f'alter table "{table}" drop constraint "{table}_wall_key" cascade')

    def describe(self) -> str:
        return f"Put the walls on {self.model}"


def points_into_a_team(field: models.Field[Any, Any]) -> bool:
    """Whether the field is a foreign key to another table that belongs to teams."""
    target = field.related_model
    if (
        field.name == "team"
        or target is None
        or isinstance(target, str)
        or not (field.many_to_one or field.one_to_one)
    ):
        return False
    return any(other.name == "team" for other in target._meta.concrete_fields)


OWNERS_TRIGGERS = """
select oid::regprocedure::text from pg_proc
where pronamespace = 'public'::regnamespace and prosecdef and prorettype = 'trigger'::regtype
"""


def grant_to_app_role() -> None:
    """Give the app role what it needs and no more.

    Rows of `append_only` models cannot be changed, and those of `read_only` ones are the database's alone to
    write. A trigger function that runs as the owner is not for the app to hang on tables of its own.
    All in one transaction: what is given with the rest and taken away again never counts.
    """
    owner = connections["owner"]
    role = owner.ops.quote_name(connections["default"].settings_dict["USER"])
    with transaction.atomic(using="owner"), owner.cursor() as cursor:
        cursor.execute(f"grant usage on schema public to {role}")
        cursor.execute(f"grant select, insert, update, delete on all tables in schema public to {role}")
        cursor.execute(f"grant usage, select on all sequences in schema public to {role}")
        cursor.execute(f"grant execute on all functions in schema public to {role}")
        cursor.execute(f"revoke insert, update, delete on django_migrations from {role}")
        cursor.execute(OWNERS_TRIGGERS)
        for (function,) in cursor.fetchall():
            cursor.execute(f"revoke execute on function {function} from {role}")
        existing = set(owner.introspection.table_names(cursor))
        for model in apps.get_models():
            table = model._meta.db_table
            if getattr(model, "append_only", False) and table in existing:
                cursor.execute(f'revoke update, delete on "{table}" from {role}')
            if getattr(model, "read_only", False) and table in existing:
                cursor.execute(f'revoke insert, update, delete on "{table}" from {role}')

"""Chaining a table's rows: what a migration does with it (trust 5).

`Chained("Acceptance")` has every row that is added to the table sealed into its team's chain, and seals the
rows that are there already. The model says `chained = True` besides `append_only = True`: `teams.chain` goes
through the models that do.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from teams.walls import CLIENT, TEAM

# What is written in more than one way, depending on settings of the session.
UNSTEADY = (models.FloatField, models.DurationField)

# The text that is hashed: the row as JSON, with the columns that hold something; of bytes their hash.
# A column that is added later and is empty in old rows leaves their text as it was. A migration that
# changes more than that must replace the function by one that still tells old rows in the old words.
TEXT = """
create function cma_chain_text(line "{table}") returns text language sql stable
    set timezone = 'UTC' set bytea_output = 'hex'
    as $$
        select jsonb_object_agg(key, case
            when key = any (array[{binary}]::text[])
            then to_jsonb('sha256:' || encode(sha256(decode(substr(value #>> '{{}}', 3), 'hex')), 'hex'))
            else value end)::text
        from jsonb_each(to_jsonb(line)) where value <> 'null'
    $$
"""

TRIGGER = """
create constraint trigger chained after insert on "{table}"
    deferrable initially deferred for each row execute function cma_chain()
"""

# The trigger is there and keeps others from adding until the commit: no row falls between.
EXISTING = """
insert into teams_unsealed (team_id, source, row_id, row_hash)
    select team_id, '{table}', id, encode(sha256(convert_to(cma_chain_text(line), 'UTF8')), 'hex')
    from "{table}" line order by id
"""

# A client sees the seals of the rows that the client sees.
SIGHT = f"""
do $$
declare sights text;
begin
    select string_agg(format(
        '(source = %L and exists (select 1 from %I seen '
        'where seen.team_id = teams_seal.team_id and seen.id = teams_seal.row_id))',
        c.relname, c.relname), ' or ')
    into sights from pg_trigger t join pg_class c on c.oid = t.tgrelid where t.tgname = 'chained';
    execute 'alter policy team on teams_seal using (team_id = {TEAM.replace("'", "''")} '
            'and ({CLIENT.replace("'", "''")} = 0 or ' || sights || '))';
end $$
"""  # noqa: S608 - both are our own words


class Chained(Operation):
    """Seal the rows of one append-only table of teams. There is no way back: seals stay."""

    reversible = False
    reduces_to_sql = True

    def __init__(self, model: str) -> None:
        self.model = model

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (type(self).__name__, [self.model], {})

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        meta = to_state.apps.get_model(app_label, self.model)._meta
        unsteady = [field.name for field in meta.concrete_fields if isinstance(field, UNSTEADY)]
        if unsteady:
            raise ValueError(
                f"{self.model} cannot be chained: {unsteady} have no text that is always the same."
            )
        binary = [field.column for field in meta.concrete_fields if isinstance(field, models.BinaryField)]
        names = {"table": meta.db_table, "binary": ", ".join(f"'{column}'" for column in binary)}
        for sql in (TEXT, TRIGGER, EXISTING):
            schema_editor.execute(sql.format(**names))
        # Seals are written when constraints are checked: here, so that what follows may alter the tables.
        schema_editor.execute("set constraints all immediate")
        schema_editor.execute("set constraints all deferred")
        # No parameters at all, or every % would be taken for one.
        schema_editor.execute(SIGHT, params=None)

    def describe(self) -> str:
        return f"Chain the rows of {self.model}"

import django.db.models.deletion
from django.db import migrations, models

from teams.chained import Chained
from teams.walls import TeamWalls

# At commit, in two steps. `chained` (teams.chained) runs among the other deferred checks and only notes the
# row; the note's own trigger comes after all of them, because what is queued while deferred triggers fire
# waits for the next round. So the head is locked when nothing else is left to wait for: two commits of one
# team wait for each other there and nowhere else, in whatever order they took their other locks. A key
# check that waits for a client's row while the head is held would be a deadlock.
#
# What runs as the owner: the app may neither write these tables nor hang the functions on tables of its own.
FUNCTIONS = """
create function cma_chain() returns trigger language plpgsql security definer
    set search_path = public, pg_temp as $$
begin
    insert into public.teams_unsealed (team_id, source, row_id, row_hash)
    values (new.team_id, tg_table_name, new.id,
            encode(sha256(convert_to(public.cma_chain_text(new), 'UTF8')), 'hex'));
    return null;
end $$;

-- The text of a time, and the text of a seal that its hash is over: one line for each part (teams/proof.py).
create function cma_seal_time(at timestamptz) returns text language sql stable
    as $$ select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;
create function cma_seal_hash(
    team bigint, seq bigint, source text, row_id bigint, row_hash text, at timestamptz, previous text
) returns text language sql stable as $$
    select encode(sha256(convert_to(concat_ws(
        chr(10), 'cma-seal-1', team, seq, source, row_id, row_hash, public.cma_seal_time(at), previous
    ), 'UTF8')), 'hex')
$$;

create function cma_seal() returns trigger language plpgsql security definer
    set search_path = public, pg_temp as $$
declare
    head public.teams_chainhead;
    line public.teams_unsealed;
    now_hash text;
    at timestamptz;
begin
    -- The first note of a transaction seals all of them.
    if not exists (select from public.teams_unsealed where id = new.id) then
        return null;
    end if;
    insert into public.teams_chainhead (team_id, seq, hash) values (new.team_id, 0, repeat('0', 64))
        on conflict do nothing;
    select * into head from public.teams_chainhead where team_id = new.team_id for update;
    for line in select * from public.teams_unsealed where team_id = new.team_id order by id loop
        head.seq := head.seq + 1;
        at := clock_timestamp();
        now_hash := public.cma_seal_hash(
            head.team_id, head.seq, line.source, line.row_id, line.row_hash, at, head.hash);
        insert into public.teams_seal (team_id, seq, source, row_id, row_hash, at, previous, hash)
        values (head.team_id, head.seq, line.source, line.row_id, line.row_hash, at, head.hash, now_hash);
        head.hash := now_hash;
    end loop;
    delete from public.teams_unsealed where team_id = new.team_id;
    update public.teams_chainhead set seq = head.seq, hash = head.hash where team_id = new.team_id;
    return null;
end $$;

revoke execute on function cma_chain(), cma_seal() from public;
create constraint trigger sealed after insert on teams_unsealed
    deferrable initially deferred for each row execute function cma_seal();
create trigger append_only before update or delete on teams_seal
    for each row execute function cma_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("teams", "0003_logo_steps_joining")]

    operations = [
        migrations.CreateModel(
            name="ChainHead",
            fields=[
                (
                    "team",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="teams.team",
                    ),
                ),
                ("seq", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "team_id", "seq", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("seq", models.BigIntegerField()),
                ("source", models.CharField(max_length=63)),
                ("row_id", models.BigIntegerField()),
                ("row_hash", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("previous", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
                (
                    "team",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="teams.team",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="Unsealed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=63)),
                ("row_id", models.BigIntegerField()),
                ("row_hash", models.CharField(max_length=64)),
                (
                    "team",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="teams.team",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        # A row is sealed once.
        TeamWalls("Seal", key=("source", "row_id")),
        # A client can show how far the chain has come since what the client signed.
        TeamWalls("ChainHead", client="shared", key=()),
        TeamWalls("Unsealed"),
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        Chained("AuditEntry"),
    ]

from django.db import migrations

from teams.walls import TEAM, TeamWalls

TEAM_WALL = f"""
alter table teams_team enable row level security;
alter table teams_team force row level security;
create policy team on teams_team using (id = {TEAM}) with check (id = {TEAM});
"""

# Before a scope is open somebody must be able to say which team an address means and where a
# person belongs. These run as the owner, each answers one narrow question, and that is all.
DIRECTORY = """
create function cma_team_by_slug(wanted text) returns bigint
    language sql stable security definer set search_path = public
    as 'select id from teams_team where slug = wanted';
create function cma_team_ids() returns setof bigint
    language sql stable security definer set search_path = public
    as 'select id from teams_team order by id';
create function cma_memberships_of(person bigint)
    returns table (team_id bigint, slug varchar, team_name varchar, membership_id bigint, role varchar)
    language sql stable security definer set search_path = public
    as 'select t.id, t.slug, t.name, m.id, m.role
        from teams_membership m join teams_team t on t.id = m.team_id
        where m.user_id = person order by t.name, t.id';
"""

# Rows that may only be added: no update and no delete, whoever asks (the app role lacks the right as well).
FREEZE = """
create function cma_append_only() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger append_only before update or delete on teams_auditentry
    for each row execute function cma_append_only();
"""

CACHE = """
create table cma_cache (
    cache_key varchar(255) primary key, value text not null, expires timestamptz not null
);
create index cma_cache_expires on cma_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("teams", "0001_initial")]

    operations = [
        migrations.RunSQL(TEAM_WALL, migrations.RunSQL.noop),
        TeamWalls("Membership"),
        TeamWalls("MemberInvitation"),
        TeamWalls("Logo", client="shared"),
        TeamWalls("AuditEntry", client="own"),
        migrations.RunSQL(DIRECTORY, migrations.RunSQL.noop),
        migrations.RunSQL(FREEZE, migrations.RunSQL.noop),
        migrations.RunSQL(CACHE, "drop table cma_cache"),
    ]

from django.db import migrations

from teams.walls import TeamWalls

DIRECTORY = """
create function cma_portal_accesses_of(person bigint)
    returns table (team_id bigint, slug varchar, team_name varchar, access_id bigint, client_id bigint,
                   client_name varchar, is_enabled boolean)
    language sql stable security definer set search_path = public
    as 'select t.id, t.slug, t.name, a.id, c.id, c.name, c.portal_enabled
        from portal_portalaccess a
        join teams_team t on t.id = a.team_id
        join clients_client c on c.id = a.client_id
        where a.user_id = person order by t.name, c.name, a.id';
"""


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_initial"), ("clients", "0002_walls")]

    operations = [
        TeamWalls("PortalAccess", client="own"),
        TeamWalls("Invitation", client="own"),
        migrations.RunSQL(DIRECTORY, migrations.RunSQL.noop),
    ]

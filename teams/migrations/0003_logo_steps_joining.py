import django.contrib.postgres.fields
from django.db import migrations, models

# A guest with an invitation stands before every scope: which team does the link's hash belong to?
JOINING = """
create function cma_team_by_member_invitation(wanted text) returns bigint
    language sql stable security definer set search_path = public
    as 'select team_id from teams_memberinvitation where token_hash = wanted';
"""


class Migration(migrations.Migration):
    dependencies = [("teams", "0002_walls")]

    operations = [
        migrations.AddField(
            model_name="team",
            name="logo_sha256",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
        migrations.AddField(
            model_name="team",
            name="first_steps_skipped",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20), blank=True, default=list, size=None
            ),
        ),
        migrations.RunSQL(JOINING, "drop function cma_team_by_member_invitation(text)"),
    ]

from django.db import migrations

# Sweepers ask only the teams that have a key; which those are comes before any scope.
DIRECTORY = """
create function cma_team_ids_with_stripe() returns setof bigint
    language sql stable security definer set search_path = public
    as 'select team_id from payments_stripeaccount order by team_id';
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_reversals")]

    operations = [migrations.RunSQL(DIRECTORY, "drop function cma_team_ids_with_stripe()")]

from django.db import migrations

# QUO-15: what is asked before a scope exists. It answers ids for one exact hash and nothing else.
LOOK_UPS = """
create function cma_fingerprint_known(hash text)
    returns table (team_id bigint, quote_id bigint, acceptance_id bigint)
    language sql stable security definer set search_path = public
    as 'select a.team_id, a.quote_id, a.id from quotes_acceptance a
        where a.sha256 = hash or a.pdf_sha256 = hash order by a.id limit 1';
"""
DROP = "drop function cma_fingerprint_known(text);"


class Migration(migrations.Migration):
    dependencies = [("quotes", "0002_walls")]

    operations = [migrations.RunSQL(LOOK_UPS, DROP)]

from django.db import migrations

# trust 6, QUO-15: what is asked before a scope exists. Both answer ids for one exact hash and nothing else.
LOOK_UPS = """
create function cma_quote_link(hash text)
    returns table (team_id bigint, client_id bigint, entry_id bigint, link_id bigint)
    language sql stable security definer set search_path = public
    as 'select l.team_id, l.client_id, l.entry_id, l.id from quotes_quotelink l
        where l.token_hash = hash and l.revoked_at is null and l.expires_at > now()';

create function cma_fingerprint_known(hash text)
    returns table (team_id bigint, quote_id bigint, acceptance_id bigint)
    language sql stable security definer set search_path = public
    as 'select a.team_id, a.quote_id, a.id from quotes_acceptance a
        where a.sha256 = hash or a.pdf_sha256 = hash order by a.id limit 1';
"""
DROP = "drop function cma_quote_link(text); drop function cma_fingerprint_known(text);"


class Migration(migrations.Migration):
    dependencies = [("quotes", "0002_walls")]

    operations = [migrations.RunSQL(LOOK_UPS, DROP)]

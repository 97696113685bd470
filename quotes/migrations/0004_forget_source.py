import django.db.models.deletion
from django.db import migrations, models

# Deleting a draft takes its name out of those that were copied from it, sent ones too. Otherwise as before.
FROZEN = """
create or replace function cma_quote_frozen() returns trigger language plpgsql as $$
declare
    marks text[] := array['state', 'updated_at', 'search_text', 'first_viewed_at', 'last_viewed_at',
                          'accepted_at', 'agreed_total', 'declined_at', 'declined_by', 'decline_reason',
                          'withdrawn_at', 'superseded_at', 'follow_ups_paused', 'copied_from_id'];
    seen text[] := array['updated_at', 'search_text', 'first_viewed_at', 'last_viewed_at', 'copied_from_id'];
begin
    if tg_op = 'DELETE' then
        if old.state <> 'draft' then
            raise exception 'quote % was sent and cannot be deleted', old.id
                using errcode = 'restrict_violation';
        end if;
        return old;
    end if;
    if new.state = 'accepted' and old.state <> 'accepted' and not exists
       (select 1 from quotes_acceptance a where a.quote_id = new.id and a.team_id = new.team_id
                                            and a.total = new.agreed_total) then
        raise exception 'quote % was not signed', old.id using errcode = 'restrict_violation';
    end if;
    if old.state = 'draft' and new.state in ('draft', 'sent') then
        return new;
    end if;
    if not (new.state = old.state
            or (old.state = 'sent' and new.state in ('accepted', 'declined', 'withdrawn', 'superseded'))
            or (old.state in ('declined', 'withdrawn') and new.state = 'superseded'))
       or to_jsonb(new) - marks <> to_jsonb(old) - marks
       or (old.state = 'accepted' and to_jsonb(new) - seen <> to_jsonb(old) - seen) then
        raise exception 'quote % cannot be changed like this (% to %)', old.id, old.state, new.state
            using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("quotes", "0003_look_ups")]

    operations = [
        migrations.RunSQL(FROZEN, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="comment",
            name="quote",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="comments",
                to="quotes.quote",
            ),
        ),
        migrations.AlterField(
            model_name="rendering",
            name="quote",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="renderings",
                to="quotes.quote",
            ),
        ),
    ]

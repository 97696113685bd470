from django.db import migrations

# Deleting a draft takes its name out of those that were copied from it, issued ones too. Otherwise as before.
FROZEN = """
create or replace function cma_invoice_frozen() returns trigger language plpgsql as $$
declare
    movable text[] := array['due_on', 'viewed_at', 'updated_at', 'search_text', 'balance',
                            'paid', 'credited', 'state', 'voided_at', 'copied_from_id'];
begin
    if tg_op = 'DELETE' then
        if old.state <> 'draft' then
            raise exception 'invoice % is issued and cannot be deleted', old.id
                using errcode = 'restrict_violation';
        end if;
        return old;
    end if;
    if (new.paid, new.credited) is distinct from (old.paid, old.credited) and pg_trigger_depth() < 2 then
        raise exception 'what is paid on invoice % follows from the ledger', old.id
            using errcode = 'restrict_violation';
    end if;
    if old.state = 'draft' then
        if new.state = 'void' then
            raise exception 'draft % cannot be voided', old.id using errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    if to_jsonb(new) - movable <> to_jsonb(old) - movable
       or (new.state <> old.state and not (old.state = 'issued' and new.state = 'void'))
       or (old.state = 'void' and new.due_on <> old.due_on) then
        raise exception 'invoice % is issued and cannot be changed', old.id
            using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0006_quote_numbers")]

    operations = [migrations.RunSQL(FROZEN, migrations.RunSQL.noop)]

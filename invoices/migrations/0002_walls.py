from django.db import migrations

from teams.walls import TeamWalls

# INV-14: what has been issued stays as it is. Only the due date, the marks of reading and
# voiding move; what is paid moves by the ledger's own triggers alone.
FREEZE = """
create function cma_invoice_frozen() returns trigger language plpgsql as $$
declare
    movable text[] := array['due_on', 'viewed_at', 'updated_at', 'search_text', 'balance',
                            'paid', 'credited', 'state', 'voided_at'];
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
create trigger frozen before update or delete on invoices_invoice
    for each row execute function cma_invoice_frozen();

create function cma_line_frozen() returns trigger language plpgsql as $$
declare
    wanted bigint := case when tg_op = 'DELETE' then old.invoice_id else new.invoice_id end;
begin
    if exists (select 1 from invoices_invoice where id = wanted and state <> 'draft') then
        raise exception 'the lines of invoice % are issued and cannot be changed', wanted
            using errcode = 'restrict_violation';
    end if;
    return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger frozen before insert or update or delete on invoices_line
    for each row execute function cma_line_frozen();
create trigger append_only before update or delete on invoices_rendering
    for each row execute function cma_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("invoices", "0001_initial"),
        ("catalogue", "0002_walls"),
        ("clients", "0002_walls"),
        ("teams", "0002_walls"),
    ]

    operations = [
        TeamWalls("NumberSeries"),
        TeamWalls("NumberEntry"),
        TeamWalls("Invoice", client="own", visible="state <> 'draft'"),
        TeamWalls("Line", client="invoice_id>invoices_invoice"),
        TeamWalls("Rendering", client="invoice_id>invoices_invoice"),
        migrations.RunSQL(FREEZE, migrations.RunSQL.noop),
    ]

from django.db import migrations

# INV-14: a line of an issued invoice does not leave it for a draft either.
LINE_FROZEN = """
create or replace function cma_line_frozen() returns trigger language plpgsql as $$
declare
    involved bigint[] := array[]::bigint[];
begin
    if tg_op <> 'INSERT' then
        involved := involved || old.invoice_id;
    end if;
    if tg_op <> 'DELETE' then
        involved := involved || new.invoice_id;
    end if;
    if exists (select 1 from invoices_invoice where id = any(involved) and state <> 'draft') then
        raise exception 'the lines of invoice % are issued and cannot be changed', involved[1]
            using errcode = 'restrict_violation';
    end if;
    return case when tg_op = 'DELETE' then old else new end;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0003_exports")]

    operations = [migrations.RunSQL(LINE_FROZEN, migrations.RunSQL.noop)]

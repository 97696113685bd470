from django.db import migrations

# A row that reverses another takes back exactly that row, all of it, and cannot be reversed itself.
REVERSALS = """
create function cma_reversal_matches() returns trigger language plpgsql as $$
declare
    fine boolean;
begin
    execute format(
        'select amount = -$1 and reverses_id is null and team_id = $2 and client_id = $3 from %I where id = $4',
        tg_table_name) into fine using new.amount, new.team_id, new.client_id, new.reverses_id;
    if fine and tg_table_name = 'payments_allocation' then
        select payment_id = new.payment_id and invoice_id = new.invoice_id into fine
            from payments_allocation where id = new.reverses_id;
    elsif fine and tg_table_name = 'payments_refund' then
        select payment_id = new.payment_id into fine from payments_refund where id = new.reverses_id;
    elsif fine and tg_table_name = 'payments_payment' then
        select currency = new.currency into fine from payments_payment where id = new.reverses_id;
    end if;
    if not coalesce(fine, false) then
        raise exception 'row % of % is not what would be reversed', new.reverses_id, tg_table_name
            using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger reversal before insert on payments_payment
    for each row when (new.reverses_id is not null) execute function cma_reversal_matches();
create trigger reversal before insert on payments_allocation
    for each row when (new.reverses_id is not null) execute function cma_reversal_matches();
create trigger reversal before insert on payments_refund
    for each row when (new.reverses_id is not null) execute function cma_reversal_matches();

create function cma_reinstated_matches() returns trigger language plpgsql as $$
begin
    if not exists (select 1 from payments_disputemovement
                   where dispute_id = new.dispute_id and kind = 'withdrawn' and amount = -new.amount) then
        raise exception 'dispute % took away another amount', new.dispute_id using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger reinstated before insert on payments_disputemovement
    for each row when (new.kind = 'reinstated') execute function cma_reinstated_matches();
"""

# Stripe may tell its fee after the payment. It may be filled in once; nothing else of the row can move.
FEE = """
create function cma_payment_frozen() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or old.stripe_fee is not null or new.stripe_fee is null
       or to_jsonb(new) - 'stripe_fee' <> to_jsonb(old) - 'stripe_fee' then
        raise exception 'payments_payment is append-only' using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
drop trigger append_only on payments_payment;
create trigger append_only before update or delete on payments_payment
    for each row execute function cma_payment_frozen();

create function cma_learn_fee(the_payment bigint, fee numeric) returns void
    language sql security definer set search_path = public
    as 'update payments_payment set stripe_fee = fee
        where id = the_payment and stripe_fee is null
          and team_id = current_setting(''cma.team'')::bigint';
"""

WALL = """
alter table payments_payment add constraint payments_payment_invoice_id_wall_fk
    foreign key (team_id, invoice_id) references invoices_invoice (team_id, id)
    deferrable initially deferred;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_meant_for_an_invoice")]

    operations = [
        migrations.RunSQL(REVERSALS, migrations.RunSQL.noop),
        migrations.RunSQL(FEE, migrations.RunSQL.noop),
        migrations.RunSQL(WALL, migrations.RunSQL.noop),
    ]

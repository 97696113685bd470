from django.db import migrations

from teams.walls import TeamWalls

# The ledger keeps itself true (PAY-2): every row added moves the client's account and, for an
# allocation, what the invoice has been paid; the checks on those two rows refuse the rest.
LEDGER = """
create function cma_account_moves(the_team bigint, the_client bigint, came numeric, went numeric, given numeric)
    returns void language plpgsql as $$
begin
    insert into payments_clientaccount (team_id, client_id) values (the_team, the_client)
        on conflict (client_id) do nothing;
    update payments_clientaccount
        set money_in = money_in + came, money_out = money_out + went, allocated = allocated + given
        where client_id = the_client and team_id = the_team;
end $$;

create function cma_payment_holds(the_payment bigint) returns void language plpgsql as $$
declare
    there numeric; used numeric;
begin
    select coalesce(sum(amount), 0) into there from payments_payment
        where id = the_payment or reverses_id = the_payment;
    select coalesce((select sum(amount) from payments_allocation where payment_id = the_payment), 0)
         + coalesce((select sum(amount) from payments_refund where payment_id = the_payment), 0)
         + coalesce((select sum(amount) from payments_disputemovement where payment_id = the_payment), 0)
        into used;
    if used > there then
        raise exception 'payment % would give away more than came', the_payment
            using errcode = 'check_violation';
    end if;
end $$;

create function cma_ledger_row() returns trigger language plpgsql as $$
declare
    the_payment bigint;
begin
    if tg_table_name = 'payments_payment' then
        perform cma_account_moves(new.team_id, new.client_id, new.amount, 0, 0);
        the_payment := coalesce(new.reverses_id, new.id);
    else
        if not exists (select 1 from payments_payment
                       where id = new.payment_id and client_id = new.client_id) then
            raise exception 'payment % is another client''s', new.payment_id using errcode = 'check_violation';
        end if;
        if tg_table_name = 'payments_allocation' then
            perform cma_account_moves(new.team_id, new.client_id, 0, 0, new.amount);
            update invoices_invoice set paid = paid + new.amount
                where id = new.invoice_id and client_id = new.client_id and state = 'issued'
                  and currency = (select currency from payments_payment where id = new.payment_id);
            if not found then
                raise exception 'invoice % cannot take this payment', new.invoice_id
                    using errcode = 'check_violation';
            end if;
        else
            perform cma_account_moves(new.team_id, new.client_id, 0, new.amount, 0);
        end if;
        the_payment := new.payment_id;
    end if;
    perform cma_payment_holds(the_payment);
    return null;
end $$;

create trigger ledger after insert on payments_payment
    for each row execute function cma_ledger_row();
create trigger ledger after insert on payments_allocation
    for each row execute function cma_ledger_row();
create trigger ledger after insert on payments_refund
    for each row execute function cma_ledger_row();
create trigger ledger after insert on payments_disputemovement
    for each row execute function cma_ledger_row();

create trigger append_only before update or delete on payments_payment
    for each row execute function cma_append_only();
create trigger append_only before update or delete on payments_allocation
    for each row execute function cma_append_only();
create trigger append_only before update or delete on payments_refund
    for each row execute function cma_append_only();
create trigger append_only before update or delete on payments_disputemovement
    for each row execute function cma_append_only();

create function cma_account_frozen() returns trigger language plpgsql as $$
begin
    if pg_trigger_depth() < 2 then
        raise exception 'an account follows from the ledger' using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger frozen before update or delete on payments_clientaccount
    for each row execute function cma_account_frozen();
"""

DIRECTORY = """
create function cma_team_by_webhook_token(wanted text) returns bigint
    language sql stable security definer set search_path = public
    as 'select team_id from payments_stripeaccount where webhook_token = wanted';
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial"), ("invoices", "0002_walls")]

    operations = [
        TeamWalls("Payment", client="own"),
        TeamWalls("Allocation", client="own"),
        TeamWalls("Refund", client="own"),
        TeamWalls("Dispute", client="own"),
        TeamWalls("DisputeMovement", client="own"),
        TeamWalls("ClientAccount", client="own"),
        TeamWalls("StripeAccount"),
        TeamWalls("CheckoutAttempt", client="own"),
        TeamWalls("WebhookEvent"),
        TeamWalls("BankTransferClaim", client="own"),
        migrations.RunSQL(LEDGER, migrations.RunSQL.noop),
        migrations.RunSQL(DIRECTORY, migrations.RunSQL.noop),
    ]

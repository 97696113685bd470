"""Checking that the ledger is true (PAY-2): every kept figure is compared with the rows behind it."""

from __future__ import annotations

from django.db import connection
from django.utils.translation import gettext as _

from teams.models import Team

# Each finds rows that must not exist: (what is wrong, SQL with one id column and a text).
CHECKS: tuple[tuple[str, str], ...] = (
    (
        "client {}: money in, money out or allocated differs from its rows: {}",
        """
        select a.client_id,
               concat_ws(' / ', a.money_in, a.money_out, a.allocated, '≠',
                         r.money_in, r.money_out, r.allocated)
        from payments_clientaccount a
        cross join lateral (
            select coalesce((select sum(amount) from payments_payment x where x.client_id = a.client_id), 0)
                       as money_in,
                   coalesce((select sum(amount) from payments_refund x where x.client_id = a.client_id), 0)
                   + coalesce((select sum(amount) from payments_disputemovement x
                               where x.client_id = a.client_id), 0) as money_out,
                   coalesce((select sum(amount) from payments_allocation x
                             where x.client_id = a.client_id), 0) as allocated
        ) r
        where (a.money_in, a.money_out, a.allocated) is distinct from (r.money_in, r.money_out, r.allocated)
        """,
    ),
    (
        "client {}: payments less refunds is not allocations plus credit, or credit is negative: {}",
        """
        select client_id, credit::text from payments_clientaccount
        where credit < 0 or money_in - money_out <> allocated + credit or allocated < 0
        """,
    ),
    (
        "client {}: has payments but no account{}",
        """
        select distinct client_id, '' from payments_payment p
        where not exists (select 1 from payments_clientaccount a where a.client_id = p.client_id)
        """,
    ),
    (
        "invoice {}: what is paid differs from its allocations: {}",
        """
        select i.id, concat(i.paid, ' ≠ ', coalesce(a.total, 0)) from invoices_invoice i
        left join (select invoice_id, sum(amount) total from payments_allocation group by invoice_id) a
            on a.invoice_id = i.id
        where i.paid <> coalesce(a.total, 0)
        """,
    ),
    (
        "invoice {}: its balance is negative, or it holds money without being issued: {}",
        """
        select id, balance::text from invoices_invoice
        where balance < 0 or paid < 0 or (state <> 'issued' and paid <> 0)
        """,
    ),
    (
        "payment {}: more of it is used than came, or less than nothing: {}",
        """
        select p.id, concat_ws(' / ', p.came, p.gone, p.given) from (
            select p.id,
                   p.amount + coalesce((select sum(amount) from payments_payment where reverses_id = p.id), 0)
                       as came,
                   coalesce((select sum(amount) from payments_refund where payment_id = p.id), 0)
                   + coalesce((select sum(amount) from payments_disputemovement where payment_id = p.id), 0)
                       as gone,
                   coalesce((select sum(amount) from payments_allocation where payment_id = p.id), 0) given
            from payments_payment p where p.reverses_id is null
        ) p
        where gone + given > came or gone < 0 or given < 0
        """,
    ),
    (
        "payment {}: an allocation, refund or dispute of it belongs to another client{}",
        """
        select p.id, '' from payments_payment p
        where exists (select 1 from payments_allocation x
                      where x.payment_id = p.id and x.client_id <> p.client_id)
           or exists (select 1 from payments_refund x
                      where x.payment_id = p.id and x.client_id <> p.client_id)
           or exists (select 1 from payments_disputemovement x
                      where x.payment_id = p.id and x.client_id <> p.client_id)
        """,
    ),
    (
        "invoice {}: could take money that was meant for it and lies as credit{}",
        """
        select i.id, '' from invoices_invoice i
        where i.state = 'issued' and i.balance > 0 and exists (
            select 1 from payments_payment p
            where p.invoice_id = i.id and p.currency = i.currency and p.reverses_id is null
              and not exists (select 1 from payments_payment r where r.reverses_id = p.id)
              and p.amount
                  > coalesce((select sum(amount) from payments_refund where payment_id = p.id), 0)
                  + coalesce((select sum(amount) from payments_disputemovement where payment_id = p.id), 0)
                  + coalesce((select sum(amount) from payments_allocation where payment_id = p.id), 0))
        """,
    ),
)


def check_ledger(team: Team) -> list[str]:
    """What is wrong with the team's books, a sentence each; nothing when they are true. Inside its scope."""
    found = []
    with connection.cursor() as cursor:
        for sentence, sql in CHECKS:
            cursor.execute(sql)
            found += [sentence.format(*row) for row in cursor.fetchall()]
    return [_("%(team)s: %(problem)s") % {"team": team.slug, "problem": problem} for problem in found]

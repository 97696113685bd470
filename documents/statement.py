"""The statement of account: what was charged and paid, and what is due (POR-11). Values in, a page out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from cma.formats import day, grouped, money
from documents.content import Firm, Party
from documents.letterhead import letterhead
from documents.printable import cleaned


@dataclass(frozen=True, kw_only=True)
class StatementLine:
    """One entry; `charged` and `paid` are signed, the balance after it is worked out by the caller."""

    on: date
    document: str
    text: str
    balance: Decimal
    charged: Decimal | None = None
    paid: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Age:
    """What is open of one age."""

    label: str
    amount: Decimal
    is_late: bool = False


@dataclass(frozen=True, kw_only=True)
class Statement:
    """An account between two days, both included."""

    firm: Firm
    client: Party
    since: date
    until: date
    opening: Decimal
    lines: tuple[StatementLine, ...]
    charged: Decimal
    paid: Decimal
    due: Decimal
    credit: Decimal
    ages: tuple[Age, ...]
    shows_vat: bool = True
    currency: str = "GBP"
    language: str = "en-gb"


def html(statement: Statement) -> str:
    """The page to be printed, in the statement's own language."""
    with translation.override(statement.language):
        return render_to_string("documents/statement.html", sheet(statement))


def sheet(statement: Statement) -> dict[str, Any]:
    """What the template prints. The statement's language must be active."""
    statement = cleaned(statement)
    closing = statement.opening + statement.charged - statement.paid

    def figure(amount: Decimal | None) -> str:
        return "" if amount is None else grouped(amount, 2)

    rows = [
        (
            day(line.on),
            line.document,
            line.text,
            figure(line.charged),
            figure(line.paid),
            figure(line.balance),
        )
        for line in statement.lines
    ]
    sums = [(_("Opening balance"), figure(statement.opening)), (_("Charged"), figure(statement.charged))]
    sums += [(_("Paid"), figure(-statement.paid))]
    if statement.credit:
        sums += [(_("Balance"), figure(closing)), (_("Your credit"), figure(statement.credit))]
    return {
        "statement": statement,
        **letterhead(statement.firm, shows_vat=statement.shows_vat),
        "due": money(statement.due, statement.currency),
        "due_label": _("Amount due on %(day)s") % {"day": day(statement.until)},
        "period": _("%(since)s to %(until)s")
        % {"since": day(statement.since), "until": day(statement.until)},
        "party": tuple(
            filter(None, [statement.client.company, statement.client.name, *statement.client.address])
        ),
        "opening": money(statement.opening, statement.currency),
        "paid": money(statement.paid, statement.currency),
        "rows": rows,
        "sums": sums,
        "ages": [(age.label, figure(age.amount), age.is_late and age.amount > 0) for age in statement.ages],
    }

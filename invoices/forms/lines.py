"""The lines of the editor. Two hundred of them arrive in one form, so they are read by hand:

each line sends its key as `line`, in the order they stand on the page, and `<key>-<field>` for its fields.
What was typed is kept whatever it is (SCR-4).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Self

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue.models import Product, VatRate
from cma.formats import grouped
from invoices.drafting import LineInput
from invoices.forms import typed
from invoices.models import Line, LineKind
from invoices.models.line import MOST_LINES
from invoices.money import ZERO, Priced, Rate, TooLarge, Totals, round_penny, totals
from teams.models import Team

KEY = re.compile(r"[a-z0-9]{1,12}\Z", re.ASCII)
FIELDS = (
    "kind",
    "product",
    "description",
    "details",
    "quantity",
    "unit",
    "unit_price",
    "discount",
    "vat_rate",
)
LONGEST = {"description": 200, "details": 1000, "unit": 20}
UNITS = ("each", "hours", "days", "visit", "m", "m²", "kg", "l", "set")


@dataclass
class TypedLine:
    """One line as it was typed, what is wrong with it, and what it comes to."""

    # A template for what a line has beyond an invoice's.
    extras: ClassVar[str] = ""

    key: str
    kind: str = LineKind.ITEM
    product: str = ""
    description: str = ""
    details: str = ""
    quantity: str = "1"
    unit: str = ""
    unit_price: str = ""
    discount: str = ""
    vat_rate: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    priced: Priced | None = None
    net: Decimal | None = None

    @property
    def is_item(self) -> bool:
        return self.kind == LineKind.ITEM

    @property
    def is_blank(self) -> bool:
        """Nothing has been typed: such a line is passed over when saving."""
        return not (self.description.strip() or self.details.strip() or self.unit_price.strip())

    @property
    def name(self) -> str:
        """How the buttons of the line call it."""
        return self.description.strip()[:40] or _("new line")

    @property
    def more_label(self) -> str:
        return _("More for %s") % self.name

    @property
    def net_text(self) -> str:
        """`1,145.00`; a dash while a figure of the line cannot be read."""
        return "–" if self.net is None else grouped(self.net, 2)


def of_stored(line: Line) -> TypedLine:
    """A stored line as it would be typed."""
    item = line.kind == LineKind.ITEM
    return TypedLine(
        key=f"l{line.position}",
        kind=line.kind,
        product=str(line.product_id or ""),
        description=line.description,
        details=line.details,
        quantity=typed.plain(line.quantity) if item else "1",
        unit=line.unit,
        unit_price=typed.plain(line.unit_price, at_least=2) if item else "",
        discount=typed.discount_text(line.discount_percent, line.discount_amount),
        vat_rate=str(line.vat_rate_id or ""),
    )


def keys_of(data: QueryDict, name: str) -> list[str]:
    """The keys that a form names, each once, in their order."""
    return [key for key in dict.fromkeys(data.getlist(name)) if KEY.match(key)]


def fields_of(data: QueryDict, key: str, names: Iterable[str]) -> dict[str, str]:
    """What was typed in the fields of one line."""
    return {name: data.get(f"{key}-{name}", "").replace("\x00", "") for name in names}


class Lines[L: TypedLine]:
    """All lines of a form: as typed, checked, and added up by the one function for it (MON-3).

    A quote's are a kind of their own, with sections (`quotes.forms.lines`).
    """

    line_class: type[L] = TypedLine  # type: ignore[assignment]
    fields: tuple[str, ...] = FIELDS
    too_large: str | Promise = gettext_lazy("An invoice can come to at most £9,999,999.99. Split it in two.")

    def __init__(self, team: Team, rates: Sequence[VatRate], lines: Sequence[L] = ()) -> None:
        self.charges_vat = team.is_vat_registered
        self.rates: Mapping[str, VatRate] = {str(rate.pk): rate for rate in rates}
        self.lines = list(lines)
        self.problem = ""
        self.is_checked = False
        self.totals = Totals()

    @classmethod
    def typed(cls, team: Team, rates: Sequence[VatRate], data: QueryDict) -> Self:
        """The lines of a form that was sent, in the order in which they stood."""
        return cls(team, rates, cls.read(data))

    @classmethod
    def read(cls, data: QueryDict) -> list[L]:
        """Each line as it was typed."""
        lines = []
        for key in keys_of(data, "line"):
            found: dict[str, Any] = fields_of(data, key, cls.fields)
            found["kind"] = found["kind"] if found["kind"] in LineKind.values else LineKind.ITEM
            lines.append(cls.line_class(key=key, **found))
        return lines

    @property
    def default_rate(self) -> VatRate | None:
        """The rate that a new line gets."""
        if not self.charges_vat:
            return None
        usable = [rate for rate in self.rates.values() if rate.archived_at is None]
        return next((rate for rate in usable if rate.is_default), usable[0] if usable else None)

    def fresh_key(self) -> str:
        """A key that no line has yet."""
        taken = {line.key for line in self.lines}
        return next(key for n in range(1, 10_000) if (key := f"n{n}") not in taken)

    def add(self, kind: str = LineKind.ITEM, **given: Any) -> L:
        """One more line at the end."""
        rate = self.default_rate
        given.setdefault("vat_rate", str(rate.pk) if rate and kind == LineKind.ITEM else "")
        line = self.line_class(key=self.fresh_key(), kind=kind, **given)
        self.lines.append(line)
        return line

    def add_product(self, product: Product) -> L:
        """One more line at the end, filled in from a product (INV-2)."""
        rate = self.default_rate
        return self.add(
            product=str(product.pk),
            description=product.name,
            details=product.description,
            unit=product.unit,
            unit_price=typed.plain(product.unit_price, at_least=2),
            vat_rate=str(product.vat_rate_id or (rate.pk if rate else "")),
        )

    def find(self, key: str) -> int | None:
        return next((at for at, line in enumerate(self.lines) if line.key == key), None)

    def check(self) -> None:
        """Read every figure, note what is wrong, and add up what can be read."""
        self.problem, self.is_checked = "", True
        for line in self.lines:
            line.errors, line.priced, line.net = {}, None, None
            self._check_texts(line)
            if line.is_item and not line.is_blank:
                self._check_item(line)
        self._add_up()

    def check_count(self, kept: Sequence[L]) -> None:
        """Refuse more lines than a document holds (BAD-1)."""
        if len(kept) > MOST_LINES:
            self.problem = _(
                "A document holds at most %(most)d lines; this one has %(count)d. Split it in two."
            ) % {"most": MOST_LINES, "count": len(kept)}

    def _check_texts(self, line: L) -> None:
        if line.is_item and not line.is_blank and not line.description.strip():
            line.errors["description"] = _("Say what it is, such as “Boiler service”.")
        for name, most in LONGEST.items():
            if len(getattr(line, name)) > most:
                line.errors[name] = _("At most %d characters.") % most

    def _check_item(self, line: L) -> None:
        values: dict[str, Decimal] = {}
        for name, read in (("quantity", typed.quantity), ("unit_price", typed.unit_price)):
            try:
                values[name] = read(getattr(line, name))
            except typed.Unreadable as problem:
                line.errors[name] = str(problem)
        percent, amount = self._discount(line, values)
        rate = self._rate(line)
        if len(values) == 2 and "discount" not in line.errors:
            line.priced = Priced(values["quantity"], values["unit_price"], rate, percent, amount)

    def _discount(self, line: L, values: Mapping[str, Decimal]) -> tuple[Decimal, Decimal]:
        try:
            percent, amount = typed.discount(line.discount)
        except typed.Unreadable as problem:
            line.errors["discount"] = str(problem)
            return Decimal(0), ZERO
        if (
            len(values) == 2
            and Priced(values["quantity"], values["unit_price"], discount_amount=amount).net < 0
        ):
            line.errors["discount"] = _("That is more than the line comes to.")
        return percent, amount

    def _rate(self, line: L) -> Rate | None:
        if not self.charges_vat:
            return None
        rate = self.rates.get(line.vat_rate)
        if rate is None:
            line.errors["vat_rate"] = (
                _("That VAT rate is not one of yours. Choose one from the list.")
                if line.vat_rate
                else _("Choose a VAT rate.")
            )
            return None
        return Rate(rate.name, rate.percent, rate.category, rate.wording)

    def _add_up(self) -> None:
        items = [line for line in self.lines if line.priced is not None]
        try:
            self.totals = totals(
                (line.priced for line in items if line.priced is not None), charges_vat=self.charges_vat
            )
        except TooLarge:
            self.problem = str(self.too_large)
            return
        for line, net in zip(items, self.totals.nets, strict=True):
            line.net = net

    @property
    def discount(self) -> Decimal:
        """What all discounts together take off; told beside the totals, no part of them."""
        priced = [line.priced for line in self.lines if line.priced is not None]
        return sum((one.net - round_penny(one.quantity * one.unit_price) for one in priced), ZERO)

    @property
    def kept(self) -> list[L]:
        """The lines that are saved: those in which something stands."""
        return [line for line in self.lines if not line.is_blank]

    @property
    def is_valid(self) -> bool:
        return not self.problem and not any(line.errors for line in self.lines)

    def values(self, line: L, products: Mapping[str, Product]) -> dict[str, Any]:
        """What is sold and at what price, checked, as `PricedInput` takes it."""
        # A browser sends other line ends than the store has.
        details = "\n".join(line.details.strip().splitlines())
        texts: dict[str, Any] = {"description": line.description.strip(), "details": details}
        if line.priced is None:
            return texts
        return dict(
            **texts,
            quantity=line.priced.quantity,
            unit=line.unit.strip(),
            unit_price=line.priced.unit_price,
            discount_percent=line.priced.discount,
            discount_amount=line.priced.discount_amount,
            vat_rate=self.rates.get(line.vat_rate) if self.charges_vat else None,
            product=products.get(line.product),
        )


class InvoiceLines(Lines[TypedLine]):
    """The lines of an invoice."""

    def inputs(self, products: Mapping[str, Product]) -> list[LineInput]:
        """The checked lines for `save_draft`."""
        return [LineInput(kind=LineKind(line.kind), **self.values(line, products)) for line in self.kept]

"""The hosted pages a payer sees. Plain HTML from the templates beside this file; no JavaScript."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from dev.stripe_sandbox.store import Object

_FOLDER = Path(__file__).parent
_SYMBOLS = {"gbp": "£", "eur": "€", "usd": "$"}


def money(amount: int, currency: str) -> str:
    """Pence as people write it: £1,234.50."""
    symbol = _SYMBOLS.get(currency, f"{currency.upper()} ")
    return f"{symbol}{amount / 100:,.2f}"


def pay_page(session: Object, *, business: str, method: str, typed: dict[str, str], error: str = "") -> str:
    """The page of an open session. `typed` is what the payer had entered before an error."""
    is_payment = session["mode"] == "payment"
    amount = money(session["amount_total"], session["currency"]) if is_payment else ""
    fields = "card_fields.html" if method == "card" else "bacs_fields.html"
    known = session["customer_email"] or (session["customer_details"] or {}).get("email")
    main = _fill(
        "pay.html",
        heading=f"Pay {business}" if is_payment else f"Save a payment method with {business}",
        how="Pay by card"
        if method == "card" and is_payment
        else "Details"
        if method == "card"
        else "Direct Debit",
        amount=amount,
        action=f"/c/pay/{session['id']}",
        button=f"Pay {amount}" if is_payment else "Save",
        html={
            "items": "".join(_item(item) for item in session["_items"]),
            "back": _back(session["cancel_url"]),
            "methods": _methods(session, method),
            "alert": f'<p role="alert">{escape(error)}</p>' if error else "",
            "email": "" if known else _fill("email_field.html", email=typed.get("email", "")),
            "fields": _fill(fields, **_typed(typed)),
        },
    )
    return _page(
        f"Pay {amount} to {business}" if is_payment else f"Save a card with {business}", business, main
    )


def _typed(form: dict[str, str]) -> dict[str, Any]:
    """What is shown again after an error; never the CVC."""
    return {name: form.get(name, "") for name in ("number", "expiry", "name", "sort_code", "account_number")}


def three_d_secure_page(*, business: str, amount: str) -> str:
    """The bank's question."""
    text = f" before it pays {amount}" if amount else ""
    return _page("3-D Secure", business, _fill("three_d_secure.html", amount=text))


def message_page(*, business: str, heading: str, text: str, link: tuple[str, str] | None = None) -> str:
    """A page that says one thing, with one way on."""
    button = f'<a class="button" href="{escape(link[1])}">{escape(link[0])}</a>' if link else ""
    return _page(heading, business, _fill("message.html", heading=heading, text=text, html={"link": button}))


def index_page(*, base: str, controls: list[str]) -> str:
    """What this is, at the root address."""
    names = ", ".join(f"<code>{escape(name)}</code>" for name in controls)
    return _page("Stripe sandbox", "Stripe sandbox", _fill("index.html", base=base, html={"controls": names}))


def _page(title: str, business: str, main: str) -> str:
    return _fill(
        "layout.html", title=title, business=business, html={"main": main, "style": _read("style.css")}
    )


def _fill(template: str, /, *, html: dict[str, str] | None = None, **texts: Any) -> str:
    """A template with texts (escaped) and pieces of HTML (as they are)."""
    escaped = {key: escape(str(value)) for key, value in texts.items()}
    return Template(_read(template)).substitute(escaped | (html or {}))


@cache
def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _item(item: Object) -> str:
    quantity = f" × {item['quantity']}" if item["quantity"] > 1 else ""
    amount = money(item["amount_total"], item["currency"])
    name = escape(item["description"]) + quantity
    return f'<li><span>{name}</span><span class="money">{escape(amount)}</span></li>'


def _back(url: str | None) -> str:
    return f'<a class="back" href="{escape(url)}">← Back</a>' if url else ""


def _methods(session: Object, chosen: str) -> str:
    names = {"card": "Card", "bacs_debit": "Direct Debit"}
    offered = [kind for kind in session["payment_method_types"] if kind in names]
    if len(offered) < 2:
        return ""
    links = "".join(
        f'<li><a href="/c/pay/{session["id"]}?method={kind}"{" aria-current=true" if kind == chosen else ""}>'
        f"{names[kind]}</a></li>"
        for kind in offered
    )
    return f'<ul class="methods" aria-label="Ways to pay">{links}</ul>'

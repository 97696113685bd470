"""The mails about a quote, to the client and to the trade (QUO-3, QUO-5, QUO-6, QUO-9, TEA-3).

What a client does is committed in the client's own scope, which sees neither the team's wording nor its
people: then the row itself (comment, acceptance, declined quote) is the queue, a task writes the mails
after the commit, and a sweeper those that a lost broker forgot.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from cma import formats
from cma.tasks import look_now
from mail.composing import Composed, team_mail
from mail.members import office_url, tell_members
from mail.models import Message
from mail.outbox import Recipient, queue
from mail.render import Also, Slip
from quotes.audience import Audience, audience, told_address
from quotes.documents import language_of
from quotes.models import Acceptance, Comment, CommentKind, Quote, QuoteLink, QuoteState, Side
from quotes.sending import make_link
from teams.models import User
from teams.roles import Role
from teams.scope import OFFICE, current_scope

SENT, ACCEPTED, ANSWERED = "quote_sent", "quote_accepted", "quote_answered"
FOLLOW_UPS = ("quote_follow_up_1", "quote_follow_up_2", "quote_follow_up_3")
NO_AMOUNT = "–"
AT_ONCE = 50


# ---- What the verbs call --------------------------------------------------------------------------


def queue_sent(quote: Quote, to: str, *, key: str = "") -> Message | None:
    """Mail the quote's link to this address, anew with each call or key (QUO-3). In the office's scope."""
    return _to_client(quote, SENT, to, reason=f"{SENT}:{quote.pk}:{key or secrets.token_hex(8)}")


def preview_sent(quote: Quote, to: str) -> Composed | None:
    """What `queue_sent` would mail, with a stand-in for the link. None when nobody may be told."""
    hears = audience(quote.client, to)
    link = reverse("portal:quote-link", args=[quote.team.slug, "link"])
    return _composed(quote, SENT, to, hears, settings.CMA_BASE_URL + link) if hears.is_told else None


def queue_accepted(quote: Quote, acceptance: Acceptance) -> None:
    """Both sides get the signed PDF (QUO-6)."""
    _now_or_later("acceptance", quote.team_id, acceptance.pk, lambda: tell_accepted(acceptance))


def queue_question(comment: Comment) -> None:
    """The trade hears that something was asked (QUO-5)."""
    _now_or_later("comment", comment.team_id, comment.pk, lambda: tell_comment(comment))


def queue_changes(comment: Comment) -> None:
    """The trade hears that the quote is to be different (QUO-9)."""
    queue_question(comment)


def queue_answer(comment: Comment) -> None:
    """Whoever asked hears the answer (QUO-5)."""
    _now_or_later("comment", comment.team_id, comment.pk, lambda: tell_comment(comment))


def queue_declined(quote: Quote) -> None:
    """The trade hears the no, and why (QUO-9)."""
    _now_or_later("declined", quote.team_id, quote.pk, lambda: tell_declined(quote))


def _now_or_later(what: str, team_id: int, pk: int, tell: Callable[[], object]) -> None:
    from quotes import tasks

    scope = current_scope()
    if scope is not None and scope.client_id == OFFICE:
        tell()
    else:
        look_now(tasks.tell, team_id, what, pk)


# ---- What is told, in the office's scope; the same thing twice is one mail ------------------------


def tell_accepted(acceptance: Acceptance) -> None:
    """The signed PDF to whoever signed, and to the trade."""
    quote = acceptance.quote
    by = acceptance.login.email if acceptance.login else acceptance.email
    _to_client(
        quote,
        ACCEPTED,
        told_address(quote.client, *filter(None, [acceptance.email, by])),
        reason=f"{ACCEPTED}:{acceptance.pk}",
        acceptance=acceptance,
    )
    values = {"actor": acceptance.name, "total": formats.money(acceptance.total, quote.currency)}
    _to_trade(
        quote, "quote_accepted_trade", values, reason=f"accepted:{acceptance.pk}", acceptance=acceptance
    )


def tell_declined(quote: Quote) -> None:
    """No, and the reason if one was given."""
    values = {"actor": quote.declined_by, "text": quote.decline_reason or _("None was given.")}
    _to_trade(quote, "quote_declined_trade", values, reason=f"declined:{quote.pk}")


def tell_comment(comment: Comment) -> None:
    """The other side hears what was said."""
    quote = comment.quote
    about = comment.about or _("the quote as a whole")
    if comment.side == Side.TEAM:
        _to_client(
            quote,
            ANSWERED,
            told_address(quote.client, *_askers(comment)),
            reason=f"{ANSWERED}:{comment.pk}",
            more={"about": about, "text": comment.text},
        )
        return
    key = "quote_changes_trade" if comment.kind == CommentKind.CHANGES else "quote_question_trade"
    values = {"actor": comment.author_name, "about": about, "text": comment.text}
    _to_trade(quote, key, values, reason=f"comment:{comment.pk}")


def _askers(answer: Comment) -> list[str]:
    """Whoever asked last about this line with a login; else whom the last link went to."""
    asked = Comment.objects.filter(
        team_id=answer.team_id,
        quote__entry_id=answer.quote.entry_id,
        line_key=answer.line_key,
        side=Side.CLIENT,
        pk__lt=answer.pk,
    ).order_by("-pk")
    last = asked.select_related("author").first()
    found = [last.author.email if last and last.author else "", mailed_to(answer.quote)]
    return [address for address in found if address]


def mailed_to(*quotes: Quote) -> str:
    """Whom the last link to one of these went to; empty when none was mailed."""
    entries = [quote.entry_id for quote in quotes]
    links = QuoteLink.objects.filter(team_id=quotes[0].team_id, entry_id__in=entries).exclude(email="")
    return links.order_by("-pk").values_list("email", flat=True).first() or ""


def untold(since: dt.datetime, before: dt.datetime) -> list[tuple[str, int]]:
    """What the trade was not mailed about, though it is committed: (what, id), for the sweeper."""
    told = Message.objects.filter(team_id=OuterRef("team_id"), created_at__gte=since)
    asked = Comment.objects.filter(side=Side.CLIENT, created_at__range=(since, before))
    signed = Acceptance.objects.filter(signed_at__range=(since, before))
    declined = Quote.objects.filter(state=QuoteState.DECLINED, declined_at__range=(since, before))
    return [
        *_missing("comment", asked, told),
        *(("acceptance", pk) for _what, pk in _missing("accepted", signed, told)),
        *_missing("declined", declined, told),
    ]


def _missing(what: str, rows: QuerySet[Any], told: QuerySet[Message]) -> list[tuple[str, int]]:
    """Those rows whose mail to the trade, `what:id:person`, is not there."""
    prefix = Concat(Value(f"{what}:"), Cast("pk", CharField()), Value(":"))
    mailed = told.filter(reason__startswith=OuterRef("prefix"))
    found = rows.annotate(prefix=prefix).filter(~Exists(mailed)).order_by("pk")
    return [(what, pk) for pk in found.values_list("pk", flat=True)[:AT_ONCE]]


# ---- To the client --------------------------------------------------------------------------------


def queue_follow_up(quotes: Sequence[Quote], to: str, *, step: int, reason: str) -> Message | None:
    """One mail that asks after all these quotes of one client, the most urgent one first (QUO-16)."""
    first, *others = quotes
    also = []
    with translation.override(language_of(first)):
        for quote in others:
            note = _("good until %s") % formats.day(quote.valid_until)
            if audience(quote.client, to).sees_prices:
                note = f"{formats.money(quote.total, quote.currency)}, {note}"
            label = ", ".join(filter(None, [_("Quote %s") % quote.reference, quote.title]))
            also.append(Also(label=label, note=note, url=make_link(quote, to)))
    key = FOLLOW_UPS[min(step, len(FOLLOW_UPS) - 1)]
    return _to_client(first, key, to, reason=reason, also=tuple(also))


def _to_client(
    quote: Quote,
    key: str,
    to: str,
    *,
    reason: str,
    more: dict[str, str] | None = None,
    also: tuple[Also, ...] = (),
    acceptance: Acceptance | None = None,
) -> Message | None:
    """None when there is nobody who may be told."""
    client, hears = quote.client, audience(quote.client, to)
    if not to or not hears.is_told:
        return None
    if (sent := Message.objects.filter(team_id=quote.team_id, reason=reason).first()) is not None:
        return sent
    composed = _composed(
        quote, key, to, hears, make_link(quote, to), more=more, also=also, acceptance=acceptance
    )
    return queue(
        quote.team,
        kind=key,
        reason=reason,
        to=Recipient(to, client.name),
        subject=composed.subject,
        text=composed.text,
        html=composed.html,
        client=client,
        about=("quote", quote.pk),
        # It names the sum on every page.
        acceptance=acceptance if hears.sees_prices else None,
    )


def _composed(
    quote: Quote,
    key: str,
    to: str,
    hears: Audience,
    link: str,
    *,
    more: dict[str, str] | None = None,
    also: tuple[Also, ...] = (),
    acceptance: Acceptance | None = None,
) -> Composed:
    """The mail as it goes out, for those who may see amounts and for those who may not."""
    total = acceptance.total if acceptance else quote.total
    with translation.override(language_of(quote)):
        values = {
            "client_name": quote.client.name,
            "reference": quote.reference,
            "version": str(quote.version),
            "title": quote.title,
            "total": formats.money(total, quote.currency) if hears.sees_prices else NO_AMOUNT,
            "valid_until": formats.day(quote.valid_until),
            **(more or {}),
        }
        slip = _slip(quote, hears, acceptance)
    return team_mail(
        quote.team,
        key,
        values,
        button=link,
        slip=slip,
        also=also,
        to=to,
        language=language_of(quote),
    )


def _slip(quote: Quote, hears: Audience, acceptance: Acceptance | None) -> Slip:
    """What, how much, and until when; without prices the number stands in the sum's place."""
    label = _("Quote %s") % quote.reference
    if quote.version > 1:
        label = _("%(quote)s, version %(version)s") % {"quote": label, "version": quote.version}
    rows = [(_("For"), quote.title)] if quote.title else []
    if acceptance is None:
        rows.append((_("Good until"), formats.day(quote.valid_until)))
    else:
        signed_on = acceptance.signed_at.astimezone(quote.team.zone).date()
        rows.append((_("Accepted on"), formats.day(signed_on)))
    if not hears.sees_prices:
        return Slip(label=_("Your quote"), amount=quote.reference, rows=tuple(rows))
    total: Decimal = acceptance.total if acceptance else quote.total
    return Slip(
        label=label,
        amount=formats.money(total, quote.currency),
        note=_how_it_is_meant(quote, acceptance),
        rows=tuple(rows),
    )


def _how_it_is_meant(quote: Quote, acceptance: Acceptance | None) -> str:
    if acceptance is None and quote.least_total != quote.most_total:
        return _("with VAT, as we would do it") if quote.charges_vat else _("as we would do it")
    return _("with VAT") if quote.charges_vat else ""


# ---- To the trade ---------------------------------------------------------------------------------


def _trade_of(quote: Quote) -> list[User]:
    """Everybody who owns the team, and who wrote the quote while they belong to it."""
    wanted = Q(role=Role.OWNER) | Q(user_id=quote.created_by_id)
    return [seat.user for seat in quote.team.memberships.filter(wanted).select_related("user").order_by("pk")]


def _to_trade(
    quote: Quote, key: str, values: dict[str, str], *, reason: str, acceptance: Acceptance | None = None
) -> None:
    known = {"client_name": quote.client.name, "reference": quote.reference, "title": quote.title}
    tell_members(
        _trade_of(quote),
        quote.team,
        key,
        {**known, **values},
        reason=reason,
        url=office_url("quotes:quote", quote.team, quote.pk),
        client=quote.client,
        about=("quote", quote.pk),
        acceptance=acceptance,
    )

"""What the client does with a quote short of signing it: tick, ask, ask for changes, decline (QUO-4, 5, 9).

Runs in the client's scope, or in the office's when they sit face to face (QUO-11).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from invoices.drafting import acting_as, speaking_as
from quotes import choices
from quotes.choices import Figures, Picks, Problem
from quotes.drafting import locked, record_quote
from quotes.errors import Refused
from quotes.models.answer import Comment, CommentKind, Selection, Side
from quotes.models.quote import Quote, QuoteState
from quotes.sending import refresh
from teams.models import User, WrongState

LONGEST_COMMENT = 2000
LONGEST_REASON = 1000
# Over all versions of a quote (BAD-1).
MOST_COMMENTS = 500


# ---- Ticks ----------------------------------------------------------------------------------------


def current_picks(quote: Quote) -> dict[uuid.UUID, Decimal]:
    """What is ticked: signed for, or kept from the last visit, or suggested at first."""
    if quote.is_accepted:
        return choices.read_picks(quote.acceptance.picks)
    selection = Selection.objects.filter(team_id=quote.team_id, quote_id=quote.pk).first()
    if selection is None:
        return choices.first_picks(quote.lines.all())
    return choices.read_picks(selection.picks)


def figures_of(quote: Quote, picks: Picks | None = None) -> Figures:
    """What the quote comes to with these ticks, else with those that are stored."""
    taken = current_picks(quote) if picks is None else picks
    return choices.figures(list(quote.lines.all()), taken, charges_vat=quote.charges_vat)


@transaction.atomic
def choose(quote: Quote, picks: Mapping[uuid.UUID, Decimal], *, by_name: str) -> Figures:
    """Keep what is ticked now; it is no acceptance. Raises Refused, WrongState.

    Too few of a choice may be ticked on the way; lines and quantities that are not offered are refused.
    """
    now = locked(quote)
    check_open(now)
    lines, groups = list(now.lines.all()), list(now.groups.all())
    too_few = {
        group.key
        for group in groups
        if sum(x.group_id == group.pk and x.key in picks for x in lines) < group.least
    }
    if wrong := [problem for problem in choices.check(lines, groups, picks) if problem.key not in too_few]:
        raise Refused(wrong)
    Selection.objects.update_or_create(
        team_id=now.team_id,
        quote=now,
        defaults={"picks": choices.store_picks(picks), "by_name": by_name[:254]},
    )
    return choices.figures(lines, picks, charges_vat=now.charges_vat)


# ---- States that refuse ---------------------------------------------------------------------------


def check_open(quote: Quote) -> None:
    """Raises WrongState, with the next step, for a quote that cannot be answered any more."""
    check_sent(quote)
    if quote.valid_until < quote.team.today():
        raise WrongState(_("%s has expired. Ask for an updated quote.") % quote.reference)


def check_sent(quote: Quote) -> None:
    """Raises WrongState for every state but Sent; an expired quote may still be asked about."""
    if quote.state == QuoteState.SENT:
        return
    texts = {
        QuoteState.DRAFT: _("%s has not been sent yet."),
        QuoteState.ACCEPTED: _("%s is accepted and locked. Its signed copy can be downloaded."),
        QuoteState.DECLINED: _("%s was declined. Ask for a new version if you changed your mind."),
        QuoteState.WITHDRAWN: _("%s was withdrawn. Ask for an updated quote."),
        QuoteState.SUPERSEDED: _("There is a newer version of %s. Open that one."),
    }
    raise WrongState(texts[QuoteState(quote.state)] % quote.reference)


# ---- Questions and answers ------------------------------------------------------------------------


@transaction.atomic
def ask(quote: Quote, *, line_key: uuid.UUID | None, text: str, by_name: str, user: User | None) -> Comment:
    """The client asks about a line, or the whole quote; the trade is mailed. Raises Refused, WrongState."""
    from quotes import mailing

    comment = _say(
        quote,
        line_key=line_key,
        text=text,
        side=Side.CLIENT,
        name=by_name,
        user=user,
        kind=CommentKind.COMMENT,
    )
    with speaking_as(by_name, user):
        record_quote("quote.asked", comment.quote, about=comment.about or comment.quote.reference)
        mailing.queue_question(comment)
    return comment


@transaction.atomic
def ask_for_changes(quote: Quote, *, text: str, by_name: str, user: User | None) -> Comment:
    """The client wants another version (QUO-9); the trade is mailed. Raises Refused, WrongState."""
    from quotes import mailing

    comment = _say(
        quote, line_key=None, text=text, side=Side.CLIENT, name=by_name, user=user, kind=CommentKind.CHANGES
    )
    with speaking_as(by_name, user):
        record_quote("quote.changes_asked", comment.quote)
        mailing.queue_changes(comment)
    return comment


@transaction.atomic
def answer(quote: Quote, *, line_key: uuid.UUID | None, text: str, by: User) -> Comment:
    """The trade answers; the client is mailed (QUO-5). Raises Refused, WrongState."""
    from quotes import mailing

    comment = _say(
        quote, line_key=line_key, text=text, side=Side.TEAM, name=str(by), user=by, kind=CommentKind.COMMENT
    )
    with acting_as(by):
        record_quote("quote.answered", comment.quote, about=comment.about or comment.quote.reference)
        mailing.queue_answer(comment)
    return comment


def _say(
    quote: Quote,
    *,
    line_key: uuid.UUID | None,
    text: str,
    side: Side,
    name: str,
    user: User | None,
    kind: CommentKind,
) -> Comment:
    now = locked(quote)
    check_sent(now)
    text = clean_text(text, LONGEST_COMMENT, empty=_("Write what you would like to say."))
    about = ""
    if line_key is not None:
        about = now.lines.filter(key=line_key).values_list("description", flat=True).first() or ""
        if not about:
            raise Refused([Problem(line_key, _("This line is not part of the quote."))])
    if Comment.objects.filter(team_id=now.team_id, quote__entry_id=now.entry_id).count() >= MOST_COMMENTS:
        raise Refused([_("There are too many remarks on this quote. Please ring instead.")])
    return Comment.objects.create(
        team_id=now.team_id,
        quote=now,
        line_key=line_key,
        about=about,
        kind=kind,
        side=side,
        author=user,
        author_name=name[:254],
        text=text,
    )


def clean_text(text: str, longest: int, *, empty: str = "") -> str:
    """What somebody wrote, without what no text should have in it. Raises Refused."""
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if not text and empty:
        raise Refused([empty])
    if len(text) > longest:
        raise Refused([_("This is too long: at most %s characters.") % longest])
    return text


def exchange(quote: Quote) -> dict[uuid.UUID | None, list[Comment]]:
    """Everything said about this quote in all its versions, by line (None: the whole quote), oldest first."""
    found: dict[uuid.UUID | None, list[Comment]] = {}
    comments = Comment.objects.filter(team_id=quote.team_id, quote__entry_id=quote.entry_id)
    for comment in comments.select_related("quote").order_by("pk"):
        found.setdefault(comment.line_key, []).append(comment)
    return found


def open_questions(quote: Quote) -> list[Comment]:
    """The client's last words that nobody has answered, oldest first; they stand above the signature.

    What was asked about a line that this version no longer has is settled by that, and a wish for changes
    by the version that follows it.
    """
    keys = {None, *quote.lines.values_list("key", flat=True)}
    last = [said[-1] for key, said in exchange(quote).items() if key in keys]
    return sorted(
        (
            comment
            for comment in last
            if comment.side == Side.CLIENT
            and not (comment.kind == CommentKind.CHANGES and comment.quote.version < quote.version)
        ),
        key=lambda comment: comment.pk,
    )


# ---- No -------------------------------------------------------------------------------------------


@transaction.atomic
def decline(quote: Quote, *, reason: str, by_name: str, user: User | None) -> None:
    """Sent → declined, with a reason if one is given (QUO-9). Raises Refused, WrongState."""
    from quotes import mailing

    now = locked(quote)
    check_open(now)
    now.decline_reason = clean_text(reason, LONGEST_REASON)
    now.state, now.declined_at, now.declined_by = QuoteState.DECLINED, timezone.now(), by_name[:254]
    now.save(update_fields=["state", "declined_at", "declined_by", "decline_reason", "updated_at"])
    with speaking_as(by_name, user):
        record_quote("quote.declined", now, reason=now.decline_reason)
        mailing.queue_declined(now)
    refresh(quote, now)

"""What the mails about quotes say before a team changes it (TEA-3, QUO-3, QUO-5, QUO-6, QUO-9, QUO-16)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from mail.words import CLIENT, Text, Wording

QUOTE: dict[str, Text] = {
    **CLIENT,
    "reference": _("the quote's number"),
    "version": _("which version of the quote"),
    "title": _("what the quote is about"),
    "total": _("the quote's total"),
    "valid_until": _("until when it is good"),
    "link": _("the address of the quote's page"),
}
TRADE: dict[str, Text] = {
    "owner_name": _("the first name of whom it goes to"),
    "client_name": _("the client's name"),
    "team_name": _("the name of your business"),
    "actor": _("who did it"),
    "reference": _("the quote's number"),
    "title": _("what the quote is about"),
    "total": _("the quote's total"),
    "about": _("the line it is about"),
    "text": _("what was written"),
    "link": _("the address of the quote's page"),
}
ASKED_FOR = _("Sent because you asked us for a quote.")
YOURS = _("Sent because this is a quote of {team_name}.")

_FOLLOW_UPS: list[tuple[str, Text, Text, Text]] = [
    (
        "quote_follow_up_1",
        _("Quote Follow-Up, first"),
        _("Have you had a look at quote {reference}?"),
        _(
            "Hello {client_name},\n\n"
            "the other day we sent you quote {reference}. You can read it again, tick what you like and ask "
            "about any line on its page. It is good until {valid_until}.\n\n"
            "{link}\n\n"
            "{team_name}"
        ),
    ),
    (
        "quote_follow_up_2",
        _("Quote Follow-Up, second"),
        _("Your quote {reference} is still waiting"),
        _(
            "Hello {client_name},\n\n"
            "quote {reference} is still waiting for your answer. Is something unclear, or should something "
            "be different? Ask under the line, or just answer this mail. It is good until {valid_until}.\n\n"
            "{link}\n\n"
            "{team_name}"
        ),
    ),
    (
        "quote_follow_up_3",
        _("Quote Follow-Up, third and later"),
        _("Quote {reference} is good until {valid_until}"),
        _(
            "Hello {client_name},\n\n"
            "we would still like to do this work for you. Quote {reference} is good until {valid_until}; "
            "a no is welcome, too, and takes one press on its page.\n\n"
            "{link}\n\n"
            "{team_name}"
        ),
    ),
]

QUOTES = [
    Wording(
        key="quote_sent",
        label=_("Quote Sent"),
        subject=_("Your quote {reference} from {team_name}"),
        body=_(
            "Hello {client_name},\n\n"
            "your quote is ready. You can read every line, tick what you like and watch the total change. "
            "Nothing is agreed until you sign.\n\n"
            "{link}\n\n"
            "A question about a line? Ask it right under that line, and we answer there.\n\n"
            "{team_name}"
        ),
        placeholders=QUOTE,
        button=_("Read the quote"),
        why=ASKED_FOR,
        is_editable=True,
    ),
    Wording(
        key="quote_accepted",
        label=_("Quote Accepted"),
        subject=_("You accepted quote {reference}"),
        body=_(
            "Hello {client_name},\n\n"
            "thank you. You accepted quote {reference}, and this is your copy: the signed quote stays on "
            "its page, as you signed it. We will be in touch about the start.\n\n"
            "{link}\n\n"
            "{team_name}"
        ),
        placeholders=QUOTE,
        button=_("See what was agreed"),
        why=_("Sent because this quote was signed in your name."),
        is_editable=True,
    ),
    Wording(
        key="quote_answered",
        label=_("Quote, Question Answered"),
        subject=_("An answer to your question about quote {reference}"),
        body=_(
            "Hello {client_name},\n\n"
            "you asked about “{about}”. Our answer:\n\n"
            "{text}\n\n"
            "{link}\n\n"
            "{team_name}"
        ),
        placeholders={
            **{name: words for name, words in QUOTE.items() if name != "link"},
            "about": _("the line it is about"),
            "text": _("the answer"),
            "link": QUOTE["link"],
        },
        button=_("Back to the quote"),
        why=_("Sent because you asked about your quote."),
        is_editable=True,
    ),
    *(
        Wording(
            key=key,
            label=label,
            subject=subject,
            body=body,
            placeholders=QUOTE,
            button=_("Read the quote"),
            why=ASKED_FOR,
            is_editable=True,
        )
        for key, label, subject, body in _FOLLOW_UPS
    ),
    Wording(
        key="quote_accepted_trade",
        label=_("A client accepted a quote"),
        subject=_("{client_name} accepted {reference} for {total}"),
        body=_(
            "Hello {owner_name},\n\n{actor} signed quote {reference}. The signed quote is attached.\n\n{link}"
        ),
        placeholders=TRADE,
        button=_("Open the quote"),
        why=YOURS,
    ),
    Wording(
        key="quote_declined_trade",
        label=_("A client declined a quote"),
        subject=_("{client_name} declined {reference}"),
        body=_(
            "Hello {owner_name},\n\n{actor} declined quote {reference}. The reason given:\n\n{text}\n\n{link}"
        ),
        placeholders=TRADE,
        button=_("Open the quote"),
        why=YOURS,
    ),
    Wording(
        key="quote_question_trade",
        label=_("A client asks about a quote"),
        subject=_("{client_name} asks about {reference}"),
        body=_(
            "Hello {owner_name},\n\n"
            "{actor} asks about “{about}”:\n\n"
            "{text}\n\n"
            "{link}\n\n"
            "Answer on the quote's page, so that the client finds it under the line."
        ),
        placeholders=TRADE,
        button=_("Answer the question"),
        why=YOURS,
    ),
    Wording(
        key="quote_changes_trade",
        label=_("A client asks for changes to a quote"),
        subject=_("{client_name} asks for changes to {reference}"),
        body=_(
            "Hello {owner_name},\n\n"
            "{actor} would like quote {reference} to be different:\n\n"
            "{text}\n\n"
            "{link}\n\n"
            "A new version shows the client line by line what has changed."
        ),
        placeholders=TRADE,
        button=_("Open the quote"),
        why=YOURS,
    ),
]

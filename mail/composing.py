"""A mail of a team: its own wording of a message or ours, in its colours and with its name (MSG-2).

To be called in the team's office scope: a client's own scope does not see the team's wording.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import translation
from django.utils.translation import gettext as _

from mail.models import MessageTemplate
from mail.placeholders import fill
from mail.render import Also, Button, Composed, MailFirm, Slip, compose
from mail.wording import WORDINGS, Wording
from teams.models import Team
from teams.scope import OFFICE, current_scope

__all__ = ["Composed", "Slip", "firm_of", "team_mail", "wording_of"]


def team_mail(
    team: Team,
    key: str,
    values: Mapping[str, str],
    *,
    button: str | tuple[str, str] = "",
    slip: Slip | Mapping[str, str] | None = None,
    also: tuple[Also, ...] = (),
    why: str = "",
    to: str = "",
    language: str = "",
) -> Composed:
    """The mail `key` of this team. `button` is where it leads, with its label if it is not the usual one.

    `{team_name}`, `{client_first_name}` and the button's address need not be among the values.
    """
    scope = current_scope()
    if scope is None or scope.client_id != OFFICE:
        raise RuntimeError("a team's mail is written in the team's own scope")
    wording = WORDINGS[key]
    language = language or team.language
    with translation.override(language):
        subject, body = wording_of(team, wording)
        known = _all_values(team, values, to=to)
        label, url = (str(wording.button), button) if isinstance(button, str) else button
        return compose(
            subject=subject,
            text=body,
            values=known,
            button=Button(label=label, url=url, is_payment=wording.is_payment) if url else None,
            slip=_slip(slip),
            firm=firm_of(team),
            why=fill(why or str(wording.why), known),
            bank=_bank(team, known) if wording.is_payment and slip is not None else None,
            also=also,
            link=wording.link,
            language=language,
        )


def wording_of(team: Team, wording: Wording) -> tuple[str, str]:
    """Subject and text as the team has put them, else as they are in the beginning."""
    own = MessageTemplate.objects.filter(team=team, key=wording.key).first() if wording.is_editable else None
    return (own.subject, own.body) if own else (str(wording.subject), str(wording.body))


def firm_of(team: Team) -> MailFirm:
    """Head and foot of the team's mails."""
    return MailFirm(
        name=team.name,
        trade=team.trade,
        address=", ".join(team.address_lines),
        phone=team.phone,
        takes_answers=bool(team.email),
        colour=team.colour,
    )


def _all_values(team: Team, values: Mapping[str, str], *, to: str) -> dict[str, str]:
    first_name = values.get("client_name", "").split(" ")[0]
    return {"team_name": team.name, "client_first_name": first_name, "to": to, **values}


def _slip(given: Slip | Mapping[str, str] | None) -> Slip | None:
    """Invoices hand over what, how much and until when."""
    if given is None or isinstance(given, Slip):
        return given
    return Slip(
        label=_("Invoice %s") % given["reference"],
        amount=given["amount"],
        note=_("due %s") % given["due"] if given.get("due") else "",
        rows=((_("For"), given["title"]),) if given.get("title") else (),
    )


def _bank(team: Team, values: Mapping[str, str]) -> Slip | None:
    if not team.takes_transfers:
        return None
    rows = [(_("Account name"), team.bank_account_name), (_("Reference"), values.get("reference", ""))]
    return Slip(
        label=_("Or by bank transfer"),
        amount=f"{team.bank_sort_code} · {team.bank_account_number}",
        rows=tuple((label, value) for label, value in rows if value),
    )

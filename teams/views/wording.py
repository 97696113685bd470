"""What the team's messages say: a list, an editor with preview, the way back to our words (MSG-2, TEA-3)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cma.answers import done, shown
from cma.toasts import toast
from mail.composing import wording_of
from mail.models import MessageTemplate
from mail.placeholders import fill, with_link
from mail.wording import WORDINGS, Wording
from teams.access import OfficeRequest, can
from teams.audit import record
from teams.forms.wording import WordingForm

EDITOR = "teams/wording_edit.html"


def _wording(key: str) -> Wording:
    wording = WORDINGS.get(key)
    if wording is None or not wording.is_editable:
        raise Http404
    return wording


def _list_url(request: OfficeRequest) -> str:
    return reverse("teams:settings-wording", args=[request.team.slug])


@can("settings")
@require_safe
def settings_wording(request: OfficeRequest) -> HttpResponse:
    """Every message that the team may put in its own words."""
    own = set(MessageTemplate.objects.filter(team=request.team).values_list("key", flat=True))
    messages = [
        {"wording": wording, "is_own": wording.key in own, "subject": wording_of(request.team, wording)[0]}
        for wording in WORDINGS.values()
        if wording.is_editable
    ]
    return shown(request, "teams/wording_list.html", {"entries": messages})


@can("settings")
@require_http_methods(["GET", "HEAD", "POST"])
def settings_wording_edit(request: OfficeRequest, key: str) -> HttpResponse:
    """Put a message in the team's own words."""
    wording = _wording(key)
    subject, body = wording_of(request.team, wording)
    form = WordingForm(
        request.POST or None, initial={"subject": subject, "body": body}, placeholders=wording.placeholders
    )
    if request.method == "POST" and form.is_valid():
        _save(request, wording, form.cleaned_data["subject"], form.cleaned_data["body"])
        toast(request, _("Saved."))
        return done(request, _list_url(request))
    return shown(request, EDITOR, _context(request, wording, form), form=form)


@can("settings")
@require_POST
def settings_wording_preview(request: OfficeRequest, key: str) -> HttpResponse:
    """The same page with what the mail would say; nothing is saved."""
    wording = _wording(key)
    form = WordingForm(request.POST, placeholders=wording.placeholders)
    context = _context(request, wording, form)
    # While somebody types a half-finished placeholder is no refusal: the preview shows the rest.
    return shown(request, EDITOR, context | {"form": form}, part="preview")


@can("settings")
@require_POST
def settings_wording_reset(request: OfficeRequest, key: str) -> HttpResponse:
    """Back to our words."""
    wording = _wording(key)
    deleted, _by_model = MessageTemplate.objects.filter(team=request.team, key=wording.key).delete()
    if deleted:
        record("team.wording_reset", subject=request.team, message=str(wording.label))
    toast(request, _("This message has its original wording again."))
    return done(request, reverse("teams:settings-wording-edit", args=[request.team.slug, key]))


def _save(request: OfficeRequest, wording: Wording, subject: str, body: str) -> None:
    before = wording_of(request.team, wording)
    if (subject, body) == before:
        return
    mine = MessageTemplate.objects.filter(team=request.team, key=wording.key)
    if (subject, body) == (str(wording.subject), str(wording.body)):
        mine.delete()
    else:
        MessageTemplate.objects.update_or_create(
            team=request.team, key=wording.key, defaults={"subject": subject, "body": body}
        )
    after = (subject, body)
    pairs = zip(("subject", "text"), before, after, strict=True)
    changes = {name: [old, new] for name, old, new in pairs if old != new}
    record("team.wording_changed", subject=request.team, message=str(wording.label), changes=changes)


def _context(request: OfficeRequest, wording: Wording, form: WordingForm) -> dict[str, Any]:
    values = samples(request, wording)
    subject = str(form["subject"].value() or "")[:200]
    body = str(form["body"].value() or "")[:4000]
    link = wording.link if wording.link in wording.placeholders else ""
    return {
        "wording": wording,
        "is_own": MessageTemplate.objects.filter(team=request.team, key=wording.key).exists(),
        "preview_subject": fill(subject, values),
        "preview_body": fill(with_link(body, link), values),
        "adds_link": bool(link) and f"{{{link}}}" not in body,
    }


def samples(request: OfficeRequest, wording: Wording) -> dict[str, str]:
    """What stands for each placeholder in a preview."""
    known = {
        "client_name": "Jo Whitaker",
        "client_first_name": "Jo",
        "team_name": request.team.name,
        "owner_name": request.user.first_name,
        "reference": "INV-0142",
        "title": _("Boiler replacement"),
        "total": "£1,240.00",
        "balance": "£640.00",
        "amount": "£600.00",
        "due_date": "21 Dec 2026",
        "date": "21 Nov 2026",
        "until": "24 Nov 2026, 09:00",
        "payment_method": _("card"),
        "valid_until": "19 Dec 2026",
        "version": "2",
        "link": f"[ {wording.button} ]",
    }
    if wording.key.startswith("quote_"):
        known["reference"] = "QUO-0042"
    return {name: known.get(name, f"[{label}]") for name, label in wording.placeholders.items()}

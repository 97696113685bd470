"""Is this PDF what was signed? Anybody may ask, by the file or its fingerprint (QUO-15).

Whoever has the fingerprint holds the document, or was given it. They are told that it matches, with whom and
on which day, and nothing that is not printed on it. Who signed it and how is for the two parties.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from allauth.core.internal import ratelimit
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from cma.answers import done, shown
from cma.errors import too_many
from quotes.models import Acceptance
from teams.directory import memberships_of
from teams.middleware import second_factor_wanted
from teams.models import User
from teams.scope import team_scope

MOST_BYTES = 20 * 1024 * 1024
SHA256 = re.compile(r"[0-9a-f]{64}\Z")
RATES = {"check": "60/h/ip"}


# ---- A file is read once, and kept nowhere --------------------------------------------------------


class Measured(UploadedFile):  # type: ignore[type-arg]
    """What is left of an upload: its fingerprint."""

    def __init__(self, name: str, sha256: str, size: int) -> None:
        super().__init__(name=name, size=size)
        self.sha256 = sha256


class Measure(FileUploadHandler):
    """Takes the fingerprint of what comes in, piece by piece, and lets each piece go."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.digest, self.is_too_large = hashlib.sha256(), False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > MOST_BYTES:
            self.is_too_large = True
            raise SkipFile
        self.digest.update(raw_data)

    def file_complete(self, file_size: int) -> Measured:
        return Measured(self.file_name or "", self.digest.hexdigest(), file_size)


# ---- Who gets to know more ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """A signed quote with this fingerprint. `of_pdf`: that of the signed PDF, not of the agreed text."""

    team_name: str
    slug: str
    signed_on: dt.date
    of_pdf: bool
    acceptance: Acceptance


@dataclass(frozen=True, slots=True)
class Party:
    """Where one of the two parties finds the signed PDF, the evidence and the quote."""

    quote_url: str
    pdf_url: str
    evidence_url: str


Asks = Callable[[HttpRequest, Found], Party | None]


def as_member(request: HttpRequest, found: Found) -> Party | None:
    """The trade's own people, as far as the office's door would let them in."""
    quote = found.acceptance.quote
    if all(seat.team_id != quote.team_id for seat in memberships_of(cast("User", request.user).pk)):
        return None
    if second_factor_wanted(request, quote.team) is not None:
        return None
    arguments = [found.slug, quote.pk]
    return Party(
        reverse("quotes:quote", args=arguments),
        reverse("quotes:quote-signed-pdf", args=arguments),
        reverse("quotes:quote-evidence", args=arguments),
    )


# The portal adds the client's people (portal.apps): nothing here imports it.
sides: list[Asks] = [as_member]


# ---- The page -------------------------------------------------------------------------------------


class CheckForm(forms.Form):
    """The file, or its fingerprint."""

    pdf = forms.FileField(
        label=gettext_lazy("The signed PDF"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf,.pdf"}),
        help_text=gettext_lazy("Only its fingerprint is taken. The file is kept nowhere."),
    )
    sha256 = forms.CharField(
        label=gettext_lazy("Or its fingerprint (SHA-256)"), required=False, max_length=200
    )

    def clean_sha256(self) -> str:
        typed = re.sub(r"[\s:-]", "", str(self.cleaned_data["sha256"])).lower()
        if typed and not SHA256.match(typed):
            raise forms.ValidationError(_("A fingerprint has 64 characters, 0 to 9 and a to f."))
        return typed

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not self.errors and not data.get("pdf") and not data.get("sha256"):
            raise forms.ValidationError(_("Choose the PDF, or write its fingerprint."))
        return data

    @property
    def wanted(self) -> str:
        """The fingerprint to look for: the file's before the one that was written."""
        pdf = self.cleaned_data.get("pdf")
        return pdf.sha256 if pdf else str(self.cleaned_data["sha256"])


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt
def check(request: HttpRequest) -> HttpResponse:
    """Paste a fingerprint, or choose the file; the answer has an address of its own."""
    # Before anything reads the form, the CSRF check included: its handlers would keep the file.
    request.upload_handlers = [Measure(request)]
    return _check(request)


@csrf_protect
def _check(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return shown(request, "quotes/check.html", {"form": CheckForm()})
    if not _allowed(request):
        return too_many(request)
    form = CheckForm(request.POST, request.FILES)
    if any(getattr(handler, "is_too_large", False) for handler in request.upload_handlers):
        form.add_error("pdf", _("A signed PDF is never larger than 20 MB."))
    if not form.is_valid():
        return shown(request, "quotes/check.html", form=form)
    return done(request, reverse("check-print", args=[form.wanted]))


@login_not_required
@require_safe
def check_print(request: HttpRequest, sha256: str) -> HttpResponse:
    """What there is to say about one fingerprint; the address can stand on paper."""
    if not _allowed(request):
        return too_many(request)
    found = find(sha256) if SHA256.match(sha256) else None
    context = {
        "form": CheckForm(),
        "sha256": " ".join(sha256[start : start + 4] for start in range(0, len(sha256), 4)),
        "asked": True,
        "found": found,
        "party": _party(request, found) if found else None,
    }
    return shown(request, "quotes/check.html", context)


def find(sha256: str) -> Found | None:
    """The signed quote with this very fingerprint, of its PDF or of its text."""
    with connection.cursor() as cursor:
        cursor.execute("select team_id, acceptance_id from cma_fingerprint_known(%s)", [sha256])
        row = cursor.fetchone()
    if row is None:
        return None
    team_id, number = row
    with team_scope(team_id):
        signed = Acceptance.objects.select_related("quote__team").defer("pdf").get(pk=number)
        team = signed.quote.team
        on = timezone.localtime(signed.signed_at, team.zone).date()
    return Found(team.name, team.slug, on, signed.pdf_sha256 == sha256, signed)


def _party(request: HttpRequest, found: Found) -> Party | None:
    """What this person may know beyond that it matches."""
    if not request.user.is_authenticated:
        return None
    return next((party for side in sides if (party := side(request, found)) is not None), None)


def _allowed(request: HttpRequest) -> bool:
    usage = ratelimit.consume(
        request, app="quotes", action="check", config=RATES, key="check", limit_get=True
    )
    return usage is not None

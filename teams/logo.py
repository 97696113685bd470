"""The firm's logo: which pictures are taken in as one, and which is in use."""

from __future__ import annotations

import hashlib

from django.utils.translation import gettext_lazy as _

from cma.pictures import Picture, Rules, reencode
from teams.audit import record
from teams.models import Logo, Team

MOST_BYTES = 2 * 1024 * 1024
TOO_BIG = _("This file is larger than 2 MB. Save your logo smaller and try again.")
RULES = Rules(
    kinds=("png", "jpeg", "webp"),
    most_bytes=MOST_BYTES,
    most_pixels=16_000_000,
    most_width=8_000,
    most_height=8_000,
    least_side=16,
    no_picture=_("This is no PNG, JPEG or WebP picture. Save your logo as PNG and choose that."),
    unreadable=_(
        "This picture cannot be read. Open it in a picture program, save it again as PNG, and try that."
    ),
    too_big=TOO_BIG,
    too_many_pixels=_("This picture has too many pixels. Make it at most 4000 pixels wide and high."),
    too_small=_("This picture is too small to be printed. Use one of at least 16 pixels each way."),
)


def take_in(data: bytes) -> Picture:
    """The picture as a PNG of our own. Raises ValidationError with a sentence for people."""
    return reencode(data, "logo", RULES)[0]


def use_logo(team: Team, picture: Picture) -> Logo:
    """Keep the picture and use it from now on. Older ones stay, for mail that names their address."""
    sha256 = hashlib.sha256(picture.data).hexdigest()
    logo = team.logos.filter(sha256=sha256).first() or Logo.objects.create(
        team=team,
        image=picture.data,
        mime=picture.mime,
        width=picture.width,
        height=picture.height,
        sha256=sha256,
    )
    if changes := team.change(logo_sha256=sha256):
        record("team.logo_changed", subject=team, changes={"logo": _short(changes["logo_sha256"])})
    return logo


def drop_logo(team: Team) -> None:
    """Do without a logo; the name stands in its place."""
    if changes := team.change(logo_sha256=""):
        record("team.logo_removed", subject=team, changes={"logo": _short(changes["logo_sha256"])})


def _short(pair: list[str]) -> list[str]:
    return [sha256[:12] for sha256 in pair]

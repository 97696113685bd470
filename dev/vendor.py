"""Refresh the front-end parts that are committed: Tabler's CSS, Inter, the icons in use, signature_pad, axe.

    npm ci --ignore-scripts && python dev/vendor.py      # copy, and write MANIFEST
    python dev/vendor.py --check                          # only compare the tree with MANIFEST

`package-lock.json` names versions and hashes, no registry: npm's own configuration says where to
fetch. A new icon is a new name in ICONS.
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
MANIFEST = ROOT / "dev" / "vendor" / "MANIFEST"
FOLDERS = ("static/vendor", "static/icons", "dev/vendor")

COPIES = {
    "@fontsource-variable/inter/LICENSE": "static/vendor/inter.LICENSE",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "static/vendor/files/inter-latin.woff2",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": (
        "static/vendor/files/inter-latin-ext.woff2"
    ),
    "@tabler/icons/LICENSE": "static/icons/LICENSE",
    "signature_pad/LICENSE": "static/vendor/signature_pad.LICENSE",
    "axe-core/axe.min.js": "dev/vendor/axe.min.js",
    "axe-core/LICENSE": "dev/vendor/axe.LICENSE",
}

ICONS = """
adjustments-horizontal alert-circle alert-triangle archive archive-off arrow-back-up arrow-down arrow-left
arrow-narrow-down arrow-narrow-up arrow-right arrow-up arrows-sort at ban bell bell-off bold brand-stripe
building building-bank building-store calendar calendar-due calendar-event calendar-month calendar-plus
calendar-week camera-plus cash certificate chart-bar check checklist chevron-down chevron-left chevron-right
chevron-up circle circle-check circle-dashed circle-dot circle-off circle-x clipboard-text clock
clock-exclamation cloud-off coin-pound copy credit-card credit-card-refund database-off device-desktop
device-floppy device-mobile device-mobile-dollar device-mobile-message dots download droplet-half
droplet-half-2 edit external-link eye eye-off file-description file-download file-export file-import
file-invoice file-minus file-off file-plus file-text file-type-csv file-type-pdf file-zip filter fingerprint
flask folder gift grip-vertical hand-stop heading headset heart-rate-monitor help help-circle history home
hourglass hourglass-empty id info-circle key language layers-subtract layout-dashboard link list list-check
lock lock-check lock-open login logout mail mail-check mail-exclamation mail-forward mail-off mail-opened
mail-x map-pin menu-2 message message-2 message-question message-reply minus mood-sad moon note notes
number package paint
palette paperclip pencil percentage phone photo photo-plus pig-money player-pause plug plus printer progress
qrcode quote receipt receipt-2 receipt-pound receipt-refund receipt-tax refresh report-money
rotate-clockwise rubber-stamp scale search selector send send-2 server-off settings share shield-check
shield-exclamation shield-lock shopping-cart signature sitemap square-check stack-2 star sun sun-moon table
tag tags template text-size thumb-down tool tools transfer trash trending-up truck typography umbrella
unlink upload user user-check user-cog user-minus user-off user-plus user-x users users-group versions
wallet wand wash-dryclean world writing-sign x zoom-question
""".split()


def icon(name: str) -> str:
    """The drawing alone: what the tag adds (size, class, hiding) would only be repeated."""
    svg = (MODULES / "@tabler/icons/icons/outline" / f"{name}.svg").read_text()
    body = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    body = body.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "")
    body = body.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none"/>', "")
    body = re.sub(r"\s+", " ", body).replace(" />", "/>").replace("> <", "><").strip()
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">{body}</svg>\n'


def inter() -> str:
    """The two subsets that British and European names need, of the four that npm brings."""
    css = (MODULES / "@fontsource-variable/inter/index.css").read_text()
    faces = []
    for subset in ("latin-ext", "latin"):
        found = re.search(rf"/\* inter-{subset}-wght-normal \*/\s*(@font-face \{{.*?\n\}})", css, re.DOTALL)
        if found is None:
            raise SystemExit(f"index.css holds no subset {subset}")
        faces.append(
            found[1].replace(f"./files/inter-{subset}-wght-normal.woff2", f"files/inter-{subset}.woff2")
        )
    return "\n".join(faces) + "\n"


def tabler() -> str:
    """Tabler in a cascade layer of its own, so that our rules win whatever their specificity."""
    css = (MODULES / "@tabler/core/dist/css/tabler.min.css").read_text()
    css = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css.replace('@charset "UTF-8";', "")).strip()
    return f'@charset "UTF-8";\n@layer tabler {{\n{css}\n}}\n'


def signature_pad() -> str:
    """The module for signing by hand, without the name of a source map that is not served."""
    script = (MODULES / "signature_pad/dist/signature_pad.min.js").read_text()
    return re.sub(r"//# sourceMappingURL=.*", "", script).rstrip() + "\n"


def manifest() -> str:
    """One line a file, as `sha256sum` would write it."""
    files = sorted(
        path
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path != MANIFEST and path.suffix != ".py"
    )
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(ROOT).as_posix()}\n"
        for path in files
    )


def refresh() -> None:
    """Write every vendored file anew and the MANIFEST after them."""
    for folder in ("static/vendor/files", "static/icons", "dev/vendor"):
        (ROOT / folder).mkdir(parents=True, exist_ok=True)
    for source, target in COPIES.items():
        (ROOT / target).write_bytes((MODULES / source).read_bytes())
    (ROOT / "static/vendor/inter.css").write_text(inter())
    (ROOT / "static/vendor/tabler.min.css").write_text(tabler())
    (ROOT / "static/vendor/signature_pad.js").write_text(signature_pad())
    kept = {f"{name}.svg" for name in ICONS}
    for path in (ROOT / "static/icons").glob("*.svg"):
        if path.name not in kept:
            path.unlink()
    for name in ICONS:
        (ROOT / "static/icons" / f"{name}.svg").write_text(icon(name))
    MANIFEST.write_text(manifest())


if __name__ == "__main__":
    if "--check" not in sys.argv:
        refresh()
    elif manifest() != MANIFEST.read_text():
        raise SystemExit("The vendored files are not those of dev/vendor/MANIFEST: run dev/vendor.py")

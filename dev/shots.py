"""Takes pictures of a running demo: `python -m dev.shots http://localhost:8000 FOLDER`.

Every page in three widths and two themes, for looking at. With --readme those of the README go to
docs/shots, at 1280 px and light (the portal's at 360).
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from dev.state import ROOT

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
WIDTHS = {360: 780, 768: 1024, 1280: 900}
TEAM = "kirkstall-plumbing"
OFFICE = {
    "today": "",
    "clients": "clients/",
    "client": "clients/1/",
    "client-billing": "clients/1/billing/",
    "client-portal": "clients/1/portal/",
    "client-edit": "clients/1/edit/",
    "invoices": "invoices/",
    "editor": "invoices/new/?client=1",
    "quotes": "quotes/",
    "client-quotes": "clients/1/quotes/",
    "quote-settings": "quotes/settings/",
    "products": "products/",
    "settings": "settings/",
    "billing-settings": "payments/settings/",
    "members": "members/",
    "audit": "audit-log/",
}
PORTAL = {
    "portal-home": "",
    "portal-billing": "billing/",
    "portal-quotes": "quotes/",
    "portal-details": "details/",
}
README = {
    "today": 1280,
    "invoices": 1280,
    "invoice": 1280,
    "editor": 1280,
    "client-billing": 1280,
    "quotes": 1280,
    "quote": 1280,
    "portal-quote": 360,
    "portal-sign": 360,
    "portal-pay": 360,
}


@contextmanager
def browser() -> Iterator[Browser]:
    """Debian's Chromium, as the tests drive it."""
    path = os.environ.get("CMA_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


def sign_in(page: Page, base: str, email: str) -> None:
    """As one of the demo people."""
    page.goto(f"{base}/account/login/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill("demo-password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/login" not in url)


def addresses(page: Page, base: str, *, portal: bool) -> dict[str, str]:
    """Name → address, with one invoice of each kind found on the way."""
    root = f"{base}/{'p' if portal else 't'}/{TEAM}/"
    found = {name: root + path for name, path in (PORTAL if portal else OFFICE).items()}
    if portal:
        page.goto(found["portal-billing"])
        found["portal-pay"] = base + _first(page, "a[href*='/pay/']")
        found["portal-invoice"] = base + _first(page, "#live a.what")
        page.goto(found["portal-quotes"])
        found["portal-quote"] = base + _first(page, "main a[href*='/quotes/']")
        found["portal-sign"] = found["portal-quote"] + "sign/"
    else:
        for status, name in (
            ("partially_paid", "invoice"),
            ("paid", "invoice-paid"),
            ("draft", "invoice-draft"),
        ):
            page.goto(f"{found['invoices']}?status={status}")
            found[name] = base + _first(page, "tbody a.ref")
        found["editor-draft"] = found["invoice-draft"] + "edit/"
        for status, name in (("sent", "quote"), ("accepted", "quote-accepted"), ("draft", "quote-draft")):
            page.goto(f"{found['quotes']}?status={status}")
            found[name] = base + _first(page, "tbody a.ref")
        found["quote-editor"] = found["quote-draft"] + "edit/"
    return found


def _first(page: Page, selector: str) -> str:
    address = page.locator(selector).first.get_attribute("href")
    if not address:
        raise SystemExit(f"Nothing fits {selector} on {page.url}.")
    return address


def take(chromium: Browser, base: str, email: str, folder: Path, *, portal: bool, only: set[str]) -> None:
    """All pages of one person."""
    for theme in ("light", "dark"):
        context = chromium.new_context(color_scheme=theme, locale="en-GB", timezone_id="Europe/London")
        page = context.new_page()
        sign_in(page, base, email)
        for name, address in addresses(page, base, portal=portal).items():
            if only and name not in only:
                continue
            for width, height in WIDTHS.items():
                page.set_viewport_size({"width": width, "height": height})
                page.goto(address)
                page.wait_for_load_state("networkidle") if not portal else page.wait_for_timeout(300)
                page.screenshot(path=folder / f"{name}-{width}-{theme}.png", full_page=True)
        context.close()


def for_readme(folder: Path) -> None:
    """Copies those, in few colours, so that the repository stays small."""
    target = ROOT / "docs" / "shots"
    target.mkdir(exist_ok=True)
    for name, width in README.items():
        with Image.open(folder / f"{name}-{width}-light.png") as picture:
            out = io.BytesIO()
            cut = picture.convert("RGB").crop(
                (0, 0, picture.width, min(picture.height, round(picture.width * 1.9)))
            )
            cut.quantize(128, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
            (target / f"{name}.png").write_bytes(out.getvalue())


def main() -> None:
    """Reads the arguments and does it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--readme", action="store_true")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    only = set(given.only)
    with browser() as chromium:
        take(chromium, given.base, "alice@example.com", given.folder, portal=False, only=only)
        take(chromium, given.base, "jo@example.com", given.folder, portal=True, only=only)
    if given.readme:
        for_readme(given.folder)


if __name__ == "__main__":
    main()

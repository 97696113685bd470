"""A real browser at a live server with the world of tests/world.py in it.

`page` is Alice at a desk; `browse` opens further pages: other people, widths, themes, without script.
A page that logs an error, throws, or runs into the content security policy fails its test.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from teams.models import User
from tests.world import World, make_world

AXE = Path(__file__).parents[2] / "dev" / "vendor" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
HEIGHTS = {360: 780, 768: 1024, 1280: 900}
# Errors that tests make on purpose: a form refused (422), one that came too late (409), no network.
ON_PURPOSE = (
    "status of 422",
    "status of 409",
    "net::ERR_INTERNET_DISCONNECTED",
    "htmx:sendError",
    "htmx:afterRequest",
)
Browse = Callable[..., "Page"]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for the package; ends with it, since two Playwrights cannot run in one thread."""
    path = os.environ.get("CMA_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as started:
        # Playwright keeps an event loop in this thread, which the ORM takes for an asynchronous caller.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        launched = started.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def world(transactional_db: None) -> World:
    """The world, committed, so that the live server sees it."""
    cache.clear()
    return make_world()


@pytest.fixture
def browse(chromium: Browser, live_server: LiveServer, world: World) -> Iterator[Browse]:
    """`browse(user, width=360, theme="dark", script=False)` → a page of its own, signed in as `user`.

    Addresses in `goto` may begin with a slash. Errors of all its pages come to light at the end.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_page(
        user: User | None = None, *, width: int = 1280, theme: Any = "light", script: bool = True, **more: Any
    ) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": HEIGHTS.get(width, 900)},
            color_scheme=theme,
            java_script_enabled=script,
            locale="en-GB",
            timezone_id="Europe/London",
            reduced_motion="reduce",
            **more,
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        context.on("console", lambda message: _note(errors, message))
        context.on("weberror", lambda problem: errors.append(str(problem.error)))
        if user is not None:
            sign_in(context, world, user, live_server.url)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    # A request that is still being answered would meet the emptying of the tables.
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(10)
    assert errors == []


def _note(errors: list[str], message: ConsoleMessage) -> None:
    if message.type == "error" and not any(words in message.text for words in ON_PURPOSE):
        errors.append(f"{message.text} ({message.location.get('url')})")


def sign_in(context: BrowserContext, world: World, user: User, url: str) -> None:
    """Past the door, which has tests of its own."""
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": world.browser(user).cookies[name].value, "url": url}])


@pytest.fixture
def page(browse: Browse, world: World) -> Page:
    """Alice at a desk."""
    return browse(world.alice)


def axe(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA: the rule and the first place, one entry a rule."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("tags => axe.run({runOnly: tags}).then(result => result.violations)", WCAG)
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]


def overflows(page: Page) -> bool:
    """Whether the page scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))

"""A whole CMA for a test to click through: `bin/run` in a folder of its own, on free ports.

It runs on the database server the tests run on (DATABASE_OWNER_URL), in a fresh database of its own.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from dev.database import with_database
from dev.process import wait_until
from dev.state import ROOT, State

PATIENCE = 300


@dataclass
class Instance:
    """A running CMA and what it has printed."""

    process: subprocess.Popen[str]
    state: State
    lines: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The web pages."""
        return self._announced("Ready")

    @property
    def mail_url(self) -> str:
        """The mail catcher's pages; `/api/messages?to=…` for JSON."""
        return self._announced("Mail")

    @property
    def stripe_url(self) -> str:
        """The Stripe sandbox."""
        return f"http://localhost:{self.state.port('stripe')}"

    def _announced(self, name: str) -> str:
        for line in self.lines:
            if found := re.fullmatch(rf"{name}: (http\S+)", line):
                return found[1]
        raise AssertionError(f"No line {name!r} in:\n" + "\n".join(self.lines[-50:]))


@contextmanager
def running_instance(folder: Path, *, kind: str = "test", demo: bool = False) -> Iterator[Instance]:
    """Starts it, waits until it is ready, and leaves nothing of it behind but its folder.

    Of kind "test" the static files are served uncollected, which saves seconds.
    """
    state = State(folder)
    with _fresh_database(f"cma_instance_{os.getpid()}") as addresses:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CMA_")}
        for name in ("SECRET_KEY", "EMAIL_URL", "COV_CORE_SOURCE"):
            kept.pop(name, None)
        # Redis by number: the tests use the first.
        redis = (
            {"REDIS_URL": os.environ["REDIS_URL"].removesuffix("/0") + "/1"} if "REDIS_URL" in kept else {}
        )
        own = {
            "CMA_ENV": kind,
            "CMA_STATE": str(state.folder),
            "PORT": str(state.port("web")),
            "PYTHONPATH": str(ROOT),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "dev.run", *([] if demo else ["--no-demo"])],
            cwd=ROOT,
            env=kept | addresses | redis | own,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        instance = Instance(process, state)
        reader = threading.Thread(target=_read, args=(instance,), daemon=True)
        reader.start()
        try:
            wait_until(lambda: _is_ready(instance) or process.poll() is not None, PATIENCE)
            if not _is_ready(instance):
                raise AssertionError("bin/run did not come up:\n" + "\n".join(instance.lines[-50:]))
            yield instance
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _read(instance: Instance) -> None:
    for line in instance.process.stdout or ():
        instance.lines.append(line.rstrip("\n"))


def _is_ready(instance: Instance) -> bool:
    return any(line.startswith("Mail: ") for line in instance.lines)


@contextmanager
def _fresh_database(name: str) -> Iterator[dict[str, str]]:
    """A database of this name on the tests' server, as the variables that lead there."""
    owner_url = os.environ.get("DATABASE_OWNER_URL")
    if not owner_url:  # bin/run starts its own
        yield {}
        return
    database = sql.Identifier(name)
    owner = sql.Identifier(unquote(urlsplit(owner_url).username or ""))
    with psycopg.connect(with_database(owner_url, "postgres"), autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))
        server.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
        try:
            yield {
                "DATABASE_OWNER_URL": with_database(owner_url, name),
                "DATABASE_URL": with_database(os.environ["DATABASE_URL"], name),
            }
        finally:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))

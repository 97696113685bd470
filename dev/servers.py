"""Database and broker of a state folder: embedded, or the ones DATABASE_URL and REDIS_URL name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dev import database
from dev.postgres import Postgres
from dev.redis import Redis
from dev.state import State


class Servers:
    """The servers stay up from `start` to `stop`, whichever process calls them."""

    def __init__(self, state: State, *, durable: bool = True) -> None:
        self.state = state
        self.postgres = None if os.environ.get("DATABASE_URL") else Postgres(state, durable=durable)
        self.redis = None if os.environ.get("REDIS_URL") else Redis(state)

    def start(self) -> dict[str, str]:
        """Starts what does not run yet. The variables that lead there are the answer."""
        with self.state.lock("servers"):
            return self._start()

    def stop(self) -> None:
        """Stops the embedded ones."""
        with self.state.lock("servers"):
            self._stop()

    def revive(self) -> list[str]:
        """Starts again what has died; the names of those are the answer."""
        servers = {"postgres": self.postgres, "redis": self.redis}
        dead = [name for name, server in servers.items() if server and not server.is_alive()]
        if dead:
            self.start()
        return dead

    @contextmanager
    def running(self) -> Iterator[dict[str, str]]:
        """The servers for as long as this block lasts; the last of several users switches them off."""
        with self.state.lock("servers"):
            users = self.state.lock("servers.users", shared=True)
            users.__enter__()
            variables = self._start()
        try:
            yield variables
        finally:
            with self.state.lock("servers"):
                users.__exit__(None, None, None)
                with suppress(BlockingIOError), self.state.lock("servers.users", wait=False):
                    self._stop()

    def remove(self) -> None:
        """Deletes the data, also what had to stand outside the state folder."""
        if self.postgres:
            self.postgres.remove()

    def _start(self) -> dict[str, str]:
        if self.postgres:
            self.postgres.start()
            addresses = database.embedded(self.state, self.postgres.url)
        else:
            addresses = database.external()
        if self.redis:
            self.redis.start()
        redis_url = self.redis.url if self.redis else os.environ["REDIS_URL"]
        return {
            "DATABASE_URL": addresses.app,
            "DATABASE_OWNER_URL": addresses.owner,
            "REDIS_URL": redis_url,
        }

    def _stop(self) -> None:
        if self.postgres:
            self.postgres.stop()
        if self.redis:
            self.redis.stop()

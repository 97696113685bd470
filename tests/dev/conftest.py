from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.servers import Servers
from dev.state import State


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[State]:
    """A state folder of its own, whose embedded servers are put away at the end."""
    yield from _state(tmp_path / "one", monkeypatch)


@pytest.fixture
def other_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[State]:
    yield from _state(tmp_path / "two", monkeypatch)


def _state(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[State]:
    _forget_given_servers(monkeypatch)
    state = State(folder)
    yield state
    _forget_given_servers(monkeypatch)
    servers = Servers(state, durable=False)
    servers.stop()
    servers.remove()


def _forget_given_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)

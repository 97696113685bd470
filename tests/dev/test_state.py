import socket
import stat
import threading
from pathlib import Path

import pytest

from dev.state import State


def test_a_secret_is_made_once_and_only_its_owner_reads_it(state: State) -> None:
    first = state.secret("secret_key")
    assert State(state.folder).secret("secret_key") == first
    assert len(first) >= 50
    assert stat.S_IMODE((state.folder / "secrets.json").stat().st_mode) == 0o600


def test_two_folders_have_nothing_in_common(state: State, other_state: State) -> None:
    assert state.secret("secret_key") != other_state.secret("secret_key")
    assert state.port("postgres") != other_state.port("postgres")


def test_ports_are_remembered_and_differ(state: State) -> None:
    ports = [state.port(name) for name in ("postgres", "redis", "mail")]
    assert len(set(ports)) == 3
    again = State(state.folder)
    assert [again.port(name) for name in ("postgres", "redis", "mail")] == ports


def test_a_taken_port_is_passed_over(state: State, tmp_path: Path) -> None:
    port = state.port("postgres")
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
        assert state.new_port("postgres") != port


def test_a_port_that_is_let_go_of_in_a_moment_is_kept(state: State) -> None:
    """Whoever knows the old address of a killed server finds the new one there."""
    port = state.port("postgres")
    stranger = socket.socket()
    stranger.bind(("127.0.0.1", port))
    stranger.listen()
    threading.Timer(0.4, stranger.close).start()
    assert state.free_port("postgres") == port


def test_a_port_that_stays_taken_is_given_up(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dev.state.PORT_PATIENCE", 0.2)
    port = state.port("postgres")
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
        assert state.free_port("postgres") != port


def test_a_lock_is_refused_while_it_is_held(state: State) -> None:
    with state.lock("run", wait=False), pytest.raises(BlockingIOError), state.lock("run", wait=False):
        pass
    with state.lock("run", wait=False):
        pass

"""`bin/manage`: a management command against the same state as bin/run."""

from __future__ import annotations

import signal
import subprocess
import sys

from dev.environment import app_environment
from dev.servers import Servers
from dev.state import ROOT, State

# These change or read the tables themselves, which belong to the owner.
OWNERS_COMMANDS = {"migrate", "createcachetable", "sqlflush", "sqlmigrate", "showmigrations", "inspectdb"}


def main() -> None:
    """Runs the command with the servers up, and ends with its exit code."""
    arguments = with_owner(sys.argv[1:])
    state = State.from_environment()
    # Ctrl-C is for the command; the servers must still be put away after it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Servers(state).running() as servers:
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        done = subprocess.run(
            command,
            check=False,
            env=app_environment(state, servers),
            preexec_fn=restore_interrupt,
        )
    raise SystemExit(done.returncode)


def with_owner(arguments: list[str]) -> list[str]:
    """The arguments, with the owner's connection for what needs it."""
    owners = bool(arguments) and arguments[0] in OWNERS_COMMANDS
    named = any(word == "--database" or word.startswith("--database=") for word in arguments)
    return [*arguments, "--database", "owner"] if owners and not named else arguments


def restore_interrupt() -> None:
    """An ignored signal stays ignored in children; this undoes it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    main()

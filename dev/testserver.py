"""One shared, careless PostgreSQL and Redis for running single tests quickly: `eval "$(dev/testserver)"`.

It stays up until `dev/testserver --stop`. bin/test does not use it: it starts its own.
"""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from pathlib import Path

from dev.environment import app_environment
from dev.servers import Servers
from dev.state import State


def main() -> None:
    """Starts it and prints the variables as exports, or stops it."""
    # A shell that has sourced this before must not make us take our own servers for somebody else's.
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    state = State(Path(tempfile.gettempdir()) / f"cma-test-{os.getuid()}")
    servers = Servers(state, durable=False)
    if "--stop" in sys.argv[1:]:
        servers.stop()
        return
    variables = app_environment(state, servers.start(), kind="test")
    for name, value in variables.items():
        if os.environ.get(name) != value:
            print(f"export {name}={shlex.quote(value)}")


if __name__ == "__main__":
    main()

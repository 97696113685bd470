"""`python -m dev.stripe_sandbox --port 8430 --state FOLDER`"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from .server import SandboxServer


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m dev.stripe_sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8430, help="port on 127.0.0.1 (8430)")
    parser.add_argument(
        "--state", type=Path, help="folder that keeps accounts and events; without it nothing is kept"
    )
    parser.add_argument("--base-url", help="address that browsers use, when it is not http://127.0.0.1:PORT")
    given = parser.parse_args()
    server = SandboxServer(given.port, given.state, base_url=given.base_url)
    signal.signal(signal.SIGTERM, _interrupt)
    print(f"Stripe sandbox: {server.api.base_url}", flush=True)
    try:
        server.serve()
    except KeyboardInterrupt:
        pass
    finally:
        server.http.server_close()
        server.delivery.stop()
        server.store.close()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()

"""Asks the web process in this container how it is: `python -m deploy.healthcheck readyz`."""

from __future__ import annotations

import os
import sys
import urllib.request
from urllib.parse import urlsplit


def main() -> None:
    """Exit code 0 when the address answers 200."""
    # Asked by the name the world uses: another one would be refused as an unknown host.
    host = urlsplit(os.environ["CMA_BASE_URL"]).netloc
    request = urllib.request.Request(
        f"http://127.0.0.1:8000/{sys.argv[1]}", headers={"Host": host, "X-Forwarded-Proto": "https"}
    )
    try:
        with urllib.request.urlopen(request, timeout=4) as response:  # noqa: S310 - our own address
            raise SystemExit(0 if response.status == 200 else 1)
    except OSError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()

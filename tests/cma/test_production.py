"""Settings of a real deployment: what they refuse. Each in a process of its own, as it would start."""

import base64
import os
import subprocess
import sys

import pytest

GOOD = {
    "CMA_ENV": "production",
    "CMA_BASE_URL": "https://cma.example",
    "SECRET_KEY": "x" * 60,
    "CMA_MASTER_KEYS": "k1:" + base64.b64encode(b"1" * 32).decode(),
    "CMA_STRIPE_BASE": "",
}


def start(**changes: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **GOOD, **changes}
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from cma import settings; print(settings.DEBUG, settings.SESSION_COOKIE_NAME)",
        ],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_starts():
    done = start()
    assert done.stdout.split() == ["False", "__Host-session"], done.stderr


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"CMA_STRIPE_BASE": "http://localhost:8430"}, "sandbox"),
        ({"CMA_BASE_URL": "http://cma.example"}, "https://"),
        ({"CMA_MASTER_KEYS": ""}, "CMA_MASTER_KEYS"),
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"CMA_ENV": "prod"}, "CMA_ENV"),
        ({"PORT": "http"}, "PORT"),
    ],
)
def test_it_refuses(change, says):
    done = start(**change)
    assert done.returncode != 0
    assert says in done.stderr

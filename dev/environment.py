"""The environment variables the app is started with on a developer's machine."""

from __future__ import annotations

import os

from dev.state import ROOT, State


def app_environment(state: State, servers: dict[str, str], *, kind: str = "dev") -> dict[str, str]:
    """Everything cma.settings reads. What the caller has set already stays, save the servers' addresses."""
    port = os.environ.get("PORT") or str(state.remembered_port("web", 8000))
    proposed = {
        "CMA_ENV": kind,
        "SECRET_KEY": state.secret("secret_key"),
        "CMA_MASTER_KEYS": state.master_keys,
        "CMA_BASE_URL": f"http://localhost:{port}",
        "CMA_STRIPE_BASE": f"http://localhost:{state.port('stripe')}",
        "EMAIL_URL": f"smtp://127.0.0.1:{state.port('smtp')}",
    }
    decided = {
        "PORT": port,
        "CMA_STATE": str(state.folder),
        "DJANGO_SETTINGS_MODULE": "cma.settings",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        # In a container one is root, and knows it.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
    }
    return proposed | dict(os.environ) | decided | servers

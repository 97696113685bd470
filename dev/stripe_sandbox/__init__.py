"""A Stripe of our own for development and tests: API, hosted Checkout pages and webhooks.

The app talks to it through the unmodified `stripe` SDK. Every request is checked against the
SDK's types of parameters, every answer against its types of objects.
"""

from .client import Sandbox, SandboxError, Visit, Webhook, new_key, running

__all__ = ["Sandbox", "SandboxError", "Visit", "Webhook", "new_key", "running"]

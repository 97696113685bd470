"""Seeds of second factors at rest: sealed like every other secret, and rotated with them."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction

from cma.sealing import is_current_text, seal_text, unseal_text

SEEDS = "mfa_authenticator.data"
# What of an authenticator's data is sealed: the app's secret, the seed of the recovery codes.
SEALED = ("secret", "seed")


def rotate_second_factors() -> int:
    """Seal every seed again that is not sealed with the current master key; answers how many."""
    done = 0
    with transaction.atomic():
        for factor in Authenticator.objects.select_for_update():
            old = {name: factor.data[name] for name in SEALED if isinstance(factor.data.get(name), str)}
            stale = {name: text for name, text in old.items() if not is_current_text(text)}
            for name, text in stale.items():
                factor.data[name] = seal_text(unseal_text(text, place=SEEDS), place=SEEDS)
            if stale:
                factor.save(update_fields=["data"])
                done += len(stale)
    return done

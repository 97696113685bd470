"""How a transaction asks for background work: after the commit, and never failing for want of a broker."""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def look_now(task: Any, *args: Any) -> None:
    """Start the task once the transaction has committed.

    When the broker is away nothing is lost: the row is the queue of record, and the sweeper
    finds it (architecture: work in the background).
    """

    def start() -> None:
        try:
            task.apply_async(args, retry=False)
        except (OperationalError, OSError):
            log.warning("the broker is away: %s waits for its sweeper", task.name)

    transaction.on_commit(start)

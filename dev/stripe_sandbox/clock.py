"""The sandbox's time: the machine's, moved by an offset that tests set."""

from __future__ import annotations

import time


class Clock:
    """Seconds since 1970, as Stripe counts them."""

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def time(self) -> float:
        return time.time() + self.offset

    def now(self) -> int:
        return int(self.time())

"""Starting, finding and ending processes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil

# Set for everything bin/run starts, so that the next start finds what a `kill -9` left behind.
MARK = "CMA_SUPERVISED"


def wait_until(ready: Callable[[], bool], seconds: float) -> bool:
    """Asks again and again until it is ready or the time is over."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def is_running(pid: int, *words: str) -> bool:
    """Whether this process lives and its command line holds all these words (a number may be reused)."""
    try:
        process = psutil.Process(pid)
        command = " ".join(process.cmdline())
        return process.status() != psutil.STATUS_ZOMBIE and all(word in command for word in words)
    except psutil.Error:
        return False


def read_pid(path: Path) -> int | None:
    """The number on the first line of a pid file."""
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def leftovers(mark: str) -> list[psutil.Process]:
    """Every process that carries this mark, save the asking one."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(MARK) == mark:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def end(processes: list[psutil.Process], *, seconds: float = 5) -> None:
    """Asks them to stop, then makes them."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        for process in processes:
            try:
                process.send_signal(sign)
            except psutil.Error:
                continue
        _, processes = psutil.wait_procs(processes, timeout=seconds)

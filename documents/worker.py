"""Printing with limits: in a child process of 512 MB that is killed after 20 seconds (trust 9).

The child is kept and reused, as starting one costs as much as twenty pages, and replaced after a while.
It is a plain subprocess that is fed JSON: Celery's pool processes are daemonic and may have no children of
multiprocessing, and a pickle from a process that handles strangers' text is nothing to open.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from documents.child import read_frame, write_frame
from documents.render import Document, html, pictures

ROOT = Path(__file__).resolve().parent.parent
# Where fontconfig keeps its list of fonts. Path.home() would fail for a user without a home.
CACHE = os.path.expanduser("~/.cache")  # noqa: PTH111
MEMORY = 512 << 20
SECONDS = 20
PAGES_A_CHILD = 200

# The logo and what was drawn.
type Shown = tuple[bytes, bytes]


class RenderFailed(Exception):
    """The document could not be printed; the message is for the log, not for people."""


class RenderTimeout(RenderFailed):
    """It took longer than the limit and was ended."""


def render_safely(document: Document, *, seconds: float = SECONDS) -> bytes:
    """The document as PDF. Raises RenderTimeout or RenderFailed. Safe to call from several threads."""
    return print_page(html(document), *pictures(document), seconds=seconds)


def print_page(page: str, logo: bytes = b"", signature: bytes = b"", *, seconds: float = SECONDS) -> bytes:
    """A page of our own templates as PDF, printed by the child."""
    deadline = time.monotonic() + seconds
    if not _lock.acquire(timeout=seconds):
        raise RenderTimeout("waited too long for the printer")
    try:
        return _printed(page, (logo, signature), deadline)
    finally:
        _lock.release()


def _printed(page: str, shown: Shown, deadline: float) -> bytes:
    global _child  # noqa: PLW0603 - one printer a process
    fresh = _child is None or not _child.is_alive()
    if _child is None or fresh:
        _child = Child()
    try:
        result = _child.print_page(page, shown, deadline)
    except ChildGoneError:
        _child = None
        if fresh:
            raise RenderFailed("the printing process died; the page may be too large") from None
        # It may have died between two pages, and then this page is not to blame.
        return _printed(page, shown, deadline)
    except RenderTimeout:
        _child = None
        raise
    if _child.pages >= PAGES_A_CHILD:
        _child.stop()
        _child = None
    return result


class ChildGoneError(Exception):
    """The child ended in the middle of a frame."""


class Child:
    """One printing process and the pipes to it."""

    def __init__(self) -> None:
        self.pages = 0
        self._folder = tempfile.mkdtemp(prefix="cma-print-")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "documents.child", str(MEMORY), str(SECONDS)],
            cwd=ROOT,
            # None of our own environment: it holds the keys. The same hash seed makes the same bytes.
            env={
                "PATH": os.defpath,
                "LANG": "C.UTF-8",
                "HOME": self._folder,
                "TMPDIR": self._folder,
                "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", CACHE),
                "PYTHONHASHSEED": "0",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._ready = False

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def print_page(self, page: str, shown: Shown, deadline: float) -> bytes:
        """The PDF. Raises ChildGoneError, RenderFailed, or RenderTimeout after ending the child."""
        expired = threading.Event()
        watch = threading.Timer(max(deadline - time.monotonic(), 0), self._expire, [expired])
        watch.daemon = True
        watch.start()
        try:
            return self._exchange(page, shown)
        except ChildGoneError:
            self.stop()
            if expired.is_set():
                raise RenderTimeout("printing took too long") from None
            raise
        finally:
            watch.cancel()

    def _exchange(self, page: str, shown: Shown) -> bytes:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise ChildGoneError
        try:
            if not self._ready and read_frame(stdout) is None:
                raise ChildGoneError
            self._ready = True
            logo, signature = shown
            write_frame(stdin, {"page": page, "logo": len(logo)}, logo + signature)
            answer = read_frame(stdout)
        except (OSError, ValueError):  # a broken pipe, or a pipe that `stop` has closed
            raise ChildGoneError from None
        if answer is None:
            raise ChildGoneError
        self.pages += 1
        head, printed = answer
        if "error" in head:
            raise RenderFailed(head["error"])
        return printed

    def _expire(self, expired: threading.Event) -> None:
        expired.set()
        self._process.kill()

    def stop(self) -> None:
        """End the process and forget its files."""
        self._process.kill()
        self._process.wait()
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        """Let go of the pipes; the process ends by itself when nobody holds the other side."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was still to be written to a process that is gone
                    continue


_lock = threading.Lock()
_child: Child | None = None


def stop() -> None:
    """End the printing process of this process, if there is one."""
    global _child  # noqa: PLW0603
    with _lock:
        if _child is not None:
            _child.stop()
            _child = None


def _after_fork() -> None:
    """A forked process must not write into its parent's pipes, nor keep them open."""
    global _child, _lock  # noqa: PLW0603
    _lock = threading.Lock()
    if _child is not None:
        _child.close()
        _child = None


os.register_at_fork(after_in_child=_after_fork)
atexit.register(stop)

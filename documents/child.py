"""The process that prints: reads pages from its input, writes PDFs to its output, and may do little else.

A frame is eight bytes (the length of a JSON head, the length of the bytes behind it), the head, the bytes.
To the child: {"page": …, "logo": its length}, then the logo and what was drawn, in one. From it: {} and the
PDF, or {"error": …} and nothing. worker.py starts it with a memory limit in bytes and a time limit in
seconds, without Django and without the project's secrets.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import struct
import sys
import traceback
from pathlib import Path
from typing import IO, Any

FRAME = struct.Struct(">II")
# What printing a page never needs: other machines, other programs, changed files outside the font folder.
FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "pty.",
    "ctypes.",
    "urllib.",
    "http.",
    "ftplib.",
    "smtplib.",
    "webbrowser.",
)


def read_frame(stream: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """The next head and its bytes, or None when the other side has gone."""
    start = stream.read(FRAME.size)
    if len(start) < FRAME.size:
        return None
    head_size, body_size = FRAME.unpack(start)
    head, body = stream.read(head_size), stream.read(body_size)
    if len(head) < head_size or len(body) < body_size:
        return None
    return json.loads(head), body


def write_frame(stream: IO[bytes], head: dict[str, Any], body: bytes = b"") -> None:
    """One frame, sent at once."""
    encoded = json.dumps(head).encode()
    stream.write(FRAME.pack(len(encoded), len(body)) + encoded + body)
    stream.flush()


def main() -> None:
    """Print until the input ends."""
    memory, seconds = (int(argument) for argument in sys.argv[1:3])
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints does not get into the frames
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 20, 64 << 20))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    from documents.press import press, warm_up

    warm_up()
    sys.addaudithook(_guard)
    write_frame(replies, {"ready": True})
    while frame := read_frame(sys.stdin.buffer):
        # Should the parent be killed while it waits, nobody else would end a page that never ends.
        signal.alarm(seconds + 5)
        head, pictures = frame
        logo, signature = pictures[: head["logo"]], pictures[head["logo"] :]
        try:
            printed = press(head["page"], logo, signature)
        except Exception:  # noqa: BLE001 - whatever it is, the parent must hear of it
            write_frame(replies, {"error": traceback.format_exc(limit=-4)[-2000:]})
        else:
            write_frame(replies, {}, printed)
        signal.alarm(0)


def _guard(event: str, args: tuple[Any, ...]) -> None:
    if event.startswith(FORBIDDEN):
        raise PermissionError(f"{event} while printing")
    if event == "open" and not _may_open(args[0]):
        raise PermissionError("a file while printing")


def _may_open(path: object) -> bool:
    """Our own code, fonts and their unpacked copies, and the libraries."""
    if isinstance(path, int):
        return True
    name = os.path.realpath(os.fsdecode(path)) if isinstance(path, str | bytes) else ""
    return name.startswith(READABLE)


READABLE = tuple(
    f"{os.path.realpath(folder)}/"
    for folder in (
        Path(__file__).parent,
        sys.prefix,
        sys.base_prefix,
        os.environ.get("TMPDIR", "/nowhere"),
    )
)


if __name__ == "__main__":
    main()

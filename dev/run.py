"""`bin/run`: everything on one machine, under one supervisor. `--no-demo` leaves the demo team out."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from dev.environment import app_environment
from dev.process import wait_until
from dev.servers import Servers
from dev.state import ROOT, State, is_free
from dev.supervisor import Supervisor

SIGN_INS = ("Owner: alice@example.com / demo-password", "Client: jo@example.com / demo-password")


class StoppedError(Exception):
    """Somebody asked to stop while we were still starting."""


def main() -> None:
    """Starts all parts, says when they are ready, and stops them on Ctrl-C."""
    state = State.from_environment()
    try:
        with state.lock("run", wait=False):
            run(state)
    except BlockingIOError:
        raise SystemExit(f"bin/run is running already on {state.folder}.") from None


def run(state: State) -> None:
    """The life of one bin/run, from clearing up to putting away."""
    os.chdir(ROOT)
    begun = time.monotonic()
    supervisor = Supervisor({}, mark=str(state.folder))
    supervisor.clear_leftovers()
    port = int(os.environ.get("PORT") or 8000)
    if not is_free(port):
        raise SystemExit(
            f"Port {port} is taken by another program. Choose another one: PORT={port + 1} bin/run"
        )
    state.set_port("web", port)
    supervisor.listen()
    servers = Servers(state)
    with servers.running() as addresses:
        supervisor.environment |= app_environment(state, addresses)
        try:
            has_demo = start_all(supervisor, state)
            announce(supervisor, state, has_demo=has_demo, seconds=time.monotonic() - begun)
            supervisor.watch(each_second=lambda: revive(servers, supervisor))
        except StoppedError:
            pass
        finally:
            supervisor.say("Stopping")
            supervisor.stop()


def start_all(supervisor: Supervisor, state: State) -> bool:
    """Starts the parts in the order in which they need each other. Whether the demo team is there."""
    python, port = sys.executable, supervisor.environment["PORT"]
    mail, smtp, stripe = state.port("mail"), state.port("smtp"), state.port("stripe")
    folder = str(state.folder)
    supervisor.start(
        "mail", [python, "-m", "dev.mailcatcher", "--smtp", f"{smtp}", "--port", f"{mail}", "--state", folder]
    )
    # Under the very address that pages may send their forms to (CMA_STRIPE_BASE).
    sandbox = ("--port", f"{stripe}", "--state", folder, "--base-url", f"http://localhost:{stripe}")
    supervisor.start("stripe", [python, "-m", "dev.stripe_sandbox", *sandbox])
    collecting = threading.Thread(target=collect_static, args=(supervisor, state))
    collecting.start()
    manage(supervisor, "migrate", "--database", "owner", "--verbosity", "0")
    collecting.join()
    supervisor.start(
        "web",
        [
            *(python, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", port),
            *("--workers", "2", "--blocking-threads", "4", "--respawn-failed-workers", "--no-ws"),
            *("--workers-kill-timeout", "5", "--log-level", "warning", "cma.wsgi:application"),
        ],
    )
    celery = [python, "-m", "celery", "--quiet", "-A", "cma"]
    quietly = ["--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    queues = ("--queues", "celery,documents")
    supervisor.start("worker", [*celery, "worker", "--concurrency", "2", *queues, *quietly])
    schedule = ["--schedule", f"{folder}/celerybeat", "--pidfile", ""]
    supervisor.start("beat", [*celery, "beat", "--loglevel", "WARNING", *schedule])
    wait_for(supervisor, "The mail catcher", lambda: not is_free(mail) and not is_free(smtp))
    wait_for(supervisor, "The Stripe sandbox", lambda: not is_free(stripe))
    has_demo = "--no-demo" not in sys.argv[1:] and manage(supervisor, "demo", may_fail=True)
    wait_for(supervisor, "The web server", lambda: answers(f"http://127.0.0.1:{port}/readyz"))
    return has_demo


def manage(supervisor: Supervisor, *arguments: str, may_fail: bool = False) -> bool:
    """Runs a management command; whether it went well."""
    command = [sys.executable, "manage.py", *arguments]
    process = subprocess.Popen(command, env=supervisor.environment, stdin=subprocess.DEVNULL)
    while process.poll() is None:
        if supervisor.stopping.wait(0.05):
            process.terminate()
            process.wait()
            raise StoppedError
    if process.returncode and not may_fail:
        raise SystemExit(f"manage.py {' '.join(arguments)} failed; its message above says why.")
    return process.returncode == 0


def collect_static(supervisor: Supervisor, state: State) -> None:
    """Collects and compresses the static files, when any has changed since the last time."""
    if supervisor.environment["CMA_ENV"] == "test":  # served from where they stand
        return
    digest = hashlib.sha256()
    roots = [ROOT / "static", *ROOT.glob("[a-z]*/static"), ROOT / "requirements.txt"]
    for path in sorted(path for root in roots for path in (root, *root.rglob("*")) if path.is_file()):
        facts = path.stat()
        digest.update(f"{path} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    stamp = state.folder / "static.stamp"
    if stamp.exists() and stamp.read_text() == digest.hexdigest() and (state.folder / "static").exists():
        return
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--clear", "--verbosity", "0"]
    if (
        subprocess.run(command, check=False, env=supervisor.environment, stdin=subprocess.DEVNULL).returncode
        == 0
    ):
        stamp.write_text(digest.hexdigest())


def wait_for(supervisor: Supervisor, what: str, ready: Callable[[], bool]) -> None:
    """Waits two minutes: a machine may be busy."""
    came = wait_until(lambda: ready() or supervisor.stopping.is_set(), 120)
    if supervisor.stopping.is_set():
        raise StoppedError
    if not came:
        raise SystemExit(f"{what} did not start within two minutes; its lines above say why.")


def answers(url: str) -> bool:
    """Whether the address answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def announce(supervisor: Supervisor, state: State, *, has_demo: bool, seconds: float) -> None:
    """The lines a person looks for."""
    supervisor.say(f"Started in {seconds:.1f} seconds. Ctrl-C stops everything.")
    supervisor.say(f"Ready: {supervisor.environment['CMA_BASE_URL']}")
    supervisor.say(f"Mail: http://localhost:{state.port('mail')}")
    for line in SIGN_INS if has_demo else ():
        supervisor.say(line)


def revive(servers: Servers, supervisor: Supervisor) -> None:
    """Starts PostgreSQL or Redis again when it has died."""
    for name in servers.revive():
        supervisor.say("had died and was started again", name=name)


if __name__ == "__main__":
    main()

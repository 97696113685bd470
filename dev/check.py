"""`bin/test`: every check there is, with a table at the end.

`bin/test` runs all; `bin/test --fast` leaves out the slow ones; with other arguments pytest alone
runs, with those (`bin/test tests/invoices -x`; `bin/test --fast tests/invoices` without its slow ones).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dev.environment import app_environment
from dev.servers import Servers
from dev.state import ROOT, State

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_TESTS_COLLECTED = 5
# How long the long proofs are to be; the caller's word counts (docs/operations.md).
SIZES = ("CMA_PROOF", "CMA_LEDGER_RUNS")
PREFIX = "cma-bin-test-"
# As strict as a real deployment; the database is the tests' own.
PRODUCTION: dict[str, str | None] = {
    "CMA_ENV": "production",
    "CMA_BASE_URL": "https://cma.example",
    "CMA_ALLOWED_HOSTS": "cma.example",
    "EMAIL_URL": "smtp+tls://mail.cma.example:587",
    "CMA_STRIPE_BASE": None,
}


@dataclass
class Result:
    """How one check ended."""

    name: str
    passed: bool
    seconds: float
    remark: str = ""


@dataclass
class Counts:
    """What pytest has counted."""

    tests: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def passed(self) -> int:
        return self.tests - self.failed - self.skipped

    def add(self, report: Path) -> None:
        """Adds a JUnit report, when pytest came as far as writing one."""
        if not report.exists():
            return
        for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314 - pytest wrote it
            self.tests += int(suite.get("tests", 0))
            self.failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            self.skipped += int(suite.get("skipped", 0))

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


class Checks:
    """Runs one check after the other and remembers how each ended."""

    def __init__(self, environment: dict[str, str], scratch: Path) -> None:
        self.environment = environment
        self.scratch = scratch
        self.results: list[Result] = []
        self.counts = Counts()

    def python(self, name: str, *arguments: str, changes: dict[str, str | None] | None = None) -> None:
        """A check that Python runs: exit code 0 is a pass. A change to None takes a variable away."""
        self._timed(name, lambda: (self._call(*arguments, changes=changes) == 0, ""))

    def pytest(self, name: str, *arguments: str, empty_is_fine: bool = False) -> None:
        """A run of pytest, counted."""

        def run() -> tuple[bool, str]:
            report = self.scratch / f"{len(self.results)}.xml"
            code = self._call("-m", "pytest", f"--junitxml={report}", *arguments)
            counts = Counts()
            counts.add(report)
            self.counts.add(report)
            return code == 0 or (empty_is_fine and code == NO_TESTS_COLLECTED), str(counts)

        self._timed(name, run)

    def audit(self, name: str, requirements: str) -> None:
        """Known weaknesses of the pinned packages, where their list can be had."""

        def run() -> tuple[bool, str]:
            report = self.scratch / f"{requirements}.json"
            options = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "--timeout", "15"]
            command = ["-m", "pip_audit", "-r", requirements, *options, "-f", "json", "-o", str(report)]
            subprocess.run(
                [sys.executable, *command],
                check=False,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
            )
            return read_audit(report)

        self._timed(name, run)

    def report(self) -> int:
        """Prints the table; 0 when all went well."""
        width = max((len(result.name) for result in self.results), default=0)
        print("\n" + "─" * (width + 40))
        for result in self.results:
            mark = "ok    " if result.passed else "FAILED"
            print(f"{mark}  {result.name:<{width}}  {result.seconds:6.1f} s  {result.remark}".rstrip())
        print("─" * (width + 40))
        passed = all(result.passed for result in self.results)
        print("Everything passed." if passed else "Not everything passed.")
        print(self.counts, flush=True)
        return 0 if passed else 1

    def _timed(self, name: str, run: Callable[[], tuple[bool, str]]) -> None:
        print(f"\n── {name}", flush=True)
        begun = time.monotonic()
        passed, remark = run()
        self.results.append(Result(name, passed, time.monotonic() - begun, remark))

    def _call(self, *arguments: str, changes: dict[str, str | None] | None = None) -> int:
        merged: dict[str, str | None] = {**self.environment, **(changes or {})}
        environment = {name: value for name, value in merged.items() if value is not None}
        return subprocess.run(
            [sys.executable, *arguments], check=False, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL
        ).returncode


def main() -> None:
    """Starts servers of its own in a temporary folder, runs the checks, leaves nothing behind."""
    os.chdir(ROOT)
    # So that what is below is put away when somebody ends us politely.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    arguments = sys.argv[1:]
    remove_abandoned()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    # PostgreSQL runs as a user of its own when we are root, and passes through here.
    folder.chmod(0o711)
    state = State(folder)
    servers = Servers(state, durable=False)
    try:
        with state.lock("run"), servers.running() as addresses:
            checks = Checks(clean_environment(state, addresses), folder)
            fast = "--fast" in arguments
            if chosen := [word for word in arguments if word != "--fast"]:
                checks.pytest("pytest", *(("-m", "not browser and not slow") if fast else ()), *chosen)
            else:
                run_all(checks, fast=fast)
            code = checks.report()
    finally:
        servers.remove()
        state.remove()
    raise SystemExit(code)


def remove_abandoned() -> None:
    """Puts away servers and files of a run that was killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if folder.stat().st_uid != os.geteuid() or not (folder / ".run.lock").exists():
            continue
        state = State(folder)
        try:
            with state.lock("run", wait=False):
                servers = Servers(state, durable=False)
                servers.stop()
                servers.remove()
                state.remove()
        except BlockingIOError:  # still at work
            continue


def run_all(checks: Checks, *, fast: bool) -> None:
    """The list, the quick ones first."""
    checks.python("ruff format", "-m", "ruff", "format", "--check", "--quiet", ".")
    checks.python("ruff check", "-m", "ruff", "check", "--quiet", ".")
    lint_imports = "import sys, importlinter.cli as cli; sys.exit(cli.lint_imports_command())"
    checks.python("import-linter", "-c", lint_imports)
    checks.python("migrations are made", "manage.py", "makemigrations", "--check", "--dry-run")
    deploy = ("check", "--deploy", "--fail-level", "WARNING")
    checks.python("check --deploy", "manage.py", *deploy, changes=PRODUCTION)
    checks.python("djlint", "-m", "djlint", "--lint", "--quiet", "templates")
    checks.python("mypy", "-m", "mypy")
    if fast:
        checks.pytest("pytest", "-n", "2", "--dist", "worksteal", "-m", "not browser and not slow", "-q")
        return
    checks.audit("pip-audit", "requirements.txt")
    checks.audit("pip-audit, development", "requirements-dev.txt")
    coverage = ("--cov", "--cov-report=term:skip-covered")
    checks.pytest("pytest", "-n", "2", "--dist", "worksteal", "-m", "not browser", "-q", *coverage)
    checks.pytest("browser tests", "-m", "browser", "-q", empty_is_fine=True)


def clean_environment(state: State, addresses: dict[str, str]) -> dict[str, str]:
    """The app's variables, with none of the caller's own: tests are the same for everyone."""
    for name in list(os.environ):
        if (name.startswith("CMA_") and name not in SIZES) or name in {"SECRET_KEY", "EMAIL_URL", "PORT"}:
            del os.environ[name]
    environment = app_environment(state, addresses, kind="test")
    # Where collected files would be; WhiteNoise warns of it in every test that starts the app without it.
    (state.folder / "static").mkdir(exist_ok=True)
    if browser := next(filter(None, map(shutil.which, BROWSERS)), None):
        environment["CMA_CHROMIUM"] = browser
    return environment


def read_audit(report: Path) -> tuple[bool, str]:
    """Whether nothing is known against the packages, and a remark."""
    if not report.exists():
        return True, "left out: no list of weaknesses can be reached from here"
    packages = json.loads(report.read_text())["dependencies"]
    audited = [package for package in packages if "skip_reason" not in package]
    weak = [package for package in audited if package["vulns"]]
    for package in weak:
        names = ", ".join(found["id"] for found in package["vulns"])
        print(f"{package['name']} {package['version']}: {names}")
    if weak:
        return False, f"{len(weak)} packages with known weaknesses"
    if not audited:
        return True, "left out: no list of weaknesses can be reached from here"
    return True, f"{len(audited)} of {len(packages)} packages looked up"


if __name__ == "__main__":
    main()

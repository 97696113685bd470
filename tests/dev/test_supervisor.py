"""Programs under the supervisor: started again when they die, ended with all they have started."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dev.process import leftovers, wait_until
from dev.supervisor import Supervisor

# Starts a child that ignores requests to stop, as a stuck worker might.
STUBBORN = (
    "import subprocess, sys, time, signal;"
    "subprocess.Popen([sys.executable, '-c', 'import signal, time; signal.signal(15, 1); time.sleep(99)']);"
    "print('up', flush=True); time.sleep(99)"
)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor({"PATH": "/usr/bin"}, mark=str(tmp_path))
    yield supervisor
    supervisor.stop()


def test_what_dies_is_started_again(supervisor: Supervisor) -> None:
    program = supervisor.start("sleeper", [sys.executable, "-c", "import time; time.sleep(99)"])
    assert program.process
    first = program.process.pid
    watching = threading.Thread(target=supervisor.watch, kwargs={"each_second": lambda: None})
    watching.start()
    program.process.kill()
    assert wait_until(lambda: program.process is not None and program.process.pid != first, 5)
    supervisor.stopping.set()
    watching.join(5)
    assert not watching.is_alive()


def test_stop_ends_grandchildren_too(supervisor: Supervisor, capsys: pytest.CaptureFixture[str]) -> None:
    supervisor.start("stubborn", [sys.executable, "-c", STUBBORN])
    assert wait_until(lambda: len(leftovers(supervisor.mark)) == 2, 10)
    supervisor.stop()
    assert leftovers(supervisor.mark) == []
    assert "stubborn| up" in capsys.readouterr().out


def test_the_next_start_ends_what_a_killed_one_left(supervisor: Supervisor, tmp_path: Path) -> None:
    code = (
        "import sys, time; from dev.supervisor import Supervisor;"
        f"s = Supervisor({{'PATH': '/usr/bin'}}, mark={str(tmp_path)!r});"
        f"s.start('stubborn', [sys.executable, '-c', {STUBBORN!r}]); time.sleep(99)"
    )
    killed = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL)
    assert wait_until(lambda: len(leftovers(supervisor.mark)) == 2, 10)
    killed.kill()
    killed.wait()
    assert supervisor.clear_leftovers() == 2
    assert leftovers(supervisor.mark) == []


def test_others_are_left_alone(supervisor: Supervisor) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(99)"])
    try:
        assert supervisor.clear_leftovers() == 0
        assert psutil.pid_exists(stranger.pid)
    finally:
        stranger.kill()
        stranger.wait()

"""`bin/run` as a whole: from nothing to ready, away with Ctrl-C, back after `kill -9`, two side by side."""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from dev.instance import Instance, running_instance
from dev.process import leftovers, read_pid, wait_until
from dev.servers import Servers
from dev.state import ROOT, State, is_free

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(state: State) -> Path:
    """A state folder; the embedded servers in it, not the tests' own, are to be used."""
    return state.folder


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as response:
        assert response.status == 200
        return bytes(response.read())


def assert_works(instance: Instance) -> None:
    get(f"{instance.url}/readyz")
    assert isinstance(json.loads(get(f"{instance.mail_url}/api/messages")), list)


def ports_in_use(state: State) -> list[str]:
    return [name for name, port in state.ports().items() if not is_free(port)]


def servers_pids(state: State) -> list[int]:
    servers = Servers(state)
    assert servers.postgres
    assert servers.redis
    files = servers.postgres.data / "postmaster.pid", servers.redis.pid_file
    return [pid for file in files if (pid := read_pid(file))]


def test_it_gets_ready_and_ctrl_c_ends_all_of_it(folder: Path) -> None:
    with running_instance(folder, kind="dev", demo=True) as instance:
        assert_works(instance)
        assert wait_until(lambda: "Client: jo@example.com / demo-password" in instance.lines, 5)
        ready = instance.lines.index(f"Ready: {instance.url}")
        assert instance.lines[ready + 1 : ready + 4] == [
            f"Mail: {instance.mail_url}",
            "Owner: alice@example.com / demo-password",
            "Client: jo@example.com / demo-password",
        ]
    assert instance.process.returncode == 0
    assert leftovers(str(folder)) == []
    assert ports_in_use(instance.state) == []


def test_it_comes_back_after_kill_9_of_everything(folder: Path) -> None:
    with running_instance(folder) as first:
        pids = [first.process.pid, *servers_pids(first.state)]
        for process in [*map(psutil.Process, pids), *leftovers(str(folder))]:
            process.kill()
        first.process.wait()
    with running_instance(folder) as again:
        assert again.url == first.url
        assert_works(again)


def test_it_ends_what_a_killed_supervisor_left_on_the_port(folder: Path) -> None:
    with running_instance(folder) as first:
        first.process.kill()
        first.process.wait()
        assert leftovers(str(folder)), "without these there is nothing to show"
        with running_instance(folder) as again:
            assert_works(again)


def test_two_side_by_side(folder: Path, other_state: State) -> None:
    with running_instance(folder) as one, running_instance(other_state.folder) as two:
        assert one.url != two.url
        assert_works(one)
        assert_works(two)
        command = [sys.executable, "-m", "dev.run"]
        environment = os.environ | {"CMA_STATE": str(folder), "PYTHONPATH": str(ROOT)}
        third = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
        assert "running already" in third.stderr


def test_a_taken_port_is_said(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        environment = os.environ | {"CMA_STATE": str(folder), "PYTHONPATH": str(ROOT), "PORT": str(port)}
        command = [sys.executable, "-m", "dev.run"]
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    assert f"Port {port} is taken by another program" in done.stderr

"""The sandbox as a process of its own: `kill -9` and a restart lose nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dev.stripe_sandbox import Sandbox, new_key, running
from dev.stripe_sandbox.server import SandboxServer
from tests.sandbox.conftest import Receiver, given, make_client, new_session, session_params

Start = Callable[[], tuple[Sandbox, subprocess.Popen[str]]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the command with one and the same folder; what runs at the end is killed."""
    begun: list[subprocess.Popen[str]] = []

    def start_one() -> tuple[Sandbox, subprocess.Popen[str]]:
        command = [
            sys.executable,
            "-m",
            "dev.stripe_sandbox",
            "--port",
            "0",
            "--state",
            str(tmp_path / "state"),
        ]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent.parent
        )
        begun.append(process)
        announced = given(process.stdout).readline()
        assert announced.startswith("Stripe sandbox: http://127.0.0.1:")
        return Sandbox(announced.split(": ", 1)[1].strip()), process

    yield start_one
    for process in begun:
        process.kill()
        process.wait()


def test_killed_sandbox_remembers(start: Start) -> None:
    sandbox, process = start()
    key = new_key()
    client = make_client(sandbox, key)
    endpoint = client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:1/", "enabled_events": ["*"]})
    paid, still_open = new_session(client), new_session(client)
    sandbox.pay(paid.id)
    once = client.v1.checkout.sessions.create(session_params(777), {"idempotency_key": "once"})
    sandbox.advance(60)
    process.kill()
    process.wait()

    sandbox, _ = start()
    client = make_client(sandbox, key)
    assert client.v1.checkout.sessions.retrieve(paid.id).payment_status == "paid"
    assert client.v1.webhook_endpoints.retrieve(endpoint.id).url == "http://127.0.0.1:1/"
    assert len(client.v1.events.list().data) == 5
    again = client.v1.checkout.sessions.create(session_params(777), {"idempotency_key": "once"})
    assert again.id == once.id
    assert sandbox.pay(still_open.id).is_done
    assert client.v1.customers.create({"name": "Jo"}).created >= paid.created + 60
    assert sandbox.bad() == []


def test_deliveries_that_were_waiting_are_made_after_a_restart(start: Start, receiver: Receiver) -> None:
    sandbox, process = start()
    key = new_key()
    client = make_client(sandbox, key)
    receiver.listen(client)
    receiver.answers = [500] * 3
    client.v1.customers.create({"name": "Jo"})
    receiver.wait_for(lambda: receiver.refused >= 1)
    process.kill()
    process.wait()

    sandbox, _ = start()
    sandbox.advance(3600)
    receiver.wait_for(lambda: len(receiver.events) == 1)
    assert receiver.types == ["customer.created"]
    sandbox.wait_until_delivered(key)


def test_held_deliveries_survive(start: Start, receiver: Receiver) -> None:
    sandbox, process = start()
    key = new_key()
    client = make_client(sandbox, key)
    receiver.listen(client)
    sandbox.deliver("hold", key)
    client.v1.customers.create({"name": "Jo"})
    process.terminate()
    assert process.wait() == 0

    sandbox, _ = start()
    assert receiver.types == []
    assert sandbox.flush(key) == 1
    sandbox.wait_until_delivered(key)
    assert receiver.types == ["customer.created"]


def test_two_sandboxes_know_nothing_of_each_other() -> None:
    key = new_key()
    with running() as first, running() as second:
        make_client(first, key).v1.customers.create({"name": "Jo"})
        assert make_client(second, key).v1.customers.list().data == []


def test_in_memory_sandbox_with_a_folder_keeps_it(tmp_path: Path) -> None:
    key = new_key()
    with running(state=tmp_path) as sandbox:
        made = make_client(sandbox, key).v1.customers.create({"name": "Jo"})
    with running(state=tmp_path) as sandbox:
        assert make_client(sandbox, key).v1.customers.retrieve(made.id).name == "Jo"


def test_it_listens_on_loopback_only() -> None:
    server = SandboxServer()
    assert server.http.server_address[0] == "127.0.0.1"
    server.http.server_close()
    server.store.close()

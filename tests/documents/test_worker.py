"""Printing in a process with limits (trust 9)."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from documents import worker
from documents.render import pdf
from documents.worker import RenderFailed, RenderTimeout, print_page, render_safely
from tests.documents.reading import has
from tests.documents.samples import document, japanese

ROOT = Path(__file__).parent.parent.parent
ENDLESS = "<p>" + "word <b>bold</b> " * 100_000


@pytest.fixture(autouse=True)
def own_child() -> Iterator[None]:
    worker.stop()
    yield
    worker.stop()


def child() -> worker.Child:
    assert worker._child is not None
    return worker._child


def test_it_prints_what_the_press_prints():
    assert render_safely(document()) == pdf(document())
    assert has(render_safely(japanese()), "髙橋")


def test_the_process_is_reused():
    render_safely(document())
    first = child()._process.pid
    render_safely(document())
    assert child()._process.pid == first


def test_the_process_is_replaced_after_a_while(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker, "PAGES_A_CHILD", 2)
    render_safely(document())
    first = child()
    render_safely(document())
    assert worker._child is None
    assert not first.is_alive()
    assert not Path(first._folder).exists()
    render_safely(document())
    assert child()._process.pid != first._process.pid


def test_what_takes_too_long_is_killed():
    render_safely(document())
    slow = child()
    started = time.monotonic()
    with pytest.raises(RenderTimeout):
        print_page(ENDLESS, seconds=1)
    assert time.monotonic() - started < 5
    assert not slow.is_alive()
    assert render_safely(document())


def test_memory_has_a_limit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker, "MEMORY", 320 << 20)
    with pytest.raises(RenderFailed) as failed:
        # Long enough on any machine: it is the memory that must end it.
        print_page(ENDLESS, seconds=240)
    assert not isinstance(failed.value, RenderTimeout)
    assert render_safely(document())


def test_its_memory_stays_under_300_mb():
    render_safely(japanese())
    render_safely(document(note="W" * 50_000))
    status = Path(f"/proc/{child()._process.pid}/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    assert peak < 300 * 1024


def test_a_dead_process_is_replaced():
    render_safely(document())
    child()._process.kill()
    child()._process.wait()
    assert render_safely(document())


def test_a_process_that_dies_while_it_waits_costs_nothing():
    render_safely(document())
    child().is_alive = lambda: True  # type: ignore[method-assign]
    child()._process.kill()
    child()._process.wait()
    assert render_safely(document())


@pytest.mark.parametrize(
    "page", ["<img src='file:///etc/passwd'>", "<style>@import 'http://127.0.0.1:9/x'</style>"]
)
def test_a_page_that_asks_for_more_fails_and_the_process_goes_on(page: str):
    render_safely(document())
    before = child()._process.pid
    with pytest.raises(RenderFailed, match="not bundled"):
        print_page(page)
    assert render_safely(document())
    assert child()._process.pid == before


def test_the_process_holds_none_of_our_keys(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CMA_MASTER_KEYS", "k1:planted-secret")
    monkeypatch.setenv("DATABASE_URL", "postgres://planted")
    render_safely(document())
    assert b"planted" not in Path(f"/proc/{child()._process.pid}/environ").read_bytes()


def test_the_process_opens_no_socket_no_program_and_no_file():
    code = """
import sys, socket, subprocess, documents.child as child
sys.addaudithook(child._guard)
for forbidden in (
    socket.socket,
    lambda: subprocess.run(["true"]),
    lambda: open("/etc/passwd"),
    lambda: __import__("os").system("true"),
):
    try:
        forbidden()
    except PermissionError:
        print("refused")
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["refused"] * 4


def test_several_threads_at_once():
    documents = [replace(document(), reference=f"INV-{number}") for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        printed = list(pool.map(render_safely, documents))
    assert all(has(each, f"Invoice INV-{number}") for number, each in enumerate(printed))


def test_waiting_for_the_printer_has_a_limit_too():
    with worker._lock:
        failed: list[Exception] = []

        def wait() -> None:
            try:
                render_safely(document(), seconds=0.2)
            except RenderTimeout as error:
                failed.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(5)
    assert failed


def test_a_forked_process_gets_a_printer_of_its_own():
    """Celery's pool forks, and its daemonic processes may have no children of multiprocessing."""
    code = """
import multiprocessing, django
from django.conf import settings
engine = "django.template.backends.django.DjangoTemplates"
settings.configure(TEMPLATES=[{"BACKEND": engine, "DIRS": ["templates"]}])
django.setup()
from documents import worker
from tests.documents.samples import document
if __name__ == "__main__":
    first = worker.render_safely(document())
    own = worker._child._process.pid
    def work(queue):
        queue.put((worker.render_safely(document()) == first, worker._child._process.pid))
        worker.stop()
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=work, args=(queue,), daemon=True)
    process.start()
    same, pid = queue.get(timeout=60)
    process.join()
    print(same, pid != own, worker.render_safely(document()) == first, worker._child._process.pid == own)
"""
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.defpath}
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.stdout.split() == ["True"] * 4, ran.stderr

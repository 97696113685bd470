"""Keeps programs running: starts them, prefixes their lines, starts them again when they die."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dev.process import MARK, end, leftovers

COLOURS = (36, 33, 32, 35, 34, 31)
# A program that dies at once is not started again at once.
PAUSES = (0.2, 0.5, 1, 2, 5)


@dataclass
class Program:
    """One program to keep running."""

    name: str
    command: list[str]
    colour: int = 0
    process: subprocess.Popen[str] | None = None
    started: float = 0
    deaths: int = 0
    due: float = field(default=0)


class Supervisor:
    """Its programs end with it; those of an earlier one that was killed are ended first."""

    def __init__(self, environment: dict[str, str], *, mark: str) -> None:
        self.environment = environment | {MARK: mark}
        self.mark = mark
        self.programs: list[Program] = []
        self.stopping = threading.Event()

    def clear_leftovers(self) -> int:
        """Ends what an earlier supervisor of the same mark left behind."""
        found = leftovers(self.mark)
        end(found)
        return len(found)

    def listen(self) -> None:
        """Takes Ctrl-C, a closed terminal and SIGTERM as the wish to stop."""
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, lambda *_: self.stopping.set())

    def start(self, name: str, command: list[str]) -> Program:
        """Starts one more program."""
        program = Program(name, command, colour=COLOURS[len(self.programs) % len(COLOURS)])
        self.programs.append(program)
        self._launch(program)
        return program

    def watch(self, *, each_second: Callable[[], None]) -> None:
        """Until asked to stop: starts again what died."""
        next_call = 0.0
        while not self.stopping.wait(0.2):
            for program in self.programs:
                self._restart_if_dead(program)
            if time.monotonic() >= next_call:
                each_second()
                next_call = time.monotonic() + 1

    def stop(self) -> None:
        """Ends all programs and what they have started, politely first."""
        for program in self.programs:
            if program.process and program.process.poll() is None:
                program.process.terminate()
        deadline = time.monotonic() + 8
        for program in self.programs:
            if program.process:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    program.process.wait(max(0.1, deadline - time.monotonic()))
        end(leftovers(self.mark), seconds=2)

    def say(self, text: str, *, name: str = "", colour: int = 0) -> None:
        """One line on the terminal, with the name of who says it."""
        if name:
            prefix = f"{name:<8}| "
            text = (f"\033[{colour}m{prefix}\033[0m" if sys.stdout.isatty() else prefix) + text
        # The reader may have gone (a pipe that was closed); the programs go on.
        with contextlib.suppress(BrokenPipeError):
            print(text, flush=True)

    def _launch(self, program: Program) -> None:
        # A session of its own: Ctrl-C reaches us alone, and we end them in order.
        program.process = subprocess.Popen(
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=self.environment,
            start_new_session=True,
        )
        program.started = time.monotonic()
        threading.Thread(target=self._relay, args=(program, program.process), daemon=True).start()

    def _relay(self, program: Program, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            self.say(line.rstrip("\n"), name=program.name, colour=program.colour)

    def _restart_if_dead(self, program: Program) -> None:
        now = time.monotonic()
        if program.process is not None and program.process.poll() is not None:
            lasted = now - program.started
            program.deaths = 0 if lasted > 30 else program.deaths + 1
            pause = PAUSES[min(program.deaths, len(PAUSES) - 1)]
            self.say(f"ended with {_how(program.process.returncode)}; starting again", name=program.name)
            self._end_group(program.process.pid)
            program.process, program.due = None, now + pause
        if program.process is None and now >= program.due:
            self._launch(program)

    def _end_group(self, group: int) -> None:
        """The children of a program that was killed would hold its port."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"code {code}"

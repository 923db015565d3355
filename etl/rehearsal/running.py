"""Runs commands as processes, as a person would, and ends them when the rehearsal is to end."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from etl.errors import EtlError
from etl.stopping import Stop

_LOOK_SECONDS = 0.2
_END_SECONDS = 30.0


class Stopped(EtlError):
    """A person or a supervisor asked the rehearsal to end."""


class CommandFailed(EtlError):
    """A command ended with a code that it must not have in a migration that works."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What a command came to; `output` and `errors` are its two streams."""

    code: int
    output: str
    errors: str
    seconds: float

    @property
    def last_line(self) -> str:
        """What it said last: its result, or what went wrong."""
        words = self.output.strip() or self.errors.strip()
        return (words.splitlines() or [""])[-1]


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs modules of Python with an environment of their own."""

    environment: Mapping[str, str]
    stop: Stop

    def run(self, *arguments: str, allowed: tuple[int, ...] = (0,)) -> Finished:
        """Run a command to its end; raise Stopped when asked to end, CommandFailed for its code."""
        began = time.monotonic()
        with self._started(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            while True:
                try:
                    output, errors = process.communicate(timeout=_LOOK_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    self.require_going_on()
        finished = Finished(process.returncode, output, errors, time.monotonic() - began)
        self.require_going_on()
        if finished.code not in allowed:
            words = " ".join(arguments)
            reason = (finished.errors.strip().splitlines() or [finished.last_line])[-1]
            raise CommandFailed(f"`{words}` ended with {finished.code}: {reason}")
        return finished

    @contextmanager
    def working(self, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
        """Let a worker run while the block does; raise CommandFailed if it did not end well."""
        with tempfile.TemporaryFile("w+") as errors:
            with self._started(
                arguments, stdout=subprocess.DEVNULL, stderr=errors.fileno()
            ) as process:
                try:
                    yield process
                except CommandFailed as error:
                    if process.poll() is None:
                        raise
                    raise _failure(arguments, process, errors) from error
            if process.returncode:
                raise _failure(arguments, process, errors)

    def require_going_on(self) -> None:
        """Raise Stopped when asked to end."""
        if self.stop.requested():
            raise Stopped("stopped before the end: its databases are dropped, start it again")

    @contextmanager
    def _started(
        self, arguments: tuple[str, ...], *, stdout: int, stderr: int
    ) -> Iterator["subprocess.Popen[str]"]:
        with subprocess.Popen(
            (sys.executable, "-m", *arguments),
            env=dict(self.environment),
            stdout=stdout,
            stderr=stderr,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                _end(process)


def _failure(
    arguments: tuple[str, ...], process: "subprocess.Popen[str]", errors: IO[str]
) -> CommandFailed:
    errors.seek(0)
    said = (errors.read().strip().splitlines() or ["it said nothing"])[-1]
    return CommandFailed(f"`{' '.join(arguments)}` ended with {process.returncode}: {said}")


def _end(process: "subprocess.Popen[str]") -> None:
    """Ask a process to end, and make it if it does not."""
    if process.poll() is None:
        process.terminate()
        try:
            process.communicate(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()

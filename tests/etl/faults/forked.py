"""Commands of the ETL as processes forked from one that has loaded it: a start takes no time.

A hundred starts would otherwise take longer than the work between them.
"""

import multiprocessing
import os
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from etl import cli

END_SECONDS = 60.0
# Whoever starts a process also asks how all others are, and only one may hear of each end.
_ASKING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a process: minus the number of the signal that killed it, or its code."""

    code: int
    output: str
    errors: str


@dataclass(slots=True)
class Forked:
    """One command, at work or ended."""

    name: str
    process: ForkServerProcess
    folder: "tempfile.TemporaryDirectory[str]"

    @classmethod
    def start(cls, environment: Mapping[str, str], *arguments: str) -> "Forked":
        folder = tempfile.TemporaryDirectory()
        process = _context().Process(
            target=_run, args=(dict(environment), arguments, folder.name), daemon=True
        )
        with _ASKING:
            process.start()
        return cls(arguments[0], process, folder)

    def is_running(self) -> bool:
        with _ASKING:
            return self.process.is_alive()

    def said(self) -> str:
        """What it has printed up to now."""
        return _text(Path(self.folder.name, "output"))

    def kill(self) -> None:
        self.process.kill()

    def terminate(self) -> None:
        self.process.terminate()

    def ended(self) -> Ended:
        """Wait for its end."""
        connection.wait([self.process.sentinel], END_SECONDS)
        with _ASKING:
            code = self.process.exitcode
        assert code is not None, f"{self.name} does not end"
        with self.folder as name:
            texts = [_text(Path(name, stream)) for stream in ("output", "errors")]
        return Ended(code, *texts)


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([cli.module(name) for name in cli.NAMES])
    return context


def _text(path: Path) -> str:
    # One that was killed early has not opened its files.
    return path.read_text() if path.exists() else ""


def _run(environment: Mapping[str, str], arguments: Sequence[str], folder: str) -> None:
    os.environ.update(environment)
    for stream, name in ((sys.stdout, "output"), (sys.stderr, "errors")):
        with Path(folder, name).open("wb") as file:
            os.dup2(file.fileno(), stream.fileno())
    sys.exit(cli.main(arguments))

"""Processes that outlive the command that started them: start, remember, recognise, stop by pid.

A pid alone says little, because pids are used again: a process is known by its pid and the moment
it was born. Linux only (`/proc`), as the stack is.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.stack.accounts import Account

__all__ = ["Process", "alive", "forget", "of", "recall", "remember", "spawn", "stop", "tail"]

_KILL_SECONDS = 10.0
# A Popen that is collected while its child runs warns; these run on purpose after we are gone.
_STARTED: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True, slots=True)
class Process:
    """A pid and its time of birth in clock ticks since boot."""

    pid: int
    born: int


def of(pid: int) -> Process:
    """Return the process of a pid that runs."""
    return Process(pid=pid, born=_born(pid) or 0)


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    cwd: Path,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
) -> Process:
    """Start a program in a session of its own, its output appended to `log`."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=environment,
            start_new_session=True,  # Ctrl-C in the terminal is ours to translate
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
        )
    _STARTED.append(child)
    return of(child.pid)


def alive(process: Process) -> bool:
    """Say whether this very process still runs; a zombie does not."""
    return _born(process.pid) == process.born


def stop(process: Process, *, first: signal.Signals, patience_seconds: float = 30.0) -> None:
    """Ask the process to end with signal `first`; kill its group when it does not in time."""
    if not alive(process):
        return
    with suppress(ProcessLookupError):
        os.kill(process.pid, first)
    _wait_for_end(process, patience_seconds)
    if alive(process):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # `spawn` made it the leader of its group
        _wait_for_end(process, _KILL_SECONDS)


def remember(path: Path, process: Process) -> None:
    """Write the process down so that a later command recognises it."""
    path.write_text(json.dumps(asdict(process)))


def recall(path: Path) -> Process | None:
    """Return the remembered process if it still runs; a stale or torn file counts as none."""
    try:
        process = Process(**json.loads(path.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return process if alive(process) else None


def forget(path: Path) -> None:
    """Remove what `remember` wrote."""
    path.unlink(missing_ok=True)


def tail(log: Path, *, lines: int = 15) -> str:
    """Return the last lines of a log, nothing when there is none."""
    try:
        text = log.read_text(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _wait_for_end(process: Process, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while alive(process) and time.monotonic() < deadline:
        time.sleep(0.02)


def _born(pid: int) -> int | None:
    """Return field 22 of proc(5)'s stat; the name in field 2 may hold spaces and brackets."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])

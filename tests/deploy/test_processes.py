"""Processes are known by pid and birth, and ended by pid alone."""

import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.stack import processes
from deploy.stack.processes import Process

IGNORES_SIGTERM = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
while True:
    signal.pause()
"""


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Process]:
    process = processes.spawn(
        (sys.executable, "-c", "import signal; signal.pause()"), log=tmp_path / "log", cwd=tmp_path
    )
    yield process
    processes.stop(process, first=signal.SIGKILL)


def wait_for_text(log: Path, text: str) -> None:
    deadline = time.monotonic() + 60
    while text not in processes.tail(log):
        assert time.monotonic() < deadline, "the process did not get ready"
        time.sleep(0.01)


def test_a_remembered_process_is_recognised(sleeper: Process, tmp_path: Path) -> None:
    processes.remember(tmp_path / "pid", sleeper)

    assert processes.recall(tmp_path / "pid") == sleeper


def test_the_same_pid_born_at_another_moment_is_another_process(sleeper: Process) -> None:
    assert processes.alive(sleeper)
    assert not processes.alive(Process(pid=sleeper.pid, born=sleeper.born + 1))


def test_a_process_that_ended_is_not_alive_although_its_parent_has_not_looked(
    sleeper: Process,
) -> None:
    processes.stop(sleeper, first=signal.SIGTERM)

    assert not processes.alive(sleeper)


def test_stopping_another_process_that_got_the_pid_does_nothing(sleeper: Process) -> None:
    processes.stop(Process(pid=sleeper.pid, born=sleeper.born + 1), first=signal.SIGKILL)

    assert processes.alive(sleeper)


def test_a_process_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    stubborn = processes.spawn((sys.executable, "-c", IGNORES_SIGTERM), log=log, cwd=tmp_path)
    wait_for_text(log, "ready")

    processes.stop(stubborn, first=signal.SIGTERM, patience_seconds=0.1)

    assert not processes.alive(stubborn)


def test_the_tail_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("".join(f"{number}\n" for number in range(100)))

    assert processes.tail(log, lines=2) == "98\n99"
    assert processes.tail(tmp_path / "absent") == ""

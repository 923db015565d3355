"""Run a MySQL or MariaDB of a test's own until a block ends; none outlives the test's process."""

import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pymysql

from deploy.stack import processes
from deploy.stack.reach import connect_mysql

_START_SECONDS = 60.0


@contextmanager
def running(
    command: Sequence[str],
    url: str,
    folder: Path,
    *,
    user: str = "",
    environment: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Run the server's command in its folder, give the URL once somebody answers there, stop it.

    Root may have it run as a `user`. A server that turns into one by itself outlives us: what a
    process is to hear of its parent's death is forgotten then.
    """
    identity = (f"--reuid={user}", f"--regid={user}", "--init-groups") if user else ()
    words, log = ("setpriv", *identity, "--pdeathsig", "KILL", *command), folder / "log"
    process = processes.spawn(words, log=log, cwd=folder, environment=environment)
    try:
        _wait_until_it_answers(url, process, log)
        yield url
    finally:
        processes.stop(process, first=signal.SIGTERM)


def _wait_until_it_answers(url: str, process: processes.Process, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while processes.alive(process) and time.monotonic() < deadline:
        try:
            with closing(connect_mysql(url)):
                return
        except pymysql.err.OperationalError:
            time.sleep(0.05)
    raise AssertionError(processes.tail(log))

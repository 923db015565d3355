"""A Redis for one test run: channels are shared by all its databases, so a run needs a server."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.stack import packages, ports, processes
from deploy.stack.errors import ServerFailed
from deploy.stack.reach import reason_not_reachable
from deploy.stack.redis import command

__all__ = ["private_redis"]

_START_SECONDS = 60.0


@contextmanager
def private_redis(folder: Path) -> Iterator[str]:
    """Run a Redis that lives in `folder`, give its URL, stop it; it never outlives this process."""
    port = ports.free()
    program = packages.provide(["redis-server"])["redis-server"]
    words = ("setpriv", "--pdeathsig", "KILL", *command(program, port, folder))
    process = processes.spawn(words, log=folder / "redis.log", cwd=folder)
    try:
        yield _once_it_answers(f"redis://127.0.0.1:{port}/0", process, folder / "redis.log")
    finally:
        processes.stop(process, first=signal.SIGTERM)


def _once_it_answers(url: str, process: processes.Process, log: Path) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while processes.alive(process) and time.monotonic() < deadline:
        if reason_not_reachable("redis", url) is None:
            return url
        time.sleep(0.02)
    raise ServerFailed("redis", "does not come up", processes.tail(log))

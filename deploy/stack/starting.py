"""Make sure that one server runs and answers, or stop it; by pid and by asking it.

A server counts as running when its remembered process lives and its URL answers; anything in
between is stopped and started anew. The caller holds the stack's lock.
"""

import shutil
import signal
import subprocess
import time
from contextlib import ExitStack

from deploy.stack import processes
from deploy.stack.accounts import give
from deploy.stack.errors import ServerFailed
from deploy.stack.layout import Layout
from deploy.stack.reach import reason_not_reachable
from deploy.stack.site import Server

__all__ = ["ensure", "stop"]

_START_SECONDS = 60.0
# Nobody else can be starting it now (the lock), so one that does not answer soon is half dead.
_REUSE_SECONDS = 5.0


def ensure(layout: Layout, server: Server, undo: ExitStack) -> bool:
    """Make sure that the server answers; say whether it was started, which `undo` takes back."""
    if _answers(layout, server, server.url, seconds=_REUSE_SECONDS):
        return False
    stop(layout, server.name, server.stop_signal)
    if not server.site.data.is_dir():
        _initialise(layout, server)
    undo.callback(stop, layout, server.name, server.stop_signal)
    process = processes.spawn(
        server.command(),
        log=layout.log(server.name),
        cwd=server.site.data,
        account=server.site.account,
    )
    processes.remember(layout.pid_file(server.name), process)
    if not _answers(layout, server, server.admin_url, seconds=_START_SECONDS):
        log_tail = processes.tail(layout.log(server.name))
        raise ServerFailed(server.name, "does not come up", log_tail)
    server.prepare()
    return True


def _answers(layout: Layout, server: Server, url: str, *, seconds: float) -> bool:
    """Wait until the server can be used; False once its process ended or time is up."""
    deadline = time.monotonic() + seconds
    while processes.recall(layout.pid_file(server.name)) and time.monotonic() < deadline:
        if reason_not_reachable(server.name, url) is None:
            return True
        time.sleep(0.1)
    return False


def _initialise(layout: Layout, server: Server) -> None:
    """Fill the data folder beside its place and move it there, so that half a one never counts."""
    fresh = server.site.data.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    give(server.site.account, fresh)
    command = server.initialise(fresh)
    if command:
        _run(layout, server, command)
    fresh.rename(server.site.data)


def _run(layout: Layout, server: Server, command: tuple[str, ...]) -> None:
    account = server.site.account
    with layout.log(server.name).open("ab") as output:
        done = subprocess.run(
            command,
            check=False,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    if done.returncode != 0:
        log_tail = processes.tail(layout.log(server.name))
        raise ServerFailed(server.name, "could not make its data folder", log_tail)


def stop(layout: Layout, name: str, first: signal.Signals) -> bool:
    """Stop one process by its pid; say whether it ran."""
    process = processes.recall(layout.pid_file(name))
    if process is not None:
        processes.stop(process, first=first)
    processes.forget(layout.pid_file(name))
    return process is not None

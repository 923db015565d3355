"""The development session: servers, data, services, the banner; and all of it ended again.

One session a checkout. `session` is the door for tests; `run` is what `make dev` calls.
"""

import fcntl
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.stack import lifecycle, processes, state, tour
from deploy.stack.errors import ServiceFailed, SessionRuns
from deploy.stack.layout import Layout
from deploy.stack.services import STEPS, Step, services
from deploy.stack.settings import CHECKOUT, StackSettings, read
from deploy.stack.supervisor import Supervisor

__all__ = ["command_line", "run", "session"]


def run(root: Path = CHECKOUT, *, exit_when_ready: bool = False) -> None:
    """Run a session until it is interrupted, or only until it is ready."""
    layout = Layout(root)
    with session(root) as supervisor:
        ports = state.load(layout.state).ports
        _say(tour.banner(ports, home=layout.home, stack=command_line(root)))
        while not exit_when_ready:
            supervisor.tick()
            time.sleep(0.25)


def command_line(root: Path) -> str:
    """Return how a person calls this stack from the checkout."""
    words = ".venv/bin/python -m deploy.stack"
    return words if root == CHECKOUT else f"{words} --root {shlex.quote(str(root))}"


@contextmanager
def session(root: Path = CHECKOUT, settings: StackSettings | None = None) -> Iterator[Supervisor]:
    """Bring everything up, give the supervisor once all is ready, end what was started."""
    layout, wishes = Layout(root), settings or read()
    with ExitStack() as undo:
        undo.enter_context(_only_session(layout))
        lifecycle.stop_services(layout)
        servers = lifecycle.up(root, wishes)
        undo.callback(lifecycle.stop_servers, layout, servers.started)
        environment = {**wishes.environ, **servers.environment, "PYTHONUNBUFFERED": "1"}
        environment["CELERY_BROKER_URL"] = servers.redis_url
        for step in STEPS:
            _prepare(layout, step, environment)
        supervisor = Supervisor(
            services(state.load(layout.state).ports, home=layout.home),
            layout=layout,
            code=CHECKOUT,
            environment=environment,
            say=_say,
        )
        undo.callback(supervisor.stop)
        supervisor.wait_until_ready()
        yield supervisor


@contextmanager
def _only_session(layout: Layout) -> Iterator[None]:
    """Hold the session's lock, and remember who we are so that `down` can end us."""
    layout.make()
    with (layout.home / "session.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SessionRuns(str(layout.root)) from error
        processes.remember(layout.pid_file("dev"), processes.of(os.getpid()))
        try:
            yield
        finally:
            processes.forget(layout.pid_file("dev"))


def _prepare(layout: Layout, step: Step, environment: Mapping[str, str]) -> None:
    _say(f"preparing {step.name}")
    log = layout.log("prepare")
    with log.open("ab") as output:
        done = subprocess.run(
            (sys.executable, *step.command),
            check=False,
            cwd=CHECKOUT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    if done.returncode != 0:
        raise ServiceFailed(f"preparing {step.name}", "failed", processes.tail(log))


def _say(text: str) -> None:
    print(text, flush=True)

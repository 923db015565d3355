"""Keep the services of a development session running: start, restart, reload, stop.

Knows nothing of the servers below nor of what the services do; it is driven by `tick`.
"""

import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM

from deploy.stack import processes
from deploy.stack.changes import fingerprint
from deploy.stack.crashes import Crashes
from deploy.stack.errors import ServiceFailed
from deploy.stack.layout import Layout
from deploy.stack.processes import Process
from deploy.stack.services import Service

__all__ = ["Supervisor"]

# Much even for a busy machine: a service that cannot start ends, and is not waited for.
_READY_SECONDS = 180.0
_STOP_SECONDS = 10.0
_LOOK_FOR_CHANGES_SECONDS = 1.0


@dataclass(slots=True)
class _Child:
    """A service and its process; None while it waits for `start_at`."""

    service: Service
    process: Process | None = None
    start_at: float = 0.0
    crashes: Crashes = field(default_factory=Crashes)
    code: int = 0


class Supervisor:
    """The running services of one session."""

    def __init__(
        self,
        services: Sequence[Service],
        *,
        layout: Layout,
        code: Path,
        environment: Mapping[str, str],
        say: Callable[[str], None],
    ) -> None:
        self._children = [_Child(service) for service in services]
        self._layout = layout
        self._code = code
        self._environment = environment
        self._say = say
        self._looked_at = time.monotonic()

    def tick(self) -> None:
        """Look at every service once; raises ServiceFailed for one that keeps ending."""
        now = time.monotonic()
        for child in self._children:
            if child.process is not None and not processes.alive(child.process):
                self._note_end(child, now)
            if child.process is None and now >= child.start_at:
                self._start(child)
        if now - self._looked_at >= _LOOK_FOR_CHANGES_SECONDS:
            self._looked_at = now
            self._reload_changed()

    def wait_until_ready(self) -> None:
        """Return when every service answers; raises ServiceFailed for the first that does not."""
        deadline = time.monotonic() + _READY_SECONDS
        for child in self._children:
            while not self._is_ready(child):
                self.tick()
                if time.monotonic() > deadline:
                    raise self._failure(child, "does not become ready")
                time.sleep(0.1)

    def stop(self) -> None:
        """End every service, the last started first."""
        for child in reversed(self._children):
            self._stop(child)

    def _start(self, child: _Child) -> None:
        service = child.service
        child.code = fingerprint(self._code, service.watches)
        child.process = processes.spawn(
            (sys.executable, *service.command),
            log=self._layout.log(service.name),
            cwd=self._code,
            environment={**self._environment, "DJANGO_SETTINGS_MODULE": service.settings},
        )
        processes.remember(self._layout.pid_file(service.name), child.process)

    def _stop(self, child: _Child) -> None:
        if child.process is not None:
            processes.stop(child.process, first=SIGTERM, patience_seconds=_STOP_SECONDS)
            processes.forget(self._layout.pid_file(child.service.name))
        child.process = None

    def _note_end(self, child: _Child, now: float) -> None:
        child.process = None
        processes.forget(self._layout.pid_file(child.service.name))
        child.crashes = child.crashes.and_one(now)
        if child.crashes.is_loop:
            raise self._failure(child, "keeps ending")
        wait = child.crashes.wait_seconds
        child.start_at = now + wait
        tail = processes.tail(self._layout.log(child.service.name), lines=5)
        self._say(f"{child.service.name} ended; starting it again in {wait:.0f} s\n{tail}")

    def _reload_changed(self) -> None:
        for child in self._children:
            running = child.process is not None
            if running and child.code != fingerprint(self._code, child.service.watches):
                self._say(f"{child.service.name} starts again with the changed code")
                self._stop(child)
                self._start(child)

    def _failure(self, child: _Child, what: str) -> ServiceFailed:
        name = child.service.name
        return ServiceFailed(name, what, processes.tail(self._layout.log(name)))

    def _is_ready(self, child: _Child) -> bool:
        if child.process is None or not processes.alive(child.process):
            return False
        return not child.service.ready_url or _answers(child.service.ready_url)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 (a URL of our own table)
            return True
    except (urllib.error.URLError, OSError):
        return False

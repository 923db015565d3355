"""Many workers on one port: a supervisor that starts them, restarts the dead, and collects their
reports.

Each worker has a listening socket of its own, all on one port (SO_REUSEPORT), and the supervisor
keeps them open: what waits in the queue of a worker that died is served by the one that follows,
and not reset.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from facade.admin import AdminServer, Reports
from facade.errors import SettingInvalid
from facade.server import BACKLOG
from facade.worker_process import WorkerProcess

if TYPE_CHECKING:
    from collections.abc import Callable

RESTART_SECONDS: Final = 0.5
"""The pause before a dead worker is started again, so that one that cannot live does not take the
machine along.
"""
GRACE_SECONDS: Final = 5.0
"""What a worker gets beyond its own drain deadline before it is killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What `facade run` was asked for."""

    host: str
    port: int
    admin_port: int
    workers: int
    loop: str
    drain_seconds: float


class Slot:
    """The place of one worker: its listening socket, and the process that serves it."""

    def __init__(self, number: int, listener: socket.socket, plan: Plan) -> None:
        self.name = f"{socket.gethostname()}-{plan.port}-{number}"
        self.worker: WorkerProcess | None = None
        self.wants_replacement = asyncio.Event()
        self._listener = listener
        self._loop = plan.loop
        self._grace = plan.drain_seconds + GRACE_SECONDS
        self._processes: set[WorkerProcess] = set()

    async def start(self) -> None:
        """Start a process in this place, after one that ended; raises OSError."""
        if self.worker is not None:
            await self._stop(self.worker)
        self.worker = await self._new()

    async def replace(self) -> bool:
        """Start a process beside the old one, and end the old one only when the new one answers;
        False when it does not. Raises OSError.
        """
        self.wants_replacement.clear()
        old, new = self.worker, await self._new()
        answers = await new.link.report() is not None
        if answers:
            self.worker = new
        if (other := old if answers else new) is not None:
            await self._stop(other)
        return answers

    @property
    def code(self) -> int | None:
        """How the process ended; None while it runs."""
        return self.worker.code if self.worker is not None else None

    async def report(self) -> dict[str, Any] | None:
        """Ask the worker for its report; None when it does not answer."""
        return await self.worker.link.report() if self.worker is not None else None

    async def ended(self) -> bool:
        """Wait until the process ends (True) or is to be replaced (False)."""
        if self.worker is None:
            return True
        waits = (self.worker.wait(), self.wants_replacement.wait())
        tasks = [asyncio.ensure_future(wait) for wait in waits]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            tasks[1].cancel()
        return tasks[0].done()

    async def stop(self) -> None:
        """Let all processes of this place drain, and close what the supervisor holds of it."""
        await asyncio.gather(*map(self._stop, list(self._processes)))
        self._listener.close()

    async def _new(self) -> WorkerProcess:
        process = await WorkerProcess.start(self.name, self._listener, "--loop", self._loop)
        self._processes.add(process)
        return process

    async def _stop(self, process: WorkerProcess) -> None:
        await process.stop(grace_seconds=self._grace)
        self._processes.discard(process)


class Supervisor:
    """Keeps every slot served until told to stop."""

    def __init__(self, plan: Plan, say: Callable[[str], object]) -> None:
        self._plan = plan
        self._say = say
        self._slots = [
            Slot(number, listen(plan.host, plan.port), plan) for number in range(plan.workers)
        ]
        self._replacing = asyncio.Lock()

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT; SIGHUP replaces the workers one by one, without a request
        lost.
        """
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._replace_all)
        admin = await self._start_admin()
        keepers = [asyncio.create_task(self._keep(slot)) for slot in self._slots]
        self._say(f"facade: {len(keepers)} workers on http://{self._plan.host}:{self._plan.port}")
        await stop.wait()
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        admin.close()

    async def reports(self) -> Reports:
        """Collect the reports of all workers."""
        found = await asyncio.gather(*(slot.report() for slot in self._slots))
        return {
            slot.name: report for slot, report in zip(self._slots, found, strict=True) if report
        }

    async def _start_admin(self) -> asyncio.Server:
        admin = AdminServer(self.reports, wanted=self._plan.workers)
        listener = listen(self._plan.host, self._plan.admin_port)
        return await asyncio.start_server(admin.handle, sock=listener)

    def _replace_all(self) -> None:
        for slot in self._slots:
            slot.wants_replacement.set()

    async def _keep(self, slot: Slot) -> None:
        """Keep one slot served; when cancelled, let its process drain."""
        try:
            await self._start(slot)
            while True:
                if await slot.ended():
                    self._say(f"facade: worker {slot.name} ended ({slot.code}), starting anew")
                    await asyncio.sleep(RESTART_SECONDS)
                    await self._start(slot)
                else:
                    async with self._replacing:
                        await self._replace(slot)
        finally:
            await slot.stop()

    async def _start(self, slot: Slot) -> None:
        """Start a process, as soon as the machine has room for one."""
        while True:
            try:
                await slot.start()
            except OSError as error:
                self._say(f"facade: worker {slot.name} cannot be started: {error}; trying again")
                await asyncio.sleep(RESTART_SECONDS)
            else:
                return

    async def _replace(self, slot: Slot) -> None:
        try:
            problem = "" if await slot.replace() else "does not answer"
        except OSError as error:
            problem = f"cannot be started: {error}"
        if problem:
            self._say(f"facade: the new worker {slot.name} {problem}, keeping the old one")


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket that shares its port with others of ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SettingInvalid(
            f"--port {port}", f"cannot be listened on at {host}: {error.strerror}"
        ) from error
    listener.listen(BACKLOG)
    listener.settimeout(0)  # the event loop wants it non-blocking
    return listener

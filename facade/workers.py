"""Many workers on one port: a supervisor that starts them, restarts the dead, and collects their
reports.

Each worker has a listening socket of its own, all on one port (SO_REUSEPORT), and the supervisor
keeps them open: what waits in the queue of a worker that died is served by the one that follows,
and not reset.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from facade.admin import AdminServer, Reports
from facade.errors import SettingInvalid
from facade.server import BACKLOG

if TYPE_CHECKING:
    from collections.abc import Callable

REPORT_SECONDS: Final = 5.0
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
    """The place of one worker: its listening socket, and the link to the process that serves it."""

    def __init__(self, number: int, listener: socket.socket, plan: Plan) -> None:
        self.name = f"{socket.gethostname()}-{plan.port}-{number}"
        self._listener = listener
        self._loop = plan.loop
        self._grace = plan.drain_seconds + GRACE_SECONDS
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._asking = asyncio.Lock()
        self.wants_replacement = asyncio.Event()

    async def start(self) -> asyncio.subprocess.Process:
        """Start a process on this place's socket."""
        ours, theirs = socket.socketpair()
        descriptors = (self._listener.fileno(), theirs.fileno())
        command = (sys.executable, "-m", "facade", "worker", "--name", self.name)
        options = ("--listen-fd", f"{descriptors[0]}", "--control-fd", f"{descriptors[1]}")
        process = await asyncio.create_subprocess_exec(
            *command, *options, "--loop", self._loop, pass_fds=descriptors, start_new_session=True
        )
        theirs.close()
        if self._writer is not None:
            self._writer.close()
        self._reader, self._writer = await asyncio.open_unix_connection(sock=ours)
        return process

    async def report(self) -> dict[str, Any] | None:
        """Ask the worker for its report; None when it does not answer."""
        async with self._asking:
            try:
                async with asyncio.timeout(REPORT_SECONDS):
                    return await self._ask()
            except (TimeoutError, ConnectionError, ValueError):
                return None

    async def ended(self, process: asyncio.subprocess.Process) -> bool:
        """Wait until a process ends (True) or is to be replaced (False)."""
        waits = (process.wait(), self.wants_replacement.wait())
        tasks = [asyncio.ensure_future(wait) for wait in waits]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            tasks[1].cancel()
        return tasks[0].done()

    async def stop(self, process: asyncio.subprocess.Process) -> None:
        """Let a process drain, and kill it when it does not end in time."""
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(self._grace):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    def close(self) -> None:
        """Close what the supervisor holds of this place."""
        self._listener.close()
        if self._writer is not None:
            self._writer.close()

    async def _ask(self) -> dict[str, Any] | None:
        if self._reader is None or self._writer is None:
            return None
        self._writer.write(b"report\n")
        await self._writer.drain()
        line = await self._reader.readline()
        return json.loads(line) if line else None


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
        for slot in self._slots:
            slot.close()

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
        process = await slot.start()
        try:
            while True:
                if await slot.ended(process):
                    self._say(
                        f"facade: worker {slot.name} ended ({process.returncode}), starting anew"
                    )
                    await asyncio.sleep(RESTART_SECONDS)
                    process = await slot.start()
                else:
                    async with self._replacing:
                        process = await self._replace(slot, process)
        finally:
            await slot.stop(process)

    async def _replace(
        self, slot: Slot, old: asyncio.subprocess.Process
    ) -> asyncio.subprocess.Process:
        """Start the new process beside the old one, and end the old one only when the new one
        answers.
        """
        slot.wants_replacement.clear()
        new = await slot.start()
        if await slot.report() is None:
            self._say(f"facade: the new worker {slot.name} does not answer, keeping the old one")
            await slot.stop(new)
            return old
        await slot.stop(old)
        return new


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

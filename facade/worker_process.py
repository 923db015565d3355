"""One worker as its supervisor sees it: a process, and the link over which it reports.

A worker ends when its link does, so the link of one is never closed before it may end.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

REPORT_SECONDS: Final = 5.0
REPORT_BYTES: Final = 4 * 1024 * 1024
"""Far above what counters of all capabilities, upstreams and kinds of status come to, which is more
than the 64 KB that asyncio allows a line.
"""


class Link:
    """The supervisor's end of a link: it asks for reports, one line each."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._asking = asyncio.Lock()
        self._unread = 0

    @classmethod
    async def over(cls, end: socket.socket) -> Self:
        """Make a link over a socket."""
        return cls(*await asyncio.open_unix_connection(sock=end, limit=REPORT_BYTES))

    async def report(self, seconds: float = REPORT_SECONDS) -> dict[str, Any] | None:
        """Ask for a report; None when there is none in time."""
        async with self._asking:
            try:
                async with asyncio.timeout(seconds):
                    return await self._ask()
            except (TimeoutError, ConnectionError, ValueError):
                return None

    def close(self) -> None:
        """Close it, upon which the worker ends."""
        self._writer.close()

    async def _ask(self) -> dict[str, Any] | None:
        self._unread += 1
        self._writer.write(b"report\n")
        await self._writer.drain()
        line = b""
        while self._unread:  # answers that came too late for who asked are before this one
            line = await self._reader.readline()
            if not line:
                return None
            self._unread -= 1
        found: dict[str, Any] = json.loads(line)
        return found


class WorkerProcess:
    """A process of `facade worker`."""

    def __init__(self, process: asyncio.subprocess.Process, link: Link) -> None:
        self._process = process
        self.link = link

    @classmethod
    async def start(cls, name: str, listener: socket.socket, *options: str) -> Self:
        """Start a process that serves on a listening socket; raises OSError."""
        ours, theirs = socket.socketpair()
        try:
            process = await _start(name, listener.fileno(), theirs.fileno(), options)
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        return cls(process, await Link.over(ours))

    @property
    def code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.returncode

    async def wait(self) -> None:
        """Wait until it ends."""
        await self._process.wait()

    async def stop(self, *, grace_seconds: float) -> None:
        """Let it drain, and kill it when it does not end in time."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(grace_seconds):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):  # it may have ended just now
                self._process.kill()
            await self._process.wait()
        self.link.close()


async def _start(
    name: str, listen_fd: int, control_fd: int, options: Sequence[str]
) -> asyncio.subprocess.Process:
    descriptors = ("--listen-fd", f"{listen_fd}", "--control-fd", f"{control_fd}")
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "facade", "worker", "--name", name),
        *(*descriptors, *options),
        pass_fds=(listen_fd, control_fd),
        start_new_session=True,
    )

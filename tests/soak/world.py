"""The processes of the soak: Redis, PostgreSQL, two upstreams, the facade, and who carries what its
shadows find; none outlives the soak.
"""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from deploy.stack import packages
from deploy.stack.ports import free
from deploy.stack.postgres import Postgres
from deploy.stack.redis import command as redis_command
from tests.facade.fleet import CHECKOUT
from tests.soak import database
from tests.soak.cast import BRIDGE_KEY

WORKERS = 2
START_SECONDS = 60.0
_WITH_US = ("setpriv", "--pdeathsig", "KILL")


@dataclass(slots=True)
class Server:
    """A process that is stopped and started again, and when it was away; one without a port is not
    waited for.
    """

    command: tuple[str, ...]
    port: int
    log: Path
    kill_signal: signal.Signals = signal.SIGKILL
    end_signal: signal.Signals = signal.SIGTERM
    process: asyncio.subprocess.Process | None = None
    away: list[tuple[float, float]] = field(default_factory=list)
    _since: float = 0.0

    async def start(self, environment: dict[str, str] | None = None) -> None:
        with self.log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *_WITH_US,
                *self.command,
                cwd=CHECKOUT,
                env=environment,
                stdout=output,
                stderr=output,
            )
        if self.port:
            await self._listens()
        if self._since:
            self.away.append((self._since, time.monotonic()))

    async def kill(self) -> None:
        assert self.process is not None
        self._since = time.monotonic()
        self.process.send_signal(self.kill_signal)
        await self.process.wait()

    async def end(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(self.end_signal)
            async with asyncio.timeout(START_SECONDS):
                await self.process.wait()

    async def _listens(self) -> None:
        async with asyncio.timeout(START_SECONDS):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
                    return
                await asyncio.sleep(0.02)


@dataclass(slots=True)
class World:
    """Everything that runs."""

    folder: Path
    redis: Server
    cluster: Postgres
    postgres: Server
    upstreams: dict[str, Server]
    facade: Server
    compare: Server
    admin_port: int

    @property
    def redis_url(self) -> str:
        return f"redis://127.0.0.1:{self.redis.port}/0"

    @property
    def snapshot(self) -> Path:
        return self.folder / "snapshot.json"

    @property
    def ledgers(self) -> dict[str, Path]:
        return {name: self.folder / f"{name}.ledger" for name in self.upstreams}

    def workers(self, number: int) -> list[int]:
        """The process ids of one place, more than one while it is being replaced."""
        assert self.facade.process is not None
        supervisor = self.facade.process.pid
        children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
        found = []
        for pid in children:
            with contextlib.suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                if any(word.endswith(f"-{self.facade.port}-{number}".encode()) for word in words):
                    found.append(int(pid))
        return found

    def environment(self) -> dict[str, str]:
        legacy, modern = (self.upstreams[name].port for name in ("legacy", "modern"))
        return {
            **os.environ,
            "LEGACY_URL": f"http://127.0.0.1:{legacy}",
            "MODERN_LMS_URL": f"http://127.0.0.1:{modern}",
            "MODERN_CMS_URL": f"http://127.0.0.1:{modern}",
            "BRIDGE_KEY": BRIDGE_KEY,
            "REDIS_URL": self.redis_url,
            "SNAPSHOT_PATH": str(self.snapshot),
            "FACADE_DRAIN_SECONDS": "5",
            "DATABASE_URL": self.cluster.url,
            "DJANGO_SETTINGS_MODULE": database.SETTINGS,
        }


@contextlib.asynccontextmanager
async def world_in(folder: Path) -> AsyncIterator[World]:
    """The servers and the upstreams run, `facade run` and `facade compare` are to be started."""
    # A place of its own: who it runs as cannot go into every folder.
    with tempfile.TemporaryDirectory() as place:
        made = _world(folder, Path(place))
        servers = (made.redis, made.postgres, *made.upstreams.values())
        try:
            for server in servers:
                await server.start()
            await database.prepare(made.cluster, made.environment())
            yield made
        finally:
            for server in (made.facade, made.compare, *servers):
                await server.end()


def _world(folder: Path, place: Path) -> World:
    ports = list[int]()
    while len(ports) < 6:
        ports.append(free(ports))
    program = packages.provide(["redis-server"])["redis-server"]
    redis = Server(redis_command(program, ports[0], folder), ports[0], folder / "redis.log")
    upstreams = {
        name: Server(
            (
                *(sys.executable, "-m", "tests.soak.upstream"),
                *(name, f"{port}", f"{folder / name}.ledger"),
            ),
            port,
            folder / f"{name}.log",
        )
        for name, port in (("legacy", ports[1]), ("modern", ports[2]))
    }
    run = ("--port", f"{ports[3]}", "--admin-port", f"{ports[4]}", "--workers", f"{WORKERS}")
    facade, compare = (
        Server((sys.executable, "-m", "facade", *words), port, folder / f"{words[0]}.log")
        for words, port in ((("run", *run), ports[3]), (("compare",), 0))
    )
    cluster = database.cluster(place, ports[5])
    postgres = Server(
        database.command(cluster),
        ports[5],
        folder / "postgres.log",
        kill_signal=database.STOP,
        end_signal=cluster.stop_signal,
    )
    return World(folder, redis, cluster, postgres, upstreams, facade, compare, ports[4])

"""A worker of the facade in front of two upstreams, all on real sockets."""

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from facade.server import Server
from facade.settings import Address, FacadeSettings
from facade.telemetry import Telemetry
from facade.workers import listen
from flags.rollout import Rollout
from flags.snapshot import Snapshot
from tests.facade.client import Client
from tests.facade.people import People
from tests.facade.upstream import Upstream, running

BRIDGE_KEY = "a bridge key that only these tests know"
DEADLINE_SECONDS = 60.0


async def until(condition: Callable[[], Any]) -> Any:
    """Wait for a condition to be true, and return what it gave."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            if found := condition():
                return found
            await asyncio.sleep(0.005)


@dataclass(slots=True)
class World:
    """Everything a test may look at."""

    legacy: Upstream
    modern: Upstream
    server: Server
    port: int
    lines: list[str] = field(default_factory=list)

    def client(self) -> Client:
        return Client(self.port)

    def roll_out(self, *rollouts: Rollout, epoch: int = 1) -> None:
        self.server.use(Snapshot(epoch, {each.capability: each for each in rollouts}))

    def logged(self) -> list[dict[str, Any]]:
        """The access log so far."""
        lines = "".join(self.lines).splitlines()
        return [json.loads(line) for line in lines if '"capability"' in line]

    async def log(self, number: int) -> list[dict[str, Any]]:
        """The access log, once it has so many lines."""
        return (await until(lambda: len(self.logged()) >= number and self.logged()))[:number]


@contextlib.asynccontextmanager
async def world_of(**settings: Any) -> AsyncIterator[World]:
    """A world with settings of its own."""
    async with running("legacy") as legacy, running("modern") as modern:
        listener = listen("127.0.0.1", 0)
        port = listener.getsockname()[1]
        lines: list[str] = []
        server = Server(
            _settings(legacy, modern, settings),
            worker="w",
            telemetry=Telemetry("w", lines.append),
        )
        await server.start(listener)
        try:
            yield World(legacy, modern, server, port, lines)
        finally:
            await server.drain()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with world_of() as made:
        yield made


@pytest.fixture
def people(world: World) -> People:
    """Two users with a session each, whom both upstreams know."""
    found = People(BRIDGE_KEY, {"ada-session": "ada", "honor-session": "honor"})
    found.live_in(world.legacy, world.modern)
    return found


def _settings(legacy: Upstream, modern: Upstream, changes: dict[str, Any]) -> FacadeSettings:
    usual = FacadeSettings(
        legacy_lms=Address("127.0.0.1", legacy.port),
        legacy_cms=Address("127.0.0.1", legacy.port),
        modern_lms=Address("127.0.0.1", modern.port),
        modern_cms=Address("127.0.0.1", modern.port),
        bridge_key=BRIDGE_KEY,
        drain_seconds=0.2,
    )
    return dataclasses.replace(usual, **changes)

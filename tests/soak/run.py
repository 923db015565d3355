"""One soak from the first process to the verdict."""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import httpx
from redis.asyncio import Redis

from facade.shadow.report import STREAM
from facade.top.exposition import Scrape, total
from tests.soak import database
from tests.soak.chaos import WITNESS, Chaos
from tests.soak.clients import Crowd
from tests.soak.counted import Counted, logged
from tests.soak.evidence import Evidence, Kept, Rest
from tests.soak.flips import Flips, Store
from tests.soak.ledger import Ledgers
from tests.soak.witness import Memory, connections
from tests.soak.world import START_SECONDS, WORKERS, World, world_in

FLIP_SECONDS: Final = 1.0
SAMPLE_SECONDS: Final = 0.5
REST_SECONDS: Final = 60.0
QUARTERS: Final = (0.25, 0.5, 0.75, 1.0)
CALM_PART: Final = 0.08
"""The end of a soak in which nothing more is done to it, and its wounds close."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, how many, and by which seed."""

    seconds: float
    seed: int
    clients: int = 16
    pause_seconds: float = 3.0
    reload_part: float = 0.2
    """In the first part, workers are reloaded too; the witness is who lives after it."""


async def soak(plan: Plan, folder: Path) -> Evidence:
    """Run a soak in an empty folder; everything that it started has ended when it returns."""
    async with world_in(folder) as world:
        store = await Store.start(world.environment())
        try:
            soaking = _Soak(plan, world, store)
            await soaking.begin()
            await soaking.load()
            rest = await soaking.rest()
            kept = await soaking.kept()
        finally:
            await store.end()
    return soaking.evidence(rest, kept)


class _Soak:
    def __init__(self, plan: Plan, world: World, store: Store) -> None:
        random = Random(plan.seed)
        self._plan = plan
        self._world = world
        self._counted = Counted(world.admin_port)
        self._flips = Flips(store, Random(random.random()))
        chaos_random = Random(random.random())
        self._chaos = Chaos(world, self._counted, self._flips, chaos_random)
        self._crowd = Crowd(world.facade.port, Random(random.random()))
        self._memory = Memory()
        self._before: dict[str, int] = {}
        self._names = {
            server.port: name
            for name, server in (
                *world.upstreams.items(),
                ("redis", world.redis),
                ("facade", world.facade),
            )
        }

    async def begin(self) -> None:
        """Start the facade by a first snapshot."""
        await self._flips.flip()
        for command in (self._world.compare, self._world.facade):
            await command.start(self._world.environment())
        async with asyncio.timeout(START_SECONDS):
            await self._all_run()
        self._before = dict(connections(self._witness(), self._names))

    async def load(self) -> None:
        """Let everything loose until the time is over."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            endless = [group.create_task(self._flip()), group.create_task(self._sample())]
            crowd = group.create_task(self._crowd.come(self._plan.clients))
            await self._chaos.rage(
                reloads_until=began + self._plan.reload_part * self._plan.seconds,
                until=began + (1 - CALM_PART) * self._plan.seconds,
                pause_seconds=self._plan.pause_seconds,
            )
            left = began + self._plan.seconds - time.monotonic()
            await asyncio.sleep(max(CALM_PART * self._plan.seconds, left))
            self._crowd.is_over = True
            await crowd
            for task in endless:
                task.cancel()
        self._seconds = time.monotonic() - began

    async def rest(self) -> Rest:
        """Wait for everything to come to rest, and see what is left."""
        deadline = time.monotonic() + REST_SECONDS
        while True:
            async with self._counted.lock:
                scrape = await self._counted.read()
            found = self._rest(scrape)
            if not found.clients + found.upstream_busy or time.monotonic() > deadline:
                return found
            await asyncio.sleep(0.1)

    async def kept(self) -> Kept:
        """Wait until all that was found is in PostgreSQL, and see what is there."""
        async with asyncio.timeout(REST_SECONDS):
            await self._published()
        waiting = await self._uncarried()
        url = self._world.cluster.url
        epochs = await asyncio.to_thread(database.recorded_epochs, url)
        return Kept(epochs, await asyncio.to_thread(database.comparisons, url), waiting)

    async def _published(self) -> None:
        while True:
            if await self._flips.again():
                return
            await asyncio.sleep(0.1)

    async def _uncarried(self) -> int:
        deadline = time.monotonic() + REST_SECONDS
        async with Redis.from_url(self._world.redis_url) as redis:
            while True:
                waiting = int(await redis.xlen(STREAM))
                if not waiting or time.monotonic() > deadline:
                    return waiting
                await asyncio.sleep(0.1)

    def evidence(self, rest: Rest, kept: Kept) -> Evidence:
        """Put together what all parts remember."""
        log, torn = logged(self._world.facade.log)
        return Evidence(
            seconds=self._seconds,
            seed=self._plan.seed,
            asked=self._crowd.asked,
            connections=self._crowd.connections,
            refused=self._crowd.tries - self._crowd.connections,
            ledgers=Ledgers.read(self._world.ledgers),
            flips=self._flips,
            deeds=self._chaos.deeds,
            kills=self._chaos.kills,
            redis_away=self._world.redis.away,
            metrics=self._counted.requests,
            windows=self._counted.windows,
            log=log,
            torn_lines=torn,
            rest=rest,
            kept=kept,
        )

    async def _flip(self) -> None:
        while True:
            await asyncio.sleep(FLIP_SECONDS)
            await self._flips.flip()

    async def _sample(self) -> None:
        while True:
            async with self._counted.lock:
                await self._counted.read()
                self._memory.sample(self._witness())
            await asyncio.sleep(SAMPLE_SECONDS)

    async def _all_run(self) -> None:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if await self._counted.running() == WORKERS:
                    return
            await asyncio.sleep(0.05)

    def _witness(self) -> int:
        return self._world.workers(WITNESS)[-1]

    def _rest(self, scrape: Scrape) -> Rest:
        pools = list(scrape.samples("facade_upstream_connections"))
        mine = [each for each in pools if each.labels["worker"].endswith(f"-{WITNESS}")]
        return Rest(
            clients=total(scrape.samples("facade_clients")),
            upstream_busy=total(pools, state="open") - total(pools, state="idle"),
            upstream_waiting=total(scrape.samples("facade_upstream_waiting")),
            before=self._before,
            after=dict(connections(self._witness(), self._names)),
            pooled=int(total(mine, state="open")),
            memory=tuple(self._memory.at(part) for part in QUARTERS),
        )

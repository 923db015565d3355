"""What goes wrong during the soak, by a seed: one thing at a time, each kind in every round."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.soak.counted import Counted
from tests.soak.flips import Flips
from tests.soak.world import START_SECONDS, WORKERS, World

VICTIM: Final = 0
WITNESS: Final = 1
"""The worker that is never killed: what it leaks, it keeps."""
POLL_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Deed:
    """Something done to the world."""

    kind: str
    began: float
    ended: float


@dataclass(slots=True)
class Chaos:
    """Kills a worker, an upstream, Redis, PostgreSQL; in the first part it reloads, too."""

    world: World
    counted: Counted
    flips: Flips
    random: Random
    deeds: list[Deed] = field(default_factory=list)
    kills: list[tuple[str, float]] = field(default_factory=list)

    async def rage(self, *, reloads_until: float, until: float, pause_seconds: float) -> None:
        """Do deeds with pauses until a monotonic time, each once at least; reloads only until their
        own.
        """
        is_first = True
        while is_first or time.monotonic() < until:
            upstreams = self.upstream("legacy"), self.upstream("modern")
            round_ = [self.worker, *upstreams, self.redis, self.postgres]
            if time.monotonic() < reloads_until:
                round_.append(self.reload)
            self.random.shuffle(round_)
            for deed in round_:
                await asyncio.sleep(self.random.uniform(0.5, 1.5) * pause_seconds)
                if is_first or time.monotonic() < until:
                    await self._do(deed)
            is_first = False

    async def _do(self, deed: Callable[[], Awaitable[str]]) -> None:
        began = time.monotonic()
        kind = await deed()
        self.deeds.append(Deed(kind, began, time.monotonic()))

    async def worker(self) -> str:
        """Kill a worker without warning; its supervisor starts another."""
        async with self.counted.lock:
            (pid,) = self.world.workers(VICTIM)
            since = time.monotonic()
            await self.counted.read()
            os.kill(pid, signal.SIGKILL)
            self.kills.append(("worker", time.monotonic()))
            self.counted.begin_anew(f"-{VICTIM}", since)
            await self._all_answer(VICTIM, {pid})
        return "worker killed"

    def upstream(self, name: str) -> Callable[[], Awaitable[str]]:
        """Kill an upstream and start it again."""

        async def kill() -> str:
            self.kills.append((name, time.monotonic()))
            await self.world.upstreams[name].kill()
            await asyncio.sleep(self.random.uniform(0.0, 1.5))
            await self.world.upstreams[name].start()
            return f"{name} killed"

        return kill

    async def redis(self) -> str:
        """Stop Redis, and start it again empty; the flags publish anew."""
        await self.world.redis.kill()
        await asyncio.sleep(self.random.uniform(0.2, 3.0))
        await self.world.redis.start()
        await self.flips.again()
        return "redis stopped"

    async def postgres(self) -> str:
        """Stop PostgreSQL as a crash would, and start it again."""
        await self.world.postgres.kill()
        await asyncio.sleep(self.random.uniform(0.2, 3.0))
        await self.world.postgres.start()
        return "postgres stopped"

    async def reload(self) -> str:
        """Let the supervisor replace all workers."""
        async with self.counted.lock:
            before = {pid for number in range(WORKERS) for pid in self.world.workers(number)}
            since = time.monotonic()
            await self.counted.read()
            assert self.world.facade.process is not None
            self.world.facade.process.send_signal(signal.SIGHUP)
            for number in range(WORKERS):
                await self._all_answer(number, before)
            self.counted.begin_anew("", since)
        return "workers reloaded"

    async def _all_answer(self, number: int, before: set[int]) -> None:
        """Wait until a place has one process, a new one, and all workers answer."""
        async with asyncio.timeout(2 * START_SECONDS):
            while True:
                pids = self.world.workers(number)
                is_new = len(pids) == 1 and not before & set(pids)
                if is_new and await self.counted.running() == WORKERS:
                    return
                await asyncio.sleep(POLL_SECONDS)

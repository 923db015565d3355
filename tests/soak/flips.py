"""A flip every second, published as `flags` does, first to the file, and what was out when."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from redis.exceptions import RedisError

from flags.broadcast import announce
from flags.rollout import BUCKETS, Rollout
from flags.snapshot import Snapshot, dumps
from flags.snapshot_file import write_snapshot
from tests.soak.cast import BRIDGE_KEY, CAPABILITY, IDS


@dataclass(slots=True)
class Flip:
    """One epoch: nobody could know it before `began`, everybody could hear it at `announced`."""

    snapshot: Snapshot
    began: float
    announced: float | None = None


@dataclass(slots=True)
class Flips:
    """The publisher and its memory; epoch n is `history[n - 1]`."""

    redis_url: str
    path: Path
    random: Random
    history: list[Flip] = field(default_factory=list)
    _publishing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def rollout(self, epoch: int) -> Rollout:
        return self.history[epoch - 1].snapshot.rollouts[CAPABILITY]

    async def flip(self) -> None:
        """Publish another epoch; where Redis is down, the file alone has it until `again`."""
        snapshot = Snapshot(len(self.history) + 1, {CAPABILITY: self._draw()})
        self.history.append(Flip(snapshot, time.monotonic()))
        await self.again()

    async def again(self) -> None:
        """Publish the newest epoch."""
        async with self._publishing:
            newest = self.history[-1]
            document = dumps(newest.snapshot, BRIDGE_KEY)
            await asyncio.to_thread(write_snapshot, self.path, document)
            try:
                epoch = newest.snapshot.epoch
                await asyncio.to_thread(announce, self.redis_url, epoch, document)
            except RedisError:
                return
            newest.announced = newest.announced or time.monotonic()

    def superseded(self, epoch: int) -> float | None:
        """When every worker could have heard of something newer."""
        later = [flip.announced for flip in self.history[epoch:] if flip.announced is not None]
        return min(later, default=None)

    def _draw(self) -> Rollout:
        """Everybody, nobody, some by name, some by percent, or reads alone."""
        some = frozenset(self.random.sample(sorted(IDS.values()), len(IDS) // 2))
        salt = f"soak {len(self.history)}"
        return self.random.choice(
            [
                Rollout(capability=CAPABILITY, everyone=True),
                Rollout(capability=CAPABILITY, everyone=False),
                Rollout(capability=CAPABILITY, everyone=True, reads_only=True),
                Rollout(capability=CAPABILITY, users=some),
                Rollout(capability=CAPABILITY, percent=BUCKETS // 2, salt=salt),
            ]
        )

"""A flip every second, made and published by the flags' own store, and what was out when."""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from random import Random
from typing import Any, Self

from flags.rollout import BUCKETS, Rollout
from flags.snapshot import Snapshot, from_json, to_json
from tests.facade.fleet import CHECKOUT
from tests.soak.cast import CAPABILITY, IDS


@dataclass(slots=True)
class Flip:
    """One epoch: nobody could know it before `began`, everybody could hear it at `announced`."""

    snapshot: Snapshot
    began: float
    announced: float | None = None


@dataclass(slots=True)
class Store:
    """The other end of tests.soak.store."""

    process: asyncio.subprocess.Process

    @classmethod
    async def start(cls, environment: dict[str, str]) -> Self:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.soak.store"),
            cwd=CHECKOUT,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return cls(process)

    async def ask(self, told: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(told).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await self.process.stdout.readline())
        return answer

    async def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        await self.process.wait()


@dataclass(slots=True)
class Flips:
    """Who flips, and what there was so far; epoch n is `history[n - 1]`."""

    store: Store
    random: Random
    history: list[Flip] = field(default_factory=list)
    refused: int = 0
    """Flips that PostgreSQL did not take; one may have been taken before its connection broke."""
    _unsure_since: float | None = None
    _telling: asyncio.Lock = field(default_factory=asyncio.Lock)

    def rollout(self, epoch: int) -> Rollout:
        return self.history[epoch - 1].snapshot.rollouts[CAPABILITY]

    async def flip(self) -> None:
        """Make another epoch; what Redis does not take, only the file has, until `again`."""
        await self._tell({"do": "flip", "rollout": to_json(self._draw())})

    async def again(self) -> bool:
        """Publish the newest epoch; False where PostgreSQL does not give it."""
        return await self._tell({"do": "publish"})

    async def _tell(self, told: dict[str, Any]) -> bool:
        async with self._telling:
            began = time.monotonic()
            answer = await self.store.ask({**told, "since": len(self.history)})
            if "error" in answer:
                self.refused += told["do"] == "flip"
                self._unsure_since = self._unsure_since or began
                return False
            for epoch, after in answer["epochs"]:
                snapshot = Snapshot(epoch, {CAPABILITY: from_json(CAPABILITY, after)})
                self.history.append(Flip(snapshot, self._unsure_since or began))
            self._unsure_since = None
            newest = self.history[-1]
            if answer["in_redis"] and newest.announced is None:
                newest.announced = time.monotonic()
            return True

    def superseded(self, epoch: int) -> float | None:
        """When every worker could have heard of something newer."""
        later = [flip.announced for flip in self.history[epoch:] if flip.announced is not None]
        return min(later, default=None)

    def _draw(self) -> Rollout:
        """Everybody, nobody, some by name, some by percent, or reads alone; where legacy answers
        reads, all of them are compared with modern's.
        """
        some = frozenset(self.random.sample(sorted(IDS.values()), len(IDS) // 2))
        share = self.random.randrange(BUCKETS // 4, 3 * BUCKETS // 4)
        return self.random.choice(
            [
                Rollout(capability=CAPABILITY, everyone=True),
                Rollout(capability=CAPABILITY, everyone=False, shadow=BUCKETS),
                Rollout(capability=CAPABILITY, everyone=True, reads_only=True),
                Rollout(capability=CAPABILITY, users=some, shadow=BUCKETS),
                Rollout(capability=CAPABILITY, percent=share, salt="its own", shadow=BUCKETS),
            ]
        )

"""Keeps the holds of one worker as Redis has them, and acknowledges them.

It is asked by the snapshot's feed, after that has taken the newest snapshot: what is released is
decided by the rollouts that were published before the release. Redis being away changes nothing;
holds then end by their own expiry.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from redis.exceptions import RedisError

from facade.hold.words import ACKS, HELD, RELEASED, held_ack, released_ack
from flags.capabilities import CAPABILITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from redis.asyncio import Redis

    from facade.hold.room import HoldRoom
    from facade.hold.words import HoldAck
    from facade.telemetry import Telemetry

NAMES: Final = tuple(CAPABILITIES)
ACKS_SECONDS: Final = 600
START_SECONDS: Final = 1.0
"""How long a worker that starts asks for holds before it serves without them."""


class HoldFeed:
    """The holds of one worker; `under_way` counts the writes of a capability that an upstream has
    and has not answered yet.
    """

    def __init__(
        self,
        room: HoldRoom,
        *,
        under_way: Callable[[str], int],
        worker: str,
        telemetry: Telemetry,
    ) -> None:
        self._room = room
        self._under_way = under_way
        self._worker = worker
        self._telemetry = telemetry

    async def begin(self, redis: Redis | None) -> None:
        """Learn what is held before the first request: a new worker must be no hole in a hold."""
        if redis is None:
            return
        try:
            async with asyncio.timeout(START_SECONDS):
                await self.refresh(redis)
        except (RedisError, OSError, TimeoutError):
            self._telemetry.say("redis does not say what is held: nothing is")

    async def refresh(self, redis: Redis) -> None:
        """Begin and end what Redis says, and acknowledge all of it."""
        held, released = await self._read(redis)
        for name, token in held.items():
            await self._begin(redis, name, token)
        if not self._room.holds:
            return
        acks: dict[str, HoldAck] = {}
        for name, hold in self._room.holds.held().items():
            if name not in held and released.get(name) == hold.token:
                number = self._room.end(name)
                self._telemetry.say("writes released", capability=name, number=number)
                acks[name] = released_ack(hold.token, number)
            else:
                acks[name] = held_ack(hold.token, hold.waiting, self._under_way(name))
        await self._acknowledge(redis, acks)

    async def _begin(self, redis: Redis, name: str, token: str) -> None:
        milliseconds = await redis.pttl(HELD + name)
        if milliseconds <= 0:  # it ended since we read it, or was set by hand without an expiry
            return
        if not self._room.holds.holds(name):
            self._telemetry.say("writes held", capability=name, seconds=milliseconds / 1000)
        self._room.begin(name, token, seconds=milliseconds / 1000)

    async def _read(self, redis: Redis) -> tuple[dict[str, str], dict[str, str]]:
        """Return the tokens of what is held and of what was released, of one moment."""
        keys = [prefix + name for prefix in (HELD, RELEASED) for name in NAMES]
        values = await redis.mget(keys)
        return _tokens(values[: len(NAMES)]), _tokens(values[len(NAMES) :])

    async def _acknowledge(self, redis: Redis, acks: Mapping[str, HoldAck]) -> None:
        async with redis.pipeline(transaction=False) as pipeline:
            for name, ack in acks.items():
                pipeline.hset(ACKS + name, self._worker, str(ack))
                pipeline.expire(ACKS + name, ACKS_SECONDS)
            await pipeline.execute()


def _tokens(values: Iterable[object]) -> dict[str, str]:
    pairs = zip(NAMES, values, strict=True)
    return {name: value.decode("latin-1") for name, value in pairs if isinstance(value, bytes)}

"""Keeps the snapshot current: from the signed file at start, then from Redis, by announcement and
by polling.

A control plane that is dead, or that sends something unsigned or older, changes nothing: the last
good snapshot stays.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Any, Final

from redis.exceptions import RedisError

from facade.actor import FORGET_CHANNEL
from facade.hold import words as hold_words
from flags.errors import SnapshotInvalid
from flags.feed import ACKS_KEY, CHANNEL, SNAPSHOT_KEY, Acknowledgement
from flags.snapshot import Snapshot, loads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from redis.asyncio import Redis
    from redis.asyncio.client import PubSub

    from facade.hold.feed import HoldFeed
    from facade.telemetry import Telemetry

POLL_SECONDS: Final = 2.0
"""A net under the announcements, which Redis does not repeat for who was away."""
RETRY_SECONDS: Final = 1.0
STOP_SECONDS: Final = 0.1


class SnapshotFeed:
    """The snapshot of one worker; `use` gets each new one, `forget` each actor that another worker
    has forgotten.
    """

    def __init__(
        self,
        *,
        bridge_key: str,
        path: Path | None,
        redis: Redis | None,
        worker: str,
        telemetry: Telemetry,
        holds: HoldFeed | None = None,
    ) -> None:
        self._bridge_key = bridge_key
        self._path = path
        self._redis = redis
        self._worker = worker
        self._telemetry = telemetry
        self._holds = holds
        self._document = b""
        self._epoch = 0
        self._use: Callable[[Snapshot], object] = _ignore
        self._forget: Callable[[str], object] = _ignore
        self._task: asyncio.Task[None] | None = None
        self.is_connected = False

    def deliver_to(
        self, use: Callable[[Snapshot], object], forget: Callable[[str], object]
    ) -> None:
        """Say who gets the snapshots and the names of forgotten actors, and deliver what the file
        holds.
        """
        self._use, self._forget = use, forget
        if self._path is None:
            return
        try:
            self._take(self._path.read_bytes())
        except FileNotFoundError:
            self._telemetry.say("no snapshot file: legacy serves everything until Redis has one")

    def start(self) -> None:
        """Follow Redis from now on, however often it goes away."""
        if self._redis is not None:
            self._task = asyncio.create_task(self._run(self._redis))

    async def stop(self) -> None:
        """Follow no more, and take our acknowledgement back: who ended need not be waited for."""
        while self._task is not None and not self._task.done():
            # More than once, for the client of redis may take a cancellation for its own timeout.
            self._task.cancel()
            await asyncio.wait([self._task], timeout=STOP_SECONDS)
        if self._redis is None or not self.is_connected:
            return
        try:
            await self._redis.hdel(ACKS_KEY, self._worker)
        except (RedisError, OSError):
            self._telemetry.event("redis_lost")

    async def _run(self, redis: Redis) -> None:
        while True:
            try:
                await self._follow(redis)
            except (RedisError, OSError) as error:
                if self.is_connected:
                    self._telemetry.say("redis is lost; the last snapshot stays", error=str(error))
                self.is_connected = False
                self._telemetry.event("redis_lost")
            await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self, redis: Redis) -> None:
        async with redis.pubsub() as announcements:
            await announcements.subscribe(CHANNEL, FORGET_CHANNEL, hold_words.CHANNEL)
            while True:
                await self._refresh(redis)
                self.is_connected = True
                await self._listen(announcements)

    async def _listen(self, announcements: PubSub) -> None:
        """Hear what is said until there is something to fetch, or it is time to look."""
        loop = asyncio.get_running_loop()
        look_at = loop.time() + POLL_SECONDS
        has_news = False
        while not has_news and (left := look_at - loop.time()) > 0:
            message = await announcements.get_message(ignore_subscribe_messages=True, timeout=left)
            while message is not None:
                has_news = self._hear(message) or has_news
                message = await announcements.get_message(ignore_subscribe_messages=True)

    def _hear(self, message: dict[str, Any]) -> bool:
        """Forget whom it names; say whether it is news of flags or holds, which only say that there
        is something to fetch. At the start of an exam a hundred learners a second log in.
        """
        if message["channel"] != FORGET_CHANNEL.encode():
            return True
        self._forget(message["data"].decode("latin-1"))
        return False

    async def _refresh(self, redis: Redis) -> None:
        document = await redis.get(SNAPSHOT_KEY)
        if isinstance(document, bytes) and document != self._document and self._take(document):
            try:
                await self._acknowledge(redis)
            finally:
                await asyncio.to_thread(self._save, document)  # after what is waited for
        else:
            await self._acknowledge(redis)

    async def _acknowledge(self, redis: Redis) -> None:
        acknowledgement = Acknowledgement(self._epoch, time.time())
        await redis.hset(ACKS_KEY, self._worker, str(acknowledgement))
        if self._holds is not None:
            await self._holds.refresh(redis)

    def _take(self, document: bytes) -> bool:
        """Use a document when it is ours and not older than what is in use."""
        try:
            snapshot = loads(document, self._bridge_key)
        except SnapshotInvalid as error:
            self._refuse(document, "snapshot_invalid", str(error))
            return False
        if snapshot.epoch < self._epoch:
            self._refuse(document, "snapshot_older", f"epoch {snapshot.epoch} after {self._epoch}")
            return False
        self._document = document
        self._epoch = snapshot.epoch
        self._use(snapshot)
        self._telemetry.say("snapshot in use", epoch=snapshot.epoch)
        return True

    def _refuse(self, document: bytes, event: str, problem: str) -> None:
        self._document = document  # say it once, not at every poll
        self._telemetry.event(event)
        self._telemetry.say("snapshot refused; the last one stays", problem=problem)

    def _save(self, document: bytes) -> None:
        """Keep the document for the next start, whole or not at all."""
        if self._path is None:
            return
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            draft.write_bytes(document)
            draft.replace(self._path)
        except OSError as error:
            self._telemetry.say("the snapshot file cannot be written", error=str(error))


def _ignore(_: object) -> None:
    """Stand in until somebody wants to hear."""

"""The publisher's side of the feed: announce a snapshot in Redis and hear the workers. No Django.

The facade has its own client for the other side.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import redis

from flags.feed import ACKS_KEY, CHANNEL, SNAPSHOT_KEY, Acknowledgement, acknowledgement

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Acknowledged", "acknowledgements", "announce", "announced", "wait_for_workers"]

_TIMEOUT_SECONDS = 2.0
_POLL_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """How many of the listening workers decide by the new epoch, and after how long the last of
    them did.
    """

    workers: int
    listening: int
    seconds: float


def announce(redis_url: str, epoch: int, document: bytes) -> int:
    """Publish the document; give how many workers listen. `redis.RedisError` if Redis cannot be
    asked.
    """
    with _client(redis_url) as client:
        pipeline = client.pipeline()  # one MULTI: whoever hears of it finds it
        pipeline.set(SNAPSHOT_KEY, document)
        pipeline.delete(ACKS_KEY)  # what workers say from now on is about this snapshot
        pipeline.publish(CHANNEL, str(epoch))
        return cast("int", pipeline.execute()[-1])


def announced(redis_url: str) -> bytes | None:
    """Give the document that workers find now, if there is one."""
    with _client(redis_url) as client:
        document = cast("str | None", client.get(SNAPSHOT_KEY))
        return None if document is None else document.encode()


def acknowledgements(redis_url: str) -> Mapping[str, Acknowledgement]:
    """Give the last acknowledgement of each worker by its id, gone workers included."""
    with _client(redis_url) as client:
        return _read(client)


def wait_for_workers(redis_url: str, epoch: int, *, listening: int, seconds: float) -> Acknowledged:
    """Wait until as many workers as listen have acknowledged the epoch or a later one, for so long
    at most.
    """
    started = time.monotonic()
    with _client(redis_url) as client:
        while True:
            workers = sum(ack.epoch >= epoch for ack in _read(client).values())
            waited = time.monotonic() - started
            if workers >= listening or waited >= seconds:
                return Acknowledged(min(workers, listening), listening, waited)
            time.sleep(_POLL_SECONDS)


def _client(redis_url: str) -> redis.Redis:
    return redis.Redis.from_url(
        redis_url,
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        decode_responses=True,
    )


def _read(client: redis.Redis) -> dict[str, Acknowledgement]:
    written = cast("dict[str, str]", client.hgetall(ACKS_KEY))
    read = ((worker, acknowledgement(text)) for worker, text in written.items())
    return {worker: ack for worker, ack in read if ack is not None}

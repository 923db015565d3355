"""The snapshot in use is the newest good one, whatever the control plane does."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from facade.actor import FORGET_CHANNEL
from facade.snapshot_feed import SnapshotFeed
from facade.telemetry import Telemetry
from flags.feed import ACKS_KEY, CHANNEL, SNAPSHOT_KEY
from flags.rollout import Rollout
from flags.snapshot import Snapshot, dumps
from tests.facade.conftest import BRIDGE_KEY, DEADLINE_SECONDS, until


def document(epoch: int, key: str = BRIDGE_KEY) -> bytes:
    return dumps(
        Snapshot(epoch, {"enrollment": Rollout(capability="enrollment", everyone=True)}), key
    )


def keep(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def kept(path: Path) -> bytes:
    return path.read_bytes()


class Reader:
    """Who gets the snapshots."""

    def __init__(self, path: Path, redis: Redis | None = None) -> None:
        self.path = path
        self.lines: list[str] = []
        self.telemetry = Telemetry("w", self.lines.append)
        self.epochs: list[int] = []
        self.forgotten: list[str] = []
        self.feed = SnapshotFeed(
            bridge_key=BRIDGE_KEY, path=path, redis=redis, worker="w-1", telemetry=self.telemetry
        )

    def start(self) -> None:
        self.feed.deliver_to(
            lambda snapshot: self.epochs.append(snapshot.epoch), self.forgotten.append
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.start()
        self.feed.start()
        try:
            yield
        finally:
            await self.feed.stop()

    @property
    def messages(self) -> list[str]:
        return [json.loads(line)["message"] for line in self.lines]


async def fetched(redis: Redis) -> int:
    """How often a value was asked for, by anybody."""
    return int((await redis.info("commandstats")).get("cmdstat_get", {"calls": 0})["calls"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.json"


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


def test_the_file_is_enough_to_start(path: Path) -> None:
    path.write_bytes(document(5))
    reader = Reader(path)
    reader.start()
    assert reader.epochs == [5]


def test_without_a_file_legacy_serves_everything(path: Path) -> None:
    reader = Reader(path)
    reader.start()
    assert reader.epochs == []
    assert reader.messages == ["no snapshot file: legacy serves everything until Redis has one"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        document(5, "another key, as long as it has to be"),
        document(5).replace(b'"everyone":true', b'"everyone":false'),
        document(5)[:-10],
    ],
)
def test_a_file_that_was_tampered_with_is_refused_aloud(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    reader = Reader(path)
    reader.start()
    assert reader.epochs == []
    assert reader.messages == ["snapshot refused; the last one stays"]
    assert reader.telemetry.events["snapshot_invalid"] == 1


async def test_redis_is_newer_than_the_file_and_is_kept_for_the_next_start(
    path: Path, redis: Redis
) -> None:
    keep(path, document(5))
    await redis.set(SNAPSHOT_KEY, document(6))
    reader = Reader(path, redis)
    async with reader.running():
        await until(lambda: reader.epochs == [5, 6])
        await until(lambda: kept(path) == document(6))


async def test_a_snapshot_is_kept_though_it_cannot_be_acknowledged(
    path: Path, redis: Redis
) -> None:
    await redis.set(ACKS_KEY, "no hash")
    await redis.set(SNAPSHOT_KEY, document(2))
    async with Reader(path, redis).running():
        await until(path.exists)
        assert kept(path) == document(2)


async def test_an_announced_flip_is_used_and_acknowledged(path: Path, redis: Redis) -> None:
    reader = Reader(path, redis)
    async with reader.running():
        await until(lambda: reader.feed.is_connected)
        await redis.set(SNAPSHOT_KEY, document(7))
        await redis.publish(CHANNEL, 7)
        await until(lambda: reader.epochs == [7])
        await acknowledged(redis, "7")
    assert await redis.hgetall(ACKS_KEY) == {}


async def acknowledged(redis: Redis, epoch: str) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            found = await redis.hget(ACKS_KEY, "w-1")
            if found and found.split()[0].decode() == epoch:
                return
            await asyncio.sleep(0.01)


async def test_a_forged_or_older_snapshot_in_redis_changes_nothing(
    path: Path, redis: Redis
) -> None:
    keep(path, document(5))
    reader = Reader(path, redis)
    async with reader.running():
        for bad in (document(9, "another key, as long as it has to be"), document(4)):
            await redis.set(SNAPSHOT_KEY, bad)
            await redis.publish(CHANNEL, 9)
            await until(lambda: sum(reader.telemetry.events.values()))
            reader.telemetry.events["seen"] -= 1
        await until(lambda: reader.telemetry.events["snapshot_older"])
    assert reader.epochs == [5]
    assert kept(path) == document(5)


async def test_a_snapshot_is_found_without_its_announcement(path: Path, redis: Redis) -> None:
    reader = Reader(path, redis)
    async with reader.running():
        await until(lambda: reader.feed.is_connected)
        await redis.set(SNAPSHOT_KEY, document(8))
        await until(lambda: reader.epochs == [8])


async def test_what_another_worker_forgot_is_forgotten(path: Path, redis: Redis) -> None:
    reader = Reader(path, redis)
    async with reader.running():
        await until(lambda: reader.feed.is_connected)
        await redis.publish(FORGET_CHANNEL, "name")
        await until(lambda: reader.forgotten == ["name"])


async def test_what_others_forget_makes_nobody_fetch_the_snapshot(path: Path, redis: Redis) -> None:
    reader = Reader(path, redis)
    async with reader.running():
        await until(lambda: reader.feed.is_connected)
        before = await fetched(redis)
        for number in range(200):
            await redis.publish(FORGET_CHANNEL, f"name {number}")
        await until(lambda: len(reader.forgotten) == 200)
        assert await fetched(redis) - before < 20  # a look every two seconds


async def test_a_redis_that_is_down_leaves_the_last_snapshot(path: Path) -> None:
    keep(path, document(5))
    async with Redis(port=1, retry=Retry(NoBackoff(), 0)) as nowhere:
        reader = Reader(path, nowhere)
        async with reader.running():
            await until(lambda: reader.telemetry.events["redis_lost"])
        assert reader.epochs == [5]
        assert not reader.feed.is_connected


async def test_a_file_that_cannot_be_written_is_said_and_no_reason_to_stop(
    tmp_path: Path, redis: Redis
) -> None:
    await redis.set(SNAPSHOT_KEY, document(6))
    reader = Reader(tmp_path / "missing" / "snapshot.json", redis)
    async with reader.running():
        await until(lambda: "the snapshot file cannot be written" in reader.messages)
    assert reader.epochs == [6]

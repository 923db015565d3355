"""`facade hold` and `facade release`, with workers that hear of them through Redis."""

import asyncio
import contextlib
import itertools
from pathlib import Path

import pytest
from redis import Redis

from deploy.stack.private_redis import private_redis
from facade.cli import main
from facade.errors import HoldRefused
from facade.hold import command as hold_command
from facade.hold.words import ACKS, HELD, RELEASED, HoldAck, held_ack, hold_ack, released_ack
from flags.feed import CHANNEL, SNAPSHOT_KEY
from flags.rollout import Rollout
from flags.snapshot import Snapshot, dumps
from tests.facade.client import Client
from tests.facade.conftest import BRIDGE_KEY, World, until, world_of
from tests.facade.fleet import running_facade
from tests.facade.upstream import Conversation

TARGET = "/api/enrollment/v1/enrollment"
NAME = "enrollment"


async def post(port: int, body: bytes) -> bytes:
    async with Client(port) as client:
        return bytes((await client.ask("POST", TARGET, body=body)).body)


async def hold(redis_url: str, *, seconds: float = 60.0) -> tuple[int, list[str]]:
    """Hold as the command does; its exit code and what it prints."""
    lines: list[str] = []
    with Redis.from_url(redis_url) as redis:
        code = await asyncio.to_thread(
            hold_command.begin, redis, NAME, seconds=seconds, say=lines.append
        )
    return code, lines


async def release(redis_url: str) -> tuple[int, list[str]]:
    lines: list[str] = []
    with Redis.from_url(redis_url) as redis:
        code = await asyncio.to_thread(hold_command.end, redis, NAME, say=lines.append)
    return code, lines


def waiting(world: World) -> int:
    return len(world.server._desk.room.holds.waiting())


async def connected(world: World) -> None:
    await until(lambda: world.server.report()["redis"])


async def test_two_workers_hold_acknowledge_and_release_by_the_new_snapshot(
    tmp_path: Path, redis_url: str
) -> None:
    async with running_facade(tmp_path, redis_url) as run:
        await run.workers(2)
        assert await listeners(redis_url, 2)
        code, lines = await hold(redis_url)
        assert code == 0
        assert [line.partition(" ")[2] for line in lines[:2]] == [
            "holds: 0 waiting, 0 under way"
        ] * 2
        posts = [asyncio.create_task(post(run.port, b"%d" % number)) for number in range(12)]
        await run.metric("facade_held_requests", 12)
        assert (run.legacy.targets, run.modern.targets) == ([], [])
        with Redis.from_url(redis_url) as redis:
            off = Snapshot(4, {NAME: Rollout(capability=NAME, everyone=False)})
            redis.set(SNAPSHOT_KEY, dumps(off, BRIDGE_KEY))
        code, lines = await release(redis_url)
        assert (code, sum(int(line.rpartition(" ")[2]) for line in lines)) == (0, 12)
        assert set(await asyncio.gather(*posts)) == {b"legacy"}
        assert sorted(int(each.body) for each in run.legacy.received) == list(range(12))
        assert run.modern.targets == []


async def test_under_load_nothing_moves_while_held_and_nothing_is_lost_or_doubled(
    redis_url: str,
) -> None:
    async with world_of(redis_url=redis_url) as world:
        await connected(world)
        rollouts = [Rollout(capability=NAME, everyone=modern) for modern in (True, False)] * 3
        answered: dict[bytes, bytes] = {}
        posters = [asyncio.create_task(keep_posting(world.port, n, answered)) for n in range(8)]
        for epoch, rollout in enumerate(rollouts, start=1):
            enough = len(answered) + 20
            await until(lambda enough=enough: len(answered) >= enough)
            assert (await hold(redis_url))[0] == 0
            arrived = len(world.legacy.received) + len(world.modern.received)
            await until(lambda: waiting(world) == len(posters))
            assert len(world.legacy.received) + len(world.modern.received) == arrived
            world.roll_out(rollout, epoch=epoch)
            assert (await release(redis_url))[1] == ["w released 8"]
        for poster in posters:
            poster.cancel()
        await asyncio.gather(*posters, return_exceptions=True)
        received = {
            b"legacy": [bytes(each.body) for each in world.legacy.received],
            b"modern": [bytes(each.body) for each in world.modern.received],
        }
    every = received[b"legacy"] + received[b"modern"]
    assert len(every) == len(set(every))
    assert all(body in received[upstream] for body, upstream in answered.items())


async def keep_posting(port: int, number: int, answered: dict[bytes, bytes]) -> None:
    """Write again and again, each write another; note who answered which."""
    async with Client(port) as client:
        for count in itertools.count():
            body = b"%d of %d" % (count, number)
            answered[body] = bytes((await client.ask("POST", TARGET, body=body)).body)


async def test_a_hold_says_which_writes_went_before_it(redis_url: str) -> None:
    answered = asyncio.Event()

    async def slow(talk: Conversation) -> None:
        await answered.wait()
        await talk.read_body()
        await talk.answer(b"slow")

    async with world_of(redis_url=redis_url) as world:
        world.legacy.scripts[TARGET] = slow
        await connected(world)
        before = asyncio.create_task(post(world.port, b"before"))
        await until(lambda: world.legacy.received)
        holding = asyncio.create_task(hold(redis_url))
        with Redis.from_url(redis_url) as redis:
            await until(lambda: acknowledged(redis) == (0, 1))
            assert not holding.done()
            answered.set()
            code, lines = await holding
            assert (code, lines[0]) == (0, "w holds: 0 waiting, 0 under way")
            assert await before == b"slow"


async def test_a_dead_control_plane_releases_by_the_expiry(tmp_path: Path) -> None:
    with contextlib.ExitStack() as life:
        redis_url = life.enter_context(private_redis(tmp_path))
        async with world_of(redis_url=redis_url) as world:
            await connected(world)
            assert (await hold(redis_url, seconds=4.0))[0] == 0
            task = asyncio.create_task(post(world.port, b"{}"))
            await until(lambda: waiting(world))
            life.close()
            await until(lambda: not world.server.report()["redis"])
            assert waiting(world) == 1
            assert await task == b"legacy"
            assert world.legacy.targets == [f"POST {TARGET}"]


async def test_a_redis_that_lost_its_memory_releases_nothing(redis_url: str) -> None:
    async with world_of(redis_url=redis_url) as world:
        await connected(world)
        await hold(redis_url)
        task = asyncio.create_task(post(world.port, b"{}"))
        await until(lambda: waiting(world))
        with Redis.from_url(redis_url) as redis:
            redis.delete(HELD + NAME, ACKS + NAME)
            redis.publish(CHANNEL, "0")
            await until(lambda: redis.exists(ACKS + NAME))
            assert waiting(world) == 1
            redis.set(RELEASED + NAME, world.server._desk.room.holds.held()[NAME].token)
            redis.publish(CHANNEL, "0")
        assert await task == b"legacy"


async def test_a_worker_that_starts_while_writes_are_held_holds_from_its_first_request(
    redis_url: str,
) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.set(HELD + NAME, "token", px=60_000)
    async with world_of(redis_url=redis_url) as world:
        assert world.server._desk.room.holds.holds(NAME)
        task = asyncio.create_task(post(world.port, b"{}"))
        await until(lambda: waiting(world))
        assert (await release(redis_url))[0] == 0
        assert await task == b"legacy"


async def test_a_hold_begins_once_and_ends_once(redis_url: str) -> None:
    async with world_of(redis_url=redis_url) as world:
        await connected(world)
        with pytest.raises(HoldRefused, match="is not held"):
            await release(redis_url)
        await hold(redis_url)
        with pytest.raises(HoldRefused, match="facade release enrollment"):
            await hold(redis_url)
        assert (await release(redis_url))[1] == ["w released 0"]


async def test_without_workers_nobody_may_switch(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hold_command, "WAIT_SECONDS", 0.1)
    code, (line,) = await hold(redis_url)
    assert (code, line.partition(";")[0]) == (1, "no worker listens to REDIS_URL")


def test_the_command_holds_and_releases(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(monkeypatch, redis_url)
    monkeypatch.setattr(hold_command, "WAIT_SECONDS", 0.1)
    assert main(["hold", NAME, "--seconds", "5"]) == 1
    assert main(["release", NAME]) == 0
    assert main(["release", NAME]) == 2
    assert "is not held" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("redis_url_given", "words", "said"),
    [
        ("redis://127.0.0.1:1/0", ("hold", NAME), "is it running"),
        ("redis://127.0.0.1:1/0", ("release", NAME), "is it running"),
        ("", ("hold", NAME), "REDIS_URL is not set"),
        ("redis://127.0.0.1:1/0", ("hold", "enrolment"), "enrollment"),
        ("redis://127.0.0.1:1/0", ("hold", NAME, "--seconds", "0"), "--seconds"),
        ("redis://127.0.0.1:1/0", ("hold", NAME, "--seconds", "121"), "at most 120"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    redis_url_given: str,
    words: tuple[str, ...],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given(monkeypatch, redis_url_given)
    assert main(words) == 2
    found = capsys.readouterr()
    assert (found.out, found.err.count("\n")) == ("", 1)
    assert said in found.err


@pytest.mark.parametrize("ack", [held_ack("a1", 3, 2), released_ack("a1", 4)])
def test_an_acknowledgement_survives_its_text(ack: HoldAck) -> None:
    assert hold_ack(str(ack)) == ack
    assert [hold_ack(text) for text in ("", "a1 held 1", "a1 held x 2")] == [None] * 3


def given(monkeypatch: pytest.MonkeyPatch, redis_url: str) -> None:
    for name in ("LEGACY_URL", "MODERN_LMS_URL", "MODERN_CMS_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("BRIDGE_KEY", BRIDGE_KEY)
    monkeypatch.setenv("REDIS_URL", redis_url)


def acknowledged(redis: Redis) -> tuple[int, int] | None:
    """What the one worker says is waiting, and under way."""
    written = redis.hget(ACKS + NAME, "w")
    ack = hold_ack(written.decode()) if isinstance(written, bytes) else None
    return (ack.waiting, ack.under_way) if ack else None


async def listeners(redis_url: str, number: int) -> bool:
    """Wait until so many workers listen."""
    with Redis.from_url(redis_url) as redis:
        return bool(
            await until(lambda: dict(redis.pubsub_numsub(CHANNEL))[CHANNEL.encode()] == number)
        )

"""Held writes over real sockets: they wait, they go on in order and whole, and none goes twice."""

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import AsyncIterator

import pytest

from facade.limits import HoldLimits
from flags.rollout import Rollout
from tests.facade.client import HOST, Answer, Client
from tests.facade.conftest import BRIDGE_KEY, World, until, world_of
from tests.facade.people import People
from tests.facade.upstream import Conversation

TARGET = "/api/enrollment/v1/enrollment"
COURSE = "course-v1:edX+DemoX+2016"
FOR_ALL = Rollout(capability="enrollment", everyone=True)


def hold(world: World, *, seconds: float = 60.0) -> None:
    world.server._desk.room.begin("enrollment", "token", seconds=seconds)


def release(world: World) -> int:
    return world.server._desk.room.end("enrollment")


def waiting(world: World) -> int:
    return len(world.server._desk.room.holds.waiting())


def sweep(world: World, seconds: float) -> None:
    """Let time pass for all deadlines."""
    world.server._ticker.sweep(world.server._ticker.now + seconds)


async def post(world: World, body: bytes, *lines: str, target: str = TARGET) -> Answer:
    async with world.client() as client:
        return await client.ask("POST", target, *lines, body=body)


async def held_posts(world: World, *bodies: bytes) -> list[asyncio.Task[Answer]]:
    """Posts that wait, in this order."""
    tasks = []
    for body in bodies:
        before = waiting(world)
        tasks.append(asyncio.create_task(post(world, body)))
        await until(lambda before=before: waiting(world) == before + 1)
    return tasks


async def test_a_write_waits_and_is_decided_anew_when_it_is_released(world: World) -> None:
    hold(world)
    (task,) = await held_posts(world, b"{}")
    assert (world.legacy.targets, world.modern.targets) == ([], [])
    world.roll_out(FOR_ALL, epoch=7)
    assert release(world) == 1
    answer = await task
    assert answer.values("x-bridge-decision") == ["enrollment;modern;7;everyone"]
    assert (world.legacy.targets, world.modern.targets) == ([], [f"POST {TARGET}"])


async def test_reads_and_other_capabilities_do_not_wait(world: World) -> None:
    hold(world)
    async with world.client() as client:
        assert (await client.get(TARGET)).body == b"legacy"
        assert (await client.ask("POST", "/u/ada", body=b"x")).body == b"legacy"
    assert waiting(world) == 0


async def test_writes_go_on_once_and_in_the_order_they_came(world: World) -> None:
    hold(world)
    bodies = [b"%d" % number for number in range(20)]
    tasks = await held_posts(world, *bodies)
    assert release(world) == 20
    assert {(await task).status for task in tasks} == {200}
    assert [bytes(each.body) for each in world.legacy.received] == bodies


async def test_a_body_larger_than_what_is_read_ahead_arrives_whole(world: World) -> None:
    hold(world)
    body = b"".join(b"%07d\n" % number for number in range(100_000))
    (task,) = await held_posts(world, body)
    await until(lambda: any(front._holds for front in world.server._gate.clients))
    assert release(world) == 1
    assert (await task).status == 200
    (received,) = world.legacy.received
    assert bytes(received.body) == body


async def test_a_body_that_names_its_course_is_read_though_it_came_while_it_waited(
    world: World,
) -> None:
    world.roll_out(Rollout(capability="enrollment", courses=frozenset({COURSE})))
    hold(world)
    body = json.dumps({"course_details": {"course_id": COURSE}}).encode()
    task = asyncio.create_task(post(world, body, "Content-Type: application/json"))
    await until(lambda: waiting(world) == 1)
    release(world)
    assert (await task).receipt == "enrollment;modern;courses"
    assert bytes(world.modern.received[0].body) == body


async def test_who_asks_is_learnt_again_where_that_takes_time(world: World) -> None:
    people = People(BRIDGE_KEY, {"ada-session": "ada"})
    people.live_in(world.legacy, world.modern)
    world.roll_out(Rollout(capability="enrollment", users=frozenset({4})))
    hold(world)
    task = asyncio.create_task(post(world, b"{}", "Cookie: sessionid=ada-session"))
    await until(lambda: waiting(world) == 1)
    release(world)
    assert (await task).receipt == "enrollment;modern;users"
    assert world.modern.targets.count(f"POST {TARGET}") == 1


async def test_a_write_that_waits_too_long_is_told_that_nothing_was_changed() -> None:
    async with world_of(holds=HoldLimits(seconds=5.0)) as world:
        hold(world)
        (task,) = await held_posts(world, b"{}")
        sweep(world, 4.0)
        assert not task.done()
        sweep(world, 2.0)
        answer = await task
        assert (answer.status, answer.receipt) == (503, "enrollment;none;held-too-long")
        assert answer.values("retry-after") == ["5"]
        assert release(world) == 0
        assert world.legacy.targets == []
        report = world.server.report()
        assert report["holds"] == [("enrollment", 0, 1, 1)]
        assert report["events"]["held-too-long"] == 1


async def test_a_hold_outlasts_the_patience_with_a_silent_upstream() -> None:
    async with world_of(answer_seconds=2.0) as world:
        hold(world)
        (task,) = await held_posts(world, b"{}")
        for _ in range(10):
            sweep(world, 1.0)
        assert waiting(world) == 1
        release(world)
        assert (await task).body == b"legacy"


async def test_a_hold_whose_end_nobody_says_ends_by_itself(world: World) -> None:
    hold(world, seconds=3.0)
    (task,) = await held_posts(world, b"{}")
    sweep(world, 4.0)
    assert (await task).receipt == "enrollment;legacy;not-included"


@pytest.mark.parametrize(
    "limits", [HoldLimits(number=0), HoldLimits(total_bytes=10)], ids=["number", "bytes"]
)
async def test_what_there_is_no_room_for_is_refused_at_once(limits: HoldLimits) -> None:
    async with world_of(holds=limits) as world:
        hold(world)
        answer = await post(world, b"more than ten bytes")
        assert (answer.status, answer.receipt) == (503, "enrollment;none;held-too-many")
        assert (waiting(world), world.legacy.targets) == (0, [])


async def test_a_client_that_resets_while_it_waits_changes_nothing(world: World) -> None:
    hold(world)
    async with leaving(world) as client:
        await until(lambda: waiting(world) == 1)
        client.writer.transport.abort()
        await until(lambda: waiting(world) == 0)
    assert release(world) == 0
    assert (await post(world, b"{}")).body == b"legacy"
    assert world.legacy.targets == [f"POST {TARGET}"]


async def test_a_worker_that_ends_keeps_no_write_to_itself() -> None:
    async with world_of(drain_seconds=3.0) as world:
        hold(world)
        (task,) = await held_posts(world, b"{}")
        draining = asyncio.create_task(world.server.drain())
        assert (await task).receipt == "enrollment;none;held-too-long"
        await draining
        assert world.legacy.targets == []


async def test_writes_that_went_before_are_counted_until_they_are_answered(world: World) -> None:
    answered = asyncio.Event()

    async def slow(talk: Conversation) -> None:
        await answered.wait()
        await talk.answer(b"slow")

    world.legacy.scripts[TARGET] = slow
    task = asyncio.create_task(post(world, b"{}"))
    await until(lambda: world.legacy.received)
    hold(world)
    gate = world.server._gate
    assert (gate.under_way("enrollment"), gate.under_way("grades")) == (1, 0)
    answered.set()
    assert (await task).status == 200
    assert gate.under_way("enrollment") == 0


@contextlib.asynccontextmanager
async def leaving(world: World) -> AsyncIterator[Client]:
    """A client whose whole write is sent, and whose end is a reset."""
    async with world.client() as client:
        found = client.writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line = f"POST {TARGET} HTTP/1.1\r\n".encode()
        await client.send(line + HOST + b"Content-Length: 2\r\n\r\n{}")
        yield client

"""An upstream gets no more at once than it can bear; others wait, in order, and not for ever."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from facade.line import Crowd
from flags.rollout import Rollout
from tests.facade.client import HOST, Answer
from tests.facade.conftest import World, until, world_of
from tests.facade.upstream import Conversation


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with world_of(crowd=Crowd(exchanges=2, seconds=5.0)) as made:
        yield made


def waiting(world: World) -> int:
    found: int = world.server.report()["upstreams"]["legacy-lms"]["waiting"]
    return found


async def ask(world: World, target: str, *, method: str = "GET", body: bytes = b"") -> Answer:
    async with world.client() as client:
        return await client.ask(method, target, body=body)


@contextlib.asynccontextmanager
async def busy(world: World, target: str = "/slow") -> AsyncIterator[list[asyncio.Task[Answer]]]:
    """Both places of legacy are taken until the end of the block."""
    answered = asyncio.Event()

    async def slow(talk: Conversation) -> None:
        await answered.wait()
        await talk.answer(b"slow")

    world.legacy.scripts[target] = slow
    tasks = [asyncio.create_task(ask(world, target)) for _ in range(2)]
    await until(lambda: len(world.legacy.received) == 2)
    yield tasks
    answered.set()
    await asyncio.gather(*tasks)


async def in_line(world: World, *targets: str, **how: object) -> list[asyncio.Task[Answer]]:
    tasks = []
    for target in targets:
        before = waiting(world)
        tasks.append(asyncio.create_task(ask(world, target, **how)))  # type: ignore[arg-type]  # method, body
        await until(lambda before=before: waiting(world) == before + 1)
    return tasks


async def test_what_is_too_much_at_once_waits_and_goes_in_order(world: World) -> None:
    targets = [f"/{number}" for number in range(8)]
    async with busy(world):
        tasks = await in_line(world, *targets)
        assert len(world.legacy.received) == 2
    assert {(await task).status for task in tasks} == {200}
    assert world.legacy.targets[2:] == [f"GET {target}" for target in targets]
    assert (world.legacy.connections, waiting(world)) == (2, 0)


async def test_who_comes_later_does_not_overtake(world: World) -> None:
    async with busy(world) as slow:
        first = await in_line(world, "/first")
        later = asyncio.create_task(ask(world, "/later"))
        await until(lambda: waiting(world) == 2)
    await asyncio.gather(*slow, *first, later)
    assert world.legacy.targets[2:] == ["GET /first", "GET /later"]


async def test_who_waited_through_a_flip_goes_where_it_says(world: World) -> None:
    target = "/api/enrollment/v1/course/course-v1:edX+DemoX+2016"
    async with busy(world):
        (task,) = await in_line(world, target)
        world.roll_out(Rollout(capability="enrollment", everyone=True), epoch=2)
    assert (await task).receipt == "enrollment;modern;everyone"
    assert (len(world.legacy.received), world.modern.targets) == (2, [f"GET {target}"])


async def test_who_waited_through_a_flip_of_something_else_keeps_the_place(world: World) -> None:
    async with busy(world):
        tasks = await in_line(world, "/first", "/second")
        world.roll_out(Rollout(capability="enrollment", everyone=True), epoch=2)
    assert [(await task).receipt for task in tasks] == ["unrouted;legacy;no-route"] * 2
    assert world.legacy.targets[2:] == ["GET /first", "GET /second"]


async def test_what_a_flip_sends_to_modern_is_no_sample_of_legacys_answers(world: World) -> None:
    answered, target = asyncio.Event(), "/api/enrollment/v1/enrollment"

    async def slow(talk: Conversation) -> None:
        await answered.wait()
        await talk.answer(b"slow")

    world.modern.scripts[target] = slow
    world.roll_out(Rollout(capability="enrollment", shadow=10_000))
    async with busy(world):
        (task,) = await in_line(world, target)
        (exchange,) = [
            front.exchange
            for front in world.server._gate.clients
            if front.exchange is not None and front.exchange.copy is not None
        ]
        world.roll_out(Rollout(capability="enrollment", everyone=True), epoch=2)
    await until(lambda: world.modern.received)
    assert exchange.copy is None
    answered.set()
    assert (await task).body == b"slow"


async def test_who_waits_too_long_is_turned_away_and_reached_nobody(world: World) -> None:
    async with busy(world):
        (task,) = await in_line(world, "/login_ajax", method="POST", body=b"x")
        world.server._ticker.sweep(world.server._ticker.now + 6.0)
        answer = await task
        assert (answer.status, answer.receipt) == (503, "auth-session;none;overloaded")
        assert answer.values("retry-after") == ["5"]
        assert world.server.report()["events"]["overloaded"] == 1
    assert len(world.legacy.received) == 2


async def test_a_client_that_left_the_line_is_not_asked_for(world: World) -> None:
    async with busy(world):
        async with world.client() as client:
            await client.send(b"GET /gone HTTP/1.1\r\n" + HOST + b"\r\nGET")
            await until(lambda: waiting(world) == 1)
            (front,) = [
                front
                for front in world.server._gate.clients
                if front.exchange and front.exchange.connection is None
            ]
            front.transport.abort()
            await until(lambda: front not in world.server._gate.clients)
        (task,) = await in_line(world, "/next")
    assert (await task).body == b"legacy"
    assert world.legacy.targets[2:] == ["GET /next"]


async def test_a_body_that_waited_arrives_whole(world: World) -> None:
    body = b"".join(b"%07d\n" % number for number in range(50_000))
    async with busy(world):
        (task,) = await in_line(world, "/a", method="POST", body=body)
    assert (await task).status == 200
    assert bytes(world.legacy.received[2].body) == body


async def test_a_connection_that_dies_makes_room(world: World) -> None:
    async with busy(world):
        (task,) = await in_line(world, "/a")
        world.legacy.received[0].reset()
        assert (await task).body == b"legacy"


async def test_an_upstream_that_stopped_lets_nobody_wait_in_vain(world: World) -> None:
    async with busy(world) as slow:
        tasks = await in_line(world, *(f"/{number}" for number in range(3)))
        await world.legacy.stop()
        answers = await asyncio.gather(*tasks, *slow)
        assert {answer.status for answer in answers} == {502}
        assert waiting(world) == 0

"""One worker from start to end."""

import asyncio

from facade.actor import FAILED_SECONDS
from facade.breaker import THRESHOLD, BreakerState
from facade.decide import Upstream
from facade.settings import Address
from flags.routes import Service
from tests.facade.client import HOST
from tests.facade.conftest import World, until, world_of
from tests.facade.upstream import Conversation


async def test_a_request_under_way_is_answered_while_draining() -> None:
    release = asyncio.Event()

    async def slow(talk: Conversation) -> None:
        await release.wait()
        await talk.answer(b"slow")

    async with world_of(drain_seconds=5.0) as world:
        world.legacy.scripts["/slow"] = slow
        async with world.client() as busy, world.client() as idle:
            await idle.get("/a")
            await busy.send(b"GET /slow HTTP/1.1\r\n" + HOST + b"\r\n")
            await until(lambda: "GET /slow" in world.legacy.targets)
            draining = asyncio.create_task(world.server.drain())
            assert await idle.read_to_end() == b""
            assert not draining.done()
            release.set()
            answer = await busy.answer()
            assert (answer.body, answer.values("connection")) == (b"slow", ["close"])
            assert await busy.read_to_end() == b""
            await draining


async def test_an_idle_client_may_still_ask_once_while_draining() -> None:
    async with world_of(drain_seconds=5.0) as world, world.client() as client:
        await client.get("/a")
        draining = asyncio.create_task(world.server.drain())
        await until(lambda: world.server._desk.is_draining)
        answer = await client.get("/b")
        assert (answer.body, answer.values("connection")) == (b"legacy", ["close"])
        assert await client.read_to_end() == b""
        await draining


async def test_a_client_whose_answer_had_begun_is_not_waited_for_until_the_deadline() -> None:
    """Its answer could not say that the connection ends."""
    release = asyncio.Event()

    async def slow(talk: Conversation) -> None:
        await talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsl")
        await release.wait()
        await talk.send(b"ow")

    async with world_of(drain_seconds=60.0) as world:
        world.legacy.scripts["/slow"] = slow
        async with world.client() as client:
            await client.send(b"GET /slow HTTP/1.1\r\n" + HOST + b"\r\n")
            assert (begun := await client.read()).endswith(b"\r\n\r\nsl")
            assert b"Connection: close" not in begun
            draining = asyncio.create_task(world.server.drain())
            await until(lambda: world.server._desk.is_draining)
            release.set()
            assert await client.read_to_end() == b"ow"
            await draining


async def test_a_request_that_outlasts_the_drain_deadline_is_cut() -> None:
    async def endless(talk: Conversation) -> None:
        await talk.reader.read()

    async with world_of(drain_seconds=0.2) as world:
        world.legacy.scripts["/endless"] = endless
        async with world.client() as client:
            await client.send(b"GET /endless HTTP/1.1\r\n" + HOST + b"\r\n")
            await until(lambda: world.legacy.received)
            await world.server.drain()
            assert await client.read_to_end() == b""


async def test_it_serves_with_redis_down() -> None:
    async with world_of(redis_url="redis://127.0.0.1:1/0") as world:
        async with world.client() as client:
            assert (await client.get("/a")).body == b"legacy"
        await until(lambda: world.server.report()["events"].get("redis_lost"))
        assert world.server.report()["redis"] is False


async def test_the_report_counts_what_was_served(world: World) -> None:
    async with world.client() as client:
        await client.get("/a")
        await client.get("/u/ada")
        report = world.server.report()
        assert report["clients"] == 1
    assert report["requests"] == [["unrouted", "legacy", 2, 1], ["accounts", "legacy", 2, 1]]
    ((upstream, cumulated, seconds),) = report["latencies"]
    assert (upstream, cumulated[-1]) == ("legacy", 2)
    assert seconds > 0
    assert report["upstreams"]["legacy-lms"]["idle"] == 1


async def test_upstreams_of_one_address_share_a_pool_and_a_breaker(world: World) -> None:
    asked = ["actors-legacy-lms", "actors-modern-lms"]
    assert list(world.server.report()["upstreams"]) == ["legacy-lms", "modern-lms", *asked]
    async with world_of(modern_cms=Address("127.0.0.1", 1)) as other:
        found = list(other.server.report()["upstreams"])
        assert found == ["legacy-lms", "modern-lms", "modern-cms", *asked]


async def test_look_ups_have_breakers_of_their_own_that_heal_in_a_second(world: World) -> None:
    asked, learners = world.server._asked[0], world.server._pools[Service.LMS, Upstream.LEGACY]
    for _ in range(THRESHOLD):
        asked.failed()
    now = asked.ticker.now
    assert asked.breaker.state(now) is BreakerState.OPEN
    assert asked.breaker.state(now + FAILED_SECONDS) is BreakerState.HALF_OPEN
    assert learners.breaker.state(now) is BreakerState.CLOSED

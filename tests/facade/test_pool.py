"""Connections to an upstream: kept, chosen, repeated on, and given up."""

import asyncio
import socket
import struct

import pytest

from facade.breaker import Breaker
from facade.decide import Upstream
from facade.pool import MAX_IDLE_SECONDS
from flags.routes import Service
from tests.facade.client import HOST, Client
from tests.facade.conftest import World, until
from tests.facade.upstream import Conversation


async def doom(talk: Conversation) -> None:
    """Answer, and close when the next request comes: what a keep-alive timeout looks like."""
    await talk.answer(b"doomed")
    await talk.reader.readuntil(b"\r\n\r\n")
    talk.writer.close()


async def dying(talk: Conversation) -> None:
    await talk.read_body()
    talk.writer.close()


def reset(client: Client) -> None:
    """Leave so that the other side hears of it: a client that only closes may still be reading."""
    found = client.writer.get_extra_info("socket")
    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.writer.transport.abort()


async def test_one_connection_serves_many_requests(world: World) -> None:
    async with world.client() as client:
        for _ in range(5):
            assert (await client.get("/a")).body == b"legacy"
    async with world.client() as client:
        assert (await client.get("/a")).body == b"legacy"
    assert world.legacy.connections == 1


async def test_clients_at_the_same_time_get_connections_of_their_own(world: World) -> None:
    together = asyncio.Barrier(3)

    async def meet(talk: Conversation) -> None:
        await together.wait()
        await talk.answer(b"met")

    world.legacy.scripts["/meet"] = meet

    async def one() -> bytes:
        async with world.client() as client:
            return (await client.get("/meet")).body

    assert await asyncio.gather(one(), one(), one()) == [b"met"] * 3


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
async def test_a_repeatable_request_survives_a_stale_connection(world: World, method: str) -> None:
    world.legacy.scripts["/doom"] = doom
    async with world.client() as client:
        await client.get("/doom")
        assert (await client.ask(method, "/a")).status == 200
    assert world.legacy.targets == ["GET /doom", f"{method} /a"]


@pytest.mark.parametrize(("method", "body"), [("POST", b""), ("POST", b"hi"), ("PUT", b"hi")])
async def test_any_other_request_is_never_sent_twice(
    world: World, method: str, body: bytes
) -> None:
    world.legacy.scripts["/doom"] = doom
    async with world.client() as client:
        await client.get("/doom")
        answer = await client.ask(method, "/a", body=body)
        assert (answer.status, answer.receipt) == (502, "unrouted;none;legacy-down")
    assert world.legacy.targets == ["GET /doom"]


async def test_a_request_that_kills_a_new_connection_is_not_repeated(world: World) -> None:
    world.legacy.scripts["/a"] = dying
    async with world.client() as client:
        assert (await client.get("/a")).status == 502
    assert world.legacy.targets == ["GET /a"]


async def test_an_idle_connection_is_left_before_the_upstream_leaves_it(world: World) -> None:
    async with world.client() as client:
        await client.get("/a")
    ticker = world.server._ticker
    ticker.sweep(ticker.now + MAX_IDLE_SECONDS + 1)
    (report,) = [each for each in world.server.report()["upstreams"].values() if each["open"]] or [
        {}
    ]
    assert report.get("idle", 0) == 0
    async with world.client() as client:
        await client.get("/a")
    assert world.legacy.connections == 2


async def test_a_connection_is_kept_when_its_client_left_while_it_was_made(world: World) -> None:
    async with world.client() as client:
        await client.send(b"GET /a HTTP/1.1\r\n" + HOST + b"\r\n")
        client.writer.transport.abort()
    await until(lambda: not world.server.report()["clients"])
    async with world.client() as client:
        assert (await client.get("/b")).body == b"legacy"


async def test_an_upstream_that_refuses_is_left_alone_and_tried_again(world: World) -> None:
    await world.legacy.stop()
    for _ in range(5):
        async with world.client() as client:
            assert (await client.get("/a")).status == 502
    report = world.server.report()["upstreams"]["legacy-lms"]
    assert report["breaker"] == "open"
    await world.legacy.start()
    async with world.client() as client:
        assert (await client.get("/a")).status == 502
    assert world.legacy.received == []
    ticker = world.server._ticker
    ticker.stop()
    ticker.sweep(ticker.now + 6)
    async with world.client() as client:
        assert (await client.get("/a")).body == b"legacy"
    assert world.server.report()["upstreams"]["legacy-lms"]["breaker"] == "closed"


@pytest.mark.parametrize("is_connected", [True, False])
async def test_a_probe_whose_client_leaves_costs_no_other_cooldown(
    world: World, *, is_connected: bool
) -> None:
    silence = asyncio.Event()

    async def silent(_: Conversation) -> None:
        await silence.wait()

    world.legacy.scripts["/silent"] = silent
    pool = world.server._pools[Service.LMS, Upstream.LEGACY]
    async with world.client() as client, world.client() as other:
        if is_connected:
            await client.get("/a")
        pool.breaker = Breaker(threshold=1, cooldown_seconds=1000)
        pool.breaker.failed(pool.ticker.now - 1000)
        await client.send(b"GET /silent HTTP/1.1\r\n" + HOST + b"\r\n")
        await until(lambda: "GET /silent" in world.legacy.targets)
        assert (await other.get("/b")).receipt == "unrouted;none;legacy-down"
        reset(client)
        await until(pool.allows)
        silence.set()
    async with world.client() as client:
        assert (await client.get("/c")).body == b"legacy"

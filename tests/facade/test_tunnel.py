"""WebSockets: after 101 both sides talk, and the facade listens to neither."""

import asyncio

import pytest

from tests.facade.client import HOST, Client
from tests.facade.conftest import World, until, world_of
from tests.facade.upstream import Conversation

UPGRADE = (
    b"GET /ws HTTP/1.1\r\n" + HOST + b"Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
ACCEPT = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


async def echo(talk: Conversation) -> None:
    await talk.send(ACCEPT + b"welcome")
    while data := await talk.reader.read(65536):
        await talk.send(data)
    await talk.send(b"bye")
    talk.writer.close()


async def upgraded(client: Client, early: bytes = b"") -> bytes:
    """Upgrade, and return the head of the answer; what followed it stays to be read."""
    await client.send(UPGRADE + early)
    seen = b""
    while not seen.endswith(b"welcome" + early):
        seen += await client.read()
    return seen.partition(b"\r\n\r\n")[0]


@pytest.fixture
def talking(world: World) -> World:
    world.legacy.scripts["/ws"] = echo
    return world


async def test_both_sides_talk_and_the_answer_has_its_receipt(talking: World) -> None:
    async with talking.client() as client:
        head = await upgraded(client, b"early")
        assert b"X-Bridge-Decision: unrouted;legacy;0;no-route" in head
        assert head.count(b"Upgrade: websocket") == 1
        await client.send(b"\x81\x85abcdhello")
        assert await client.read() == b"\x81\x85abcdhello"
    assert talking.legacy.received[0].values("upgrade") == ["websocket"]


async def test_a_client_that_says_no_more_still_hears(talking: World) -> None:
    async with talking.client() as client:
        await upgraded(client)
        client.writer.write_eof()
        assert await client.read_to_end() == b"bye"
    assert (await talking.log(1))[0]["status"] == 101


async def test_a_client_that_leaves_ends_the_other_side(talking: World) -> None:
    async with talking.client() as client:
        await upgraded(client)
        client.writer.transport.abort()
    await until(lambda: not talking.legacy._writers)


async def test_an_upstream_that_says_no_more_still_hears(world: World) -> None:
    heard: list[bytes] = []

    async def listening(talk: Conversation) -> None:
        await talk.send(ACCEPT + b"welcome")
        talk.writer.write_eof()
        heard.append(await talk.reader.read())

    world.legacy.scripts["/ws"] = listening
    async with world.client() as client:
        await upgraded(client)
        assert await client.read_to_end() == b""
        await client.send(b"still here")
        client.writer.write_eof()
        assert await until(lambda: heard) == [b"still here"]


async def test_an_upstream_may_decline(world: World) -> None:
    async with world.client() as client:
        await client.send(UPGRADE)
        assert (await client.answer()).body == b"legacy"
        assert (await client.get("/a")).body == b"legacy"


async def test_a_silent_tunnel_is_closed_after_its_time() -> None:
    async with world_of(tunnel_seconds=0.2) as world:
        world.legacy.scripts["/ws"] = echo
        async with world.client() as client:
            await upgraded(client)
            assert await client.read_to_end() == b""


async def test_a_tunnel_is_given_the_drain_deadline_and_then_closed() -> None:
    async with world_of(drain_seconds=0.3) as world:
        world.legacy.scripts["/ws"] = echo
        async with world.client() as client:
            await upgraded(client)
            draining = asyncio.create_task(world.server.drain())
            await client.send(b"hello")
            assert await client.read() == b"hello"
            assert await client.read_to_end() == b""
            await draining

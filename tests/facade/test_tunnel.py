"""WebSockets: after 101 both sides talk, and the facade listens to neither."""

import asyncio

import pytest

from facade.websocket import GOING_AWAY
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


def framed(payload: bytes) -> bytes:
    return bytes([0x82, len(payload)]) + payload


CLIENTS_GOODBYE = b"\x88\x82\0\0\0\0\x03\xe9"


async def websocket(talk: Conversation) -> None:
    """Greets in two pieces and speaks once more, whenever it hears something; answers a goodbye as
    RFC 6455, 5.5.1 has it.
    """
    greeting = framed(b"hello")
    await talk.send(ACCEPT + greeting[:4])
    for reply in (greeting[4:], framed(b"more")):
        assert await talk.reader.readexactly(5) == b"go on"
        await talk.send(reply)
    assert await talk.reader.readexactly(len(CLIENTS_GOODBYE)) == CLIENTS_GOODBYE
    await talk.send(GOING_AWAY)
    talk.writer.close()


async def heard(client: Client, end: bytes) -> bytes:
    seen = b""
    while not seen.endswith(end):
        seen += await client.read()
    return seen


async def test_a_draining_worker_says_goodbye_between_two_frames() -> None:
    async with world_of(drain_seconds=5.0) as world:
        world.legacy.scripts["/ws"] = websocket
        async with world.client() as client:
            await client.send(UPGRADE)
            await heard(client, framed(b"hello")[:4])
            draining = asyncio.create_task(world.server.drain())
            await until(lambda: world.server._desk.is_draining)
            await client.send(b"go on")
            assert await heard(client, GOING_AWAY) == b"llo" + GOING_AWAY
            await client.send(b"go on")
            await client.send(CLIENTS_GOODBYE)
            assert await client.read_to_end() == b""
            await draining


async def test_a_quiet_websocket_is_left_at_once_and_carries_nothing_after_the_goodbye() -> None:
    async with world_of(drain_seconds=5.0) as world:
        world.legacy.scripts["/ws"] = websocket
        async with world.client() as client:
            await client.send(UPGRADE)
            await heard(client, framed(b"hello")[:4])
            await client.send(b"go on")
            await heard(client, framed(b"hello")[4:])
            draining = asyncio.create_task(world.server.drain())
            assert await heard(client, GOING_AWAY) == GOING_AWAY
            await client.send(b"go on")
            await client.send(CLIENTS_GOODBYE)
            assert await client.read_to_end() == b""
            await draining


async def test_a_websocket_that_is_opened_while_its_worker_drains_is_left_at_once() -> None:
    async with world_of(drain_seconds=5.0) as world:
        answering = asyncio.Event()

        async def late(talk: Conversation) -> None:
            await answering.wait()
            await websocket(talk)

        world.legacy.scripts["/ws"] = late
        async with world.client() as client:
            await client.send(UPGRADE)
            await until(lambda: world.legacy.received)
            draining = asyncio.create_task(world.server.drain())
            await until(lambda: world.server._desk.is_draining)
            answering.set()
            head, _, greeting = (await heard(client, framed(b"hello")[:4])).partition(b"\r\n\r\n")
            assert (head.count(b"Connection:"), greeting) == (1, framed(b"hello")[:4])
            await client.send(b"go on")
            assert await heard(client, GOING_AWAY) == b"llo" + GOING_AWAY
            await client.send(b"go on")
            await client.send(CLIENTS_GOODBYE)
            assert await client.read_to_end() == b""
            await draining


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

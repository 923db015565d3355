"""Neither side can make the facade remember what the other does not take."""

import asyncio
import socket
from collections.abc import Callable

from tests.facade.client import HOST, Client
from tests.facade.conftest import World, until
from tests.facade.upstream import Conversation

LONG = 48 * 1024 * 1024
MOST_BYTES = 16 * 1024 * 1024
"""What kernels and transports of three hops may hold together; far below LONG."""


def narrow(client: Client) -> None:
    client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)


async def test_a_client_that_does_not_read_stops_its_upstream(world: World) -> None:
    sent = 0

    async def big(talk: Conversation) -> None:
        nonlocal sent
        await talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LONG)
        while sent < LONG:
            await talk.send(b"y" * 262_144)
            sent += 262_144

    world.legacy.scripts["/big"] = big
    async with world.client() as client:
        narrow(client)
        client.reader._transport.pause_reading()  # type: ignore[attr-defined]  # no public way
        await client.send(b"GET /big HTTP/1.1\r\n" + HOST + b"\r\n")
        (front,) = await until(lambda: world.server._gate.clients)
        await until(lambda: front.is_write_paused)
        await stands_still(lambda: sent)
        assert sent < MOST_BYTES
        client.reader._transport.resume_reading()  # type: ignore[attr-defined]  # no public way
        answer = await client.answer()
        assert (len(answer.body), answer.is_complete) == (LONG, True)
        assert (await client.get("/a")).body == b"legacy"


async def test_an_upstream_that_does_not_read_stops_its_client(world: World) -> None:
    release = asyncio.Event()

    async def stalling(talk: Conversation) -> None:
        talk.writer.transport.pause_reading()
        await release.wait()
        talk.writer.transport.resume_reading()
        await talk.read_body()
        await talk.answer(b"%d" % len(talk.body))

    world.legacy.scripts["/stall"] = stalling
    async with world.client() as client:
        await client.send(b"POST /stall HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % LONG)
        sent = 0

        async def upload() -> None:
            nonlocal sent
            while sent < LONG:
                await client.send(b"z" * 262_144)
                sent += 262_144

        uploading = asyncio.create_task(upload())
        (front,) = await until(lambda: world.server._gate.clients)
        await until(lambda: front._holds)
        await stands_still(lambda: sent)
        assert sent < MOST_BYTES
        release.set()
        await uploading
        assert (await client.answer()).body == b"%d" % LONG


async def stands_still(number: Callable[[], int]) -> None:
    """Wait until a number has been the same for twenty looks."""
    last, looks = -1, 0
    while looks < 20:
        looks = looks + 1 if number() == last else 0
        last = number()
        await asyncio.sleep(0.01)

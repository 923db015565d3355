"""A client's connection: what it may send, and what it gets when it sends something else."""

import asyncio
import socket

import pytest

from facade.front import MAX_PIPELINE
from facade.head import MAX_HEAD
from tests.facade.client import HOST, Client
from tests.facade.conftest import World, until, world_of
from tests.facade.upstream import Conversation

POST = b"POST /echo HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


async def echo(talk: Conversation) -> None:
    await talk.read_body()
    await talk.answer(talk.head + b"\r\n\r\n" + talk.body)


@pytest.fixture
def echoing(world: World) -> World:
    world.legacy.scripts["/echo"] = echo
    return world


async def test_a_path_reaches_the_upstream_byte_for_byte(world: World) -> None:
    target = "/courses/course-v1:edX+DemoX+2016/%2B%2f/i4x://a//b/;x=1/~u/../%2e/%E2%82%AC?x=%2F&y=a+b&&z=[1]"
    async with world.client() as client:
        await client.get(target)
    assert world.legacy.targets == [f"GET {target}"]


async def test_what_the_upstream_gets_is_the_client_s_head_and_our_lines(echoing: World) -> None:
    async with echoing.client() as client:
        answer = await client.get("/echo", "x-ODD: 1", "Accept: */*", "x-ODD: 2")
    lines = answer.body.split(b"\r\n")
    assert lines[:5] == [b"GET /echo HTTP/1.1", HOST[:-2], b"x-ODD: 1", b"Accept: */*", b"x-ODD: 2"]
    assert lines[5:7] == [b"X-Forwarded-For: 127.0.0.1", b"X-Forwarded-Proto: http"]
    assert lines[7].startswith(b"X-Request-ID: ")
    assert lines[8:] == [b"", b""]


async def test_a_head_may_come_byte_by_byte(echoing: World) -> None:
    async with echoing.client() as client:
        client.writer.transport.get_extra_info("socket").setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )
        for byte in POST + b"Content-Length: 2\r\n\r\nhi":
            await client.send(bytes([byte]))
            await asyncio.sleep(0)
        assert (await client.answer()).body.endswith(b"\r\n\r\nhi")


@pytest.mark.parametrize(
    ("status", "raw"),
    [
        (400, b"nonsense\r\n\r\n"),
        (400, b"GET / HTTP/1.1\nHost: a\n\n"),
        (400, POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG"),
        (400, POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhelloG"),
        (400, POST + HOST + b"\r\n"),
        (405, b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"),
        (414, b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
        (431, b"GET / HTTP/1.1\r\n" + HOST + b"X-A: " + b"a" * MAX_HEAD),
    ],
)
async def test_what_cannot_be_parsed_strictly_is_refused_and_reaches_nobody(
    world: World, status: int, raw: bytes
) -> None:
    async with world.client() as client:
        await client.send(raw)
        answer = await client.answer()
        assert answer.status == status
        assert answer.receipt.startswith("none;none;")
        assert await client.read_to_end() == b""
    assert world.legacy.received == []


@pytest.mark.parametrize(
    "body",
    [
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"5\nhello\n0\n\n",
        b"5\r\nhelloX\r\n0\r\n\r\n",
        b"0\r\nX-Bridge-Identity: v1.a.b\r\n\r\n",
    ],
)
async def test_a_body_with_broken_framing_is_not_finished(echoing: World, body: bytes) -> None:
    async with echoing.client() as client:
        await client.send(CHUNKED + body)
        assert (await client.answer()).status == 400
        assert await client.read_to_end() == b""


async def test_a_chunked_body_reaches_the_upstream_with_its_chunks_and_trailers(
    world: World,
) -> None:
    body = b"5;ext=1\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 42\r\n\r\n"
    seen: list[bytes] = []

    async def raw(talk: Conversation) -> None:
        seen.append(await talk.reader.readexactly(len(body)))
        await talk.answer(b"")

    world.legacy.scripts["/echo"] = raw
    async with world.client() as client:
        await client.send(CHUNKED + body)
        assert (await client.answer()).status == 200
    assert seen == [body]


async def test_a_long_body_in_pieces_arrives_whole(echoing: World) -> None:
    body = bytes(range(256)) * 2000
    async with echoing.client() as client:
        await client.send(POST + b"Content-Length: %d\r\n\r\n" % len(body))
        for start in range(0, len(body), 50_000):
            await client.send(body[start : start + 50_000])
        assert (await client.answer()).body.endswith(body)


async def test_a_client_that_expects_100_gets_it_from_the_upstream(world: World) -> None:
    async def continuing(talk: Conversation) -> None:
        await talk.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await echo(talk)

    world.legacy.scripts["/echo"] = continuing
    async with world.client() as client:
        await client.send(POST + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert await client.read() == b"HTTP/1.1 100 Continue\r\n\r\n"
        await client.send(b"hello")
        assert (await client.answer()).body.endswith(b"hello")


async def test_pipelined_requests_are_answered_in_order(world: World) -> None:
    release = asyncio.Event()

    async def slow(talk: Conversation) -> None:
        await release.wait()
        await talk.answer(b"slow")

    world.legacy.scripts["/slow"] = slow
    async with world.client() as client:
        await client.send(
            b"".join(b"GET %b HTTP/1.1\r\n%b\r\n" % (path, HOST) for path in (b"/slow", b"/a"))
            + b"\r\n\r\nGET /b HTTP/1.1\r\n"
        )
        await until(lambda: world.legacy.targets)
        await client.send(HOST + b"\r\n")
        assert world.legacy.targets == ["GET /slow"]
        release.set()
        assert [(await client.answer()).body for _ in range(3)] == [b"slow", b"legacy", b"legacy"]
    assert world.legacy.targets == ["GET /slow", "GET /a", "GET /b"]


async def test_an_empty_line_before_a_request_may_come_in_pieces(world: World) -> None:
    async with world.client() as client:
        (front,) = await until(lambda: world.server._gate.clients)
        await client.send(b"\r\n\r")
        await until(lambda: front._buffer == b"\r")
        await client.send(b"\nGET /a HTTP/1.1\r\n" + HOST + b"\r\n")
        assert (await client.answer()).body == b"legacy"


async def test_a_client_that_pipelines_without_end_is_not_read_without_end(world: World) -> None:
    release = asyncio.Event()

    async def slow(talk: Conversation) -> None:
        await release.wait()
        await talk.answer(b"slow")

    world.legacy.scripts["/slow"] = slow
    request = b"GET /a HTTP/1.1\r\n" + HOST + b"\r\n"
    number = 3 * MAX_PIPELINE // len(request)
    async with world.client() as client:
        client.writer.write(b"GET /slow HTTP/1.1\r\n" + HOST + b"\r\n" + request * number)
        (front,) = await until(lambda: world.server._gate.clients)
        await until(lambda: front._holds)
        assert MAX_PIPELINE < len(front._buffer) <= MAX_PIPELINE + 262_144
        release.set()
        bodies = [(await client.answer()).body for _ in range(number + 1)]
    assert bodies == [b"slow", *[b"legacy"] * number]


async def test_a_half_closed_client_still_gets_its_answers(world: World) -> None:
    async with world.client() as client:
        await client.send((b"GET /a HTTP/1.1\r\n" + HOST + b"\r\n") * 2)
        client.writer.write_eof()
        assert (await client.answer()).body == b"legacy"
        assert (await client.answer()).body == b"legacy"
        assert await client.read_to_end() == b""


async def test_a_client_that_leaves_within_its_body_is_gone_for_the_upstream_too(
    world: World,
) -> None:
    ended: list[bytes] = []

    async def reading(talk: Conversation) -> None:
        ended.append(await talk.reader.read())

    world.legacy.scripts["/echo"] = reading
    async with world.client() as client:
        await client.send(POST + b"Content-Length: 1000\r\n\r\nhello")
        await until(lambda: world.legacy.received)
    assert await until(lambda: ended) == [b"hello"]
    assert (await world.log(1))[0]["status"] == 499


async def test_a_slow_head_is_ended_however_busily_it_trickles() -> None:
    async with world_of(head_seconds=1.2) as world, world.client() as client:
        answer = asyncio.create_task(client.answer())
        await client.send(b"GET / HT")
        while not answer.done():
            client.writer.write(b"x")
            await asyncio.sleep(0.05)
        assert (await answer).status == 408
        assert world.legacy.received == []


async def test_a_body_that_stops_is_ended() -> None:
    async with world_of(body_seconds=0.3) as world, world.client() as client:
        await client.send(POST + b"Content-Length: 1000\r\n\r\nhello")
        answer = await client.answer()
        assert (answer.status, answer.receipt) == (408, "unrouted;none;client-timeout")


async def test_a_body_that_trickles_below_the_least_rate_is_ended() -> None:
    async with world_of(body_seconds=1.2) as world, world.client() as client:
        answer = asyncio.create_task(client.answer())
        await client.send(POST + b"Content-Length: 1000\r\n\r\n")
        while not answer.done():
            client.writer.write(b"x")
            await asyncio.sleep(0.05)
        assert (await answer).status == 408


async def test_an_idle_client_is_closed_without_a_word() -> None:
    async with world_of(idle_seconds=0.2) as world, world.client() as client:
        assert (await client.get("/a")).status == 200
        assert await client.read_to_end() == b""


async def test_the_client_beyond_the_last_place_is_told_so() -> None:
    async with world_of(max_connections=1) as world, world.client() as first:
        assert (await first.get("/a")).status == 200
        async with world.client() as second:
            answer = await second.answer()
        assert (answer.status, answer.values("retry-after")) == (503, ["5"])
        assert (await first.get("/a")).status == 200


async def test_a_refused_upload_is_read_on_so_that_its_answer_arrives(world: World) -> None:
    async with world.client() as client:
        await client.send(b"POST / HTTP/1.1\r\nContent-Length: 5000000\r\n\r\n")
        for _ in range(50):
            client.writer.write(b"x" * 20_000)
        assert (await client.answer()).status == 400


async def test_an_http_1_0_client_without_host_is_served_and_closed(echoing: World) -> None:
    async with echoing.client() as client:
        await client.send(b"GET /echo HTTP/1.0\r\n\r\n")
        answer = await client.answer()
        assert f"Host: 127.0.0.1:{echoing.legacy.port}".encode() in answer.body
        assert answer.values("connection") == ["close"]
        assert await client.read_to_end() == b""


async def test_an_http_1_0_client_may_keep_its_connection(world: World) -> None:
    async with world.client() as client:
        for _ in range(2):
            await client.send(b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            assert (await client.answer()).values("connection") == ["keep-alive"]


async def test_errors_of_our_own_speak_the_client_s_language(world: World) -> None:
    await world.legacy.stop()
    for accept, kind in (
        ("text/html,*/*", "text/html; charset=utf-8"),
        ("*/*", "application/json"),
    ):
        async with Client(world.port) as client:
            answer = await client.get("/a", f"Accept: {accept}")
        assert (answer.status, answer.values("content-type")) == (502, [kind])
        assert answer.receipt == "unrouted;none;legacy-down"


async def test_an_error_answer_to_head_has_no_body(world: World) -> None:
    await world.legacy.stop()
    async with world.client() as client:
        answer = await client.ask("HEAD", "/a")
        assert answer.status == 502
        assert await client.read_to_end() == b""

"""An upstream's answers: what passes, what is cut, and what is refused."""

import asyncio
import gzip

import pytest

from tests.facade.client import HOST
from tests.facade.conftest import World, until, world_of
from tests.facade.upstream import Conversation, Script

OK = b"HTTP/1.1 200 OK\r\n"


def says(*pieces: bytes, then_close: bool = False) -> Script:
    """A script that sends bytes as they are, in one write each."""

    async def script(talk: Conversation) -> None:
        await talk.read_body()
        for piece in pieces:
            await talk.send(piece)
            await asyncio.sleep(0.005)
        if then_close:
            talk.writer.close()

    return script


async def test_lines_come_back_in_order_with_the_receipt_last(world: World) -> None:
    lines = (
        b"Set-Cookie: a=1\r\nX-A: 1\r\nset-cookie: b=2; Expires=Wed, 09 Jun 2027 10:18:14 GMT\r\n"
    )
    world.legacy.scripts["/a"] = says(
        OK + lines + b"Location: http://x/?a=%2F\r\nContent-Length: 2\r\n\r\nok"
    )
    async with world.client() as client:
        await client.send(b"GET /a HTTP/1.1\r\n" + HOST + b"\r\n")
        expected = (
            OK + lines + b"Location: http://x/?a=%2F\r\nContent-Length: 2\r\n"
            b"X-Bridge-Decision: unrouted;legacy;0;no-route\r\n\r\nok"
        )
        assert await client.read() == expected


async def test_an_answer_may_come_byte_by_byte(world: World) -> None:
    raw = OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    world.legacy.scripts["/a"] = says(*[bytes([byte]) for byte in raw])
    async with world.client() as client:
        assert (await client.get("/a")).body == b"hello"
        assert (await client.get("/b")).body == b"legacy"


@pytest.mark.parametrize(
    ("method", "raw", "status"),
    [
        ("HEAD", OK + b"Content-Length: 1234\r\n\r\n", 200),
        ("HEAD", OK + b"Transfer-Encoding: chunked\r\n\r\n", 200),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        ("GET", b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 777\r\n\r\n', 304),
        ("GET", OK + b"Content-Length: 0\r\n\r\n", 200),
    ],
)
async def test_an_answer_without_a_body_ends_with_its_head(
    world: World, method: str, raw: bytes, status: int
) -> None:
    world.legacy.scripts["/a"] = says(raw)
    async with world.client() as client:
        answer = await client.ask(method, "/a")
        assert (answer.status, answer.body, answer.is_complete) == (status, b"", True)
        assert (await client.get("/b")).body == b"legacy"
    assert world.legacy.connections == 1


async def test_a_body_is_not_touched(world: World) -> None:
    packed = gzip.compress(b"hello" * 1000)
    raw = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed
    world.legacy.scripts["/a"] = says(raw)
    async with world.client() as client:
        answer = await client.get("/a", "Accept-Encoding: gzip")
    assert answer.body == packed
    assert answer.values("content-encoding") == ["gzip"]


async def test_a_big_body_arrives_whole(world: World) -> None:
    body = bytes(range(256)) * 8000

    async def big(talk: Conversation) -> None:
        await talk.answer(body)

    world.legacy.scripts["/a"] = big
    async with world.client() as client:
        assert (await client.get("/a")).body == body


async def test_a_big_head_passes(world: World) -> None:
    head = b"".join(b"X-H%d: %b\r\n" % (number, b"v" * 1000) for number in range(30))
    world.legacy.scripts["/a"] = says(OK + head + b"Content-Length: 2\r\n\r\nok")
    async with world.client() as client:
        assert len((await client.get("/a")).headers) == 32


async def test_trailers_pass(world: World) -> None:
    raw = OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n"
    world.legacy.scripts["/a"] = says(raw)
    async with world.client() as client:
        answer = await client.get("/a", "TE: trailers")
    assert (answer.body, answer.trailers) == (b"hello", [("x-sum", "42")])


async def test_an_http_1_0_client_gets_no_chunks(world: World) -> None:
    raw = [
        OK + b"Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhel",
        b"lo\r\n1\r\n!\r\n",
        b"0\r\n\r\n",
    ]
    world.legacy.scripts["/a"] = says(*raw)
    async with world.client() as client:
        await client.send(b"GET /a HTTP/1.0\r\n\r\n")
        head, _, body = (await client.read_to_end()).partition(b"\r\n\r\n")
    assert body == b"hello!"
    assert b"chunked" not in head.lower()


async def test_events_pass_as_they_happen(world: World) -> None:
    more = asyncio.Event()

    async def events(talk: Conversation) -> None:
        await talk.send(
            OK + b"Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        await talk.send(b"9\r\ndata: 0\n\n\r\n")
        await more.wait()
        await talk.send(b"0\r\n\r\n")

    world.legacy.scripts["/a"] = events
    async with world.client() as client:
        await client.send(b"GET /a HTTP/1.1\r\n" + HOST + b"\r\n")
        seen = b""
        while b"data: 0\n\n" not in seen:
            seen += await client.read()
        more.set()
        assert (await client.read()).endswith(b"0\r\n\r\n")


async def test_an_answer_until_close_is_complete_and_the_client_closed(world: World) -> None:
    world.legacy.scripts["/a"] = says(OK + b"\r\n", b"until", b" close", then_close=True)
    async with world.client() as client:
        answer = await client.get("/a")
        assert (answer.body, answer.is_complete) == (b"until close", True)
        assert answer.values("connection") == ["close"]


@pytest.mark.parametrize(
    "raw",
    [
        OK + b"Content-Length: 1000\r\n\r\nonly this",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ],
)
async def test_an_answer_that_breaks_off_is_not_made_to_look_whole(
    world: World, raw: bytes
) -> None:
    world.legacy.scripts["/a"] = says(raw, then_close=True)
    async with world.client() as client:
        answer = await client.get("/a")
    assert (answer.status, answer.is_complete) == (200, False)


async def test_an_answer_until_close_that_is_reset_is_reset_for_the_client(world: World) -> None:
    async def resetting(talk: Conversation) -> None:
        await talk.send(OK + b"\r\nonly this")
        await asyncio.sleep(0.05)
        talk.reset()

    world.legacy.scripts["/a"] = resetting
    async with world.client() as client:
        assert not (await client.get("/a")).is_complete


@pytest.mark.parametrize(
    "raw",
    [
        OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        b"<html>not http</html>\r\n\r\n",
        b"X" * 200_000,
    ],
)
async def test_an_answer_that_can_be_read_in_two_ways_is_a_502(world: World, raw: bytes) -> None:
    world.legacy.scripts["/a"] = says(raw)
    async with world.client() as client:
        answer = await client.get("/a")
        assert (answer.status, answer.receipt) == (502, "unrouted;none;broken-answer")
    async with world.client() as client:
        assert (await client.get("/b")).body == b"legacy"


async def test_what_follows_an_answer_is_never_taken_for_the_next_one(world: World) -> None:
    garbage = OK + b"Content-Length: 6\r\n\r\nforged"
    world.legacy.scripts["/a"] = says(OK + b"Content-Length: 2\r\n\r\nok" + garbage)
    async with world.client() as client:
        assert (await client.get("/a")).body == b"ok"
        assert (await client.get("/b")).body == b"legacy"
    assert world.legacy.connections == 2


async def test_what_comes_over_an_idle_connection_closes_it(world: World) -> None:
    async def late(talk: Conversation) -> None:
        await talk.answer(b"ok")
        await until(lambda: idle() == 1)
        await talk.send(OK + b"Content-Length: 6\r\n\r\nforged")

    def idle() -> int:
        return sum(each["idle"] for each in world.server.report()["upstreams"].values())

    world.legacy.scripts["/a"] = late
    async with world.client() as client:
        assert (await client.get("/a")).body == b"ok"
        await until(lambda: world.legacy.received and idle() == 0)
        assert (await client.get("/b")).body == b"legacy"
    assert world.legacy.connections == 2


async def test_an_upstream_cannot_speak_for_the_bridge(world: World) -> None:
    world.legacy.scripts["/a"] = says(
        OK + b"X-Bridge-Decision: enrollment;modern;9;forged\r\nContent-Length: 0\r\n\r\n"
    )
    async with world.client() as client:
        assert (await client.get("/a")).receipt == "unrouted;legacy;no-route"


async def test_early_hints_are_relayed_and_kept_from_old_clients(world: World) -> None:
    raw = (
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok"
    )
    world.legacy.scripts["/a"] = says(raw)
    async with world.client() as client:
        answer = await client.get("/a")
        assert (answer.interim, answer.body) == ([103], b"ok")
        await client.send(b"GET /a HTTP/1.0\r\n\r\n")
        assert (await client.answer()).interim == []


async def test_any_number_of_interim_answers_may_come_at_once(world: World) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2000
    world.legacy.scripts["/a"] = says(hints + OK + b"Content-Length: 2\r\n\r\nok")
    async with world.client() as client:
        answer = await client.get("/a")
        assert (len(answer.interim), answer.body) == (2000, b"ok")


async def test_an_answer_before_the_body_is_in_reaches_the_client(world: World) -> None:
    async def too_large(talk: Conversation) -> None:
        await talk.answer(b"too large", "413 Payload Too Large")

    world.legacy.scripts["/a"] = too_large
    async with world.client() as client:
        await client.send(b"POST /a HTTP/1.1\r\n" + HOST + b"Content-Length: 9000000\r\n\r\n")
        client.writer.write(b"x" * 500_000)
        answer = await client.answer()
        assert (answer.status, answer.body) == (413, b"too large")
        assert answer.values("connection") == ["close"]
        client.writer.write(b"x" * 500_000)
        assert await client.read_to_end() == b""


async def test_an_upstream_that_says_nothing_is_waited_for_only_so_long() -> None:
    async def silent(talk: Conversation) -> None:
        await talk.reader.read()

    async with world_of(answer_seconds=0.2) as world:
        world.legacy.scripts["/a"] = silent
        async with world.client() as client:
            answer = await client.get("/a")
        assert (answer.status, answer.receipt) == (504, "unrouted;none;upstream-timeout")


async def test_a_head_that_asks_to_close_is_obeyed(world: World) -> None:
    world.legacy.scripts["/a"] = says(OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nok")
    async with world.client() as client:
        answer = await client.get("/a")
        assert answer.values("connection") == []
        assert (await client.get("/b", "Connection: close")).values("connection") == ["close"]
        assert await client.read_to_end() == b""
    assert world.legacy.connections == 2

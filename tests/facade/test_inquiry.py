"""Questions of the facade's own, asked over real sockets as learners' requests are."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from facade.breaker import THRESHOLD, Breaker
from facade.inquiry import Reply, get
from facade.line import Crowd
from facade.pool import Pool
from facade.settings import Address
from facade.ticker import Ticker
from tests.facade.conftest import until
from tests.facade.upstream import Conversation, Upstream, running


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running("legacy") as made:
        yield made


@pytest.fixture
async def pool(upstream: Upstream) -> AsyncIterator[Pool]:
    ticker = Ticker(asyncio.get_running_loop())
    made = Pool(
        "asked",
        Address("127.0.0.1", upstream.port),
        ticker,
        Breaker(cooldown_seconds=1000),
        crowd=Crowd(exchanges=2, seconds=1),
    )
    yield made
    made.close()


async def asked(pool: Pool, target: str = "/a", *, seconds: float = 10.0) -> Reply | None:
    lines = (b"Host: lms.example.org", b"Cookie: sessionid=s")
    return await get(pool, target.encode(), lines, answer_bytes=1000, seconds=seconds)


async def test_a_question_is_sent_as_it_is_and_its_answer_read(
    upstream: Upstream, pool: Pool
) -> None:
    assert await asked(pool) == Reply(200, b"legacy")
    (request,) = upstream.received
    assert request.head == b"GET /a HTTP/1.1\r\nHost: lms.example.org\r\nCookie: sessionid=s"


async def test_chunks_are_taken_off_and_the_connection_serves_the_next(
    upstream: Upstream, pool: Pool
) -> None:
    async def chunked(talk: Conversation) -> None:
        head = b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n"
        await talk.send(head + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: t\r\n\r\n")

    upstream.scripts["/chunked"] = chunked
    assert await asked(pool, "/chunked") == Reply(404, b"abcde")
    assert await asked(pool) == Reply(200, b"legacy")
    assert upstream.connections == 1


async def test_a_connection_that_went_stale_is_replaced(upstream: Upstream, pool: Pool) -> None:
    async def doomed(talk: Conversation) -> None:
        await talk.answer(b"doomed")
        await talk.reader.readuntil(b"\r\n\r\n")
        talk.writer.close()

    upstream.scripts["/doomed"] = doomed
    await asked(pool, "/doomed")
    assert await asked(pool) == Reply(200, b"legacy")
    assert upstream.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"",
    ],
)
async def test_what_is_no_whole_answer_is_none(
    upstream: Upstream, pool: Pool, answer: bytes
) -> None:
    async def broken(talk: Conversation) -> None:
        await talk.send(answer)
        talk.writer.close()

    upstream.scripts["/broken"] = broken
    assert await asked(pool, "/broken") is None


async def test_an_upstream_that_is_down_is_soon_not_asked_any_more(
    upstream: Upstream, pool: Pool
) -> None:
    await upstream.stop()
    assert [await asked(pool) for _ in range(THRESHOLD)] == [None] * THRESHOLD
    await upstream.start()
    assert await asked(pool) is None
    assert upstream.received == []


async def test_more_questions_than_there_is_room_for_wait_for_their_turn(
    upstream: Upstream, pool: Pool
) -> None:
    release = asyncio.Event()

    async def slow(talk: Conversation) -> None:
        await release.wait()
        await talk.answer(b"slow")

    upstream.scripts["/slow"] = slow
    tasks = [asyncio.create_task(asked(pool, "/slow")) for _ in range(5)]
    await until(lambda: len(upstream.received) == 2 and pool.waiting == 3)
    release.set()
    assert await asyncio.gather(*tasks) == [Reply(200, b"slow")] * 5
    assert upstream.connections == 2


async def test_one_that_waits_too_long_for_an_answer_counts_against_the_upstream(
    upstream: Upstream, pool: Pool
) -> None:
    async def silent(talk: Conversation) -> None:
        await talk.reader.read()

    upstream.scripts["/silent"] = silent
    pool.breaker = Breaker(threshold=2, cooldown_seconds=1000)
    # The third waits for its turn only, which is nothing the upstream did.
    questions = [asked(pool, "/silent", seconds=0.2) for _ in range(3)]
    assert await asyncio.gather(*questions) == [None] * 3
    assert not pool.allows()
    assert len(upstream.received) == 2


async def test_who_stands_in_line_too_long_goes_without_an_answer(
    upstream: Upstream, pool: Pool
) -> None:
    async def silent(talk: Conversation) -> None:
        await talk.reader.read()

    upstream.scripts["/silent"] = silent
    first = [asyncio.create_task(asked(pool, "/silent")) for _ in range(2)]
    await until(lambda: len(upstream.received) == 2)
    third = asyncio.create_task(asked(pool))
    await until(lambda: pool.waiting)
    pool.ticker.now += 2
    pool.sweep()
    assert await third is None
    for each in first:
        each.cancel()
    await asyncio.gather(*first, return_exceptions=True)
    assert pool.breaker.is_closed

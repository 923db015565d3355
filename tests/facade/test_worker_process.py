"""The link between a supervisor and a worker."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import pytest

from facade.worker_process import Link


class Worker:
    """The other end: it is asked, and answers when it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def answer(self, report: object) -> None:
        assert await self.reader.readline() == b"report\n"
        self.writer.write(json.dumps(report).encode() + b"\n")


@pytest.fixture
async def ends() -> AsyncIterator[tuple[Link, Worker]]:
    ours, theirs = socket.socketpair()
    worker = Worker(*await asyncio.open_unix_connection(sock=theirs))
    link = await Link.over(ours)
    yield link, worker
    link.close()
    worker.writer.close()


async def test_an_answer_that_comes_too_late_is_not_taken_for_the_next(
    ends: tuple[Link, Worker],
) -> None:
    link, worker = ends
    assert await link.report(seconds=0.01) is None
    await worker.answer({"number": 1})
    found, _ = await asyncio.gather(link.report(), worker.answer({"number": 2}))
    assert found == {"number": 2}


async def test_a_report_may_be_longer_than_what_asyncio_allows_a_line(
    ends: tuple[Link, Worker],
) -> None:
    link, worker = ends
    long = {"requests": [["capability", "upstream", 2, number] for number in range(5000)]}
    found, _ = await asyncio.gather(link.report(), worker.answer(long))
    assert found == long


async def test_a_worker_that_is_gone_reports_nothing(ends: tuple[Link, Worker]) -> None:
    link, worker = ends
    worker.writer.close()
    assert await link.report() is None

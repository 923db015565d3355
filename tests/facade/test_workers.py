"""`facade run` as an operator runs it: processes, signals, the admin port."""

import asyncio
import os
import resource
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.facade.client import HOST, Client
from tests.facade.conftest import until
from tests.facade.fleet import DEADLINE_SECONDS, Run, running_facade
from tests.facade.upstream import Conversation


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def highest_descriptor(pid: int) -> int:
    return max(int(each.name) for each in Path(f"/proc/{pid}/fd").iterdir())


@pytest.fixture
async def run(tmp_path: Path, redis_url: str) -> AsyncIterator[Run]:
    async with running_facade(tmp_path, redis_url) as found:
        yield found


async def test_it_serves_by_the_file_and_reports_on_the_admin_port(run: Run) -> None:
    await run.workers(2)
    assert await run.get("/a") == b"legacy"
    assert await run.get("/api/enrollment/v1/enrollment") == b"modern"
    found = await run.health()
    assert (found["status"], found["epoch"]) == ("ok", 3)
    async with httpx.AsyncClient(trust_env=False) as http:
        base = f"http://127.0.0.1:{run.admin_port}"
        metrics = (await http.get(f"{base}/-/metrics")).text
        assert (await http.get(f"{base}/other")).status_code == 404
    assert metrics.count("# TYPE facade_clients gauge") == 1
    assert metrics.count("\nfacade_snapshot_epoch{") == 2


async def test_a_worker_that_dies_is_replaced(run: Run) -> None:
    before = await run.workers(2)
    os.kill(before[0], signal.SIGKILL)
    await until(lambda: not set(before) <= set(run.children()) and len(run.children()) == 2)
    after = await run.workers(2)
    assert len(set(before) & set(after)) == 1
    assert await run.get("/a") == b"legacy"


async def test_workers_are_replaced_one_by_one_without_a_request_lost(run: Run) -> None:
    before = await run.workers(2)
    run.process.send_signal(signal.SIGHUP)
    bodies: list[bytes] = []
    async with asyncio.timeout(DEADLINE_SECONDS):
        while set(before) & set(run.children()):
            bodies.append(await run.get("/a"))
    assert set(bodies) == {b"legacy"}
    assert len(await run.workers(2)) == 2


async def test_workers_stay_where_those_that_should_replace_them_cannot_serve(
    tmp_path: Path, redis_url: str
) -> None:
    rules = tmp_path / "rules.toml"
    rules.touch()
    async with running_facade(tmp_path, redis_url, FACADE_PARITY_RULES=str(rules)) as run:
        before = await run.workers(2)
        rules.write_text("no rules at all")
        run.process.send_signal(signal.SIGHUP)
        await until(lambda: run.said("does not answer, keeping the old one") == 2)
        assert run.children() == before
        assert await run.workers(2) == before
        assert await run.get("/a") == b"legacy"


async def test_a_worker_is_started_once_the_machine_has_room_for_it(run: Run) -> None:
    before = await run.workers(2)
    pid = run.process.pid
    usual = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (highest_descriptor(pid) + 2, usual[1]))
    os.kill(before[0], signal.SIGKILL)
    await until(lambda: run.said("cannot be started"))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, usual)
    assert before[1] in await run.workers(2)


async def test_sigterm_lets_requests_end_and_leaves_no_process(run: Run) -> None:
    release = asyncio.Event()

    async def slow(talk: Conversation) -> None:
        await release.wait()
        await talk.answer(b"slow")

    run.legacy.scripts["/slow"] = slow
    workers = await run.workers(2)
    async with Client(run.port) as client:
        await client.send(b"GET /slow HTTP/1.1\r\n" + HOST + b"\r\n")
        await until(lambda: run.legacy.received)
        run.process.terminate()
        release.set()
        assert (await client.answer()).body == b"slow"
        async with asyncio.timeout(DEADLINE_SECONDS):
            assert await run.process.wait() == 0
    assert not alive(workers)


async def test_workers_end_when_their_supervisor_is_killed(run: Run) -> None:
    workers = await run.workers(2)
    run.process.kill()
    await until(lambda: not alive(workers))


async def test_an_admin_client_that_asks_nothing_proper_is_closed(run: Run) -> None:
    await run.workers(2)
    reader, writer = await asyncio.open_connection("127.0.0.1", run.admin_port)
    writer.write(b"GET")
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()

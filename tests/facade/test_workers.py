"""`facade run` as an operator runs it: processes, signals, the admin port."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from flags.rollout import Rollout
from flags.snapshot import Snapshot, dumps
from tests.facade.client import HOST, Client
from tests.facade.conftest import BRIDGE_KEY, until
from tests.facade.upstream import Conversation, Upstream, running

CHECKOUT = Path(__file__).resolve().parents[2]
DEADLINE_SECONDS = 20.0


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


@dataclass(slots=True)
class Run:
    """A running facade and what is behind it."""

    process: asyncio.subprocess.Process
    port: int
    admin_port: int
    legacy: Upstream

    async def health(self) -> dict[str, Any]:
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.get(f"http://127.0.0.1:{self.admin_port}/-/health")
            found: dict[str, Any] = answer.json()
            return found

    async def workers(self, number: int) -> list[int]:
        """The workers' process ids, once all of them answer."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if (await self.health())["workers"]["running"] == number:
                        return self.children()
                await asyncio.sleep(0.05)

    def children(self) -> list[int]:
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    async def get(self, target: str) -> bytes:
        async with Client(self.port) as client:
            return bytes((await client.get(target)).body)


@pytest.fixture
async def run(tmp_path: Path, redis_url: str) -> AsyncIterator[Run]:
    snapshot = Snapshot(3, {"enrollment": Rollout(capability="enrollment", everyone=True)})
    (tmp_path / "snapshot.json").write_bytes(dumps(snapshot, BRIDGE_KEY))
    async with running("legacy") as legacy, running("modern") as modern:
        environment = {
            **os.environ,
            "LEGACY_URL": legacy.url,
            "MODERN_LMS_URL": modern.url,
            "MODERN_CMS_URL": modern.url,
            "BRIDGE_KEY": BRIDGE_KEY,
            "REDIS_URL": redis_url,
            "SNAPSHOT_PATH": str(tmp_path / "snapshot.json"),
            "FACADE_DRAIN_SECONDS": "5",
        }
        port, admin_port = free_port(), free_port()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "facade", "run", "--port", f"{port}"),
            *("--admin-port", f"{admin_port}", "--workers", "2"),
            env=environment,
            cwd=CHECKOUT,
            stdout=asyncio.subprocess.DEVNULL,
        )
        try:
            yield Run(process, port, admin_port, legacy)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            async with asyncio.timeout(DEADLINE_SECONDS):
                await process.wait()


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

"""`facade run` with two workers in front of two upstreams, as an operator runs it."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deploy.stack import ports
from flags.rollout import Rollout
from flags.snapshot import Snapshot, dumps
from tests.facade.client import Client
from tests.facade.conftest import BRIDGE_KEY
from tests.facade.upstream import Upstream, running

CHECKOUT = Path(__file__).resolve().parents[2]
DEADLINE_SECONDS = 60.0


@dataclass(slots=True)
class Run:
    """A running facade and what is behind it."""

    process: asyncio.subprocess.Process
    port: int
    admin_port: int
    legacy: Upstream
    modern: Upstream
    environment: dict[str, str]
    output: Path

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

    async def metrics(self) -> str:
        async with httpx.AsyncClient(trust_env=False) as http:
            return (await http.get(f"http://127.0.0.1:{self.admin_port}/-/metrics")).text

    async def metric(self, name: str, number: float) -> None:
        """Wait until the samples of a metric add up to a number."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while True:
                lines = (await self.metrics()).splitlines()
                samples = [line for line in lines if line.startswith(name + "{")]
                if sum(float(line.rpartition(" ")[2]) for line in samples) == number:
                    return
                await asyncio.sleep(0.02)

    def children(self) -> list[int]:
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def said(self, words: str) -> int:
        """How often the facade said something so far."""
        return self.output.read_text().count(words)

    async def get(self, target: str) -> bytes:
        async with Client(self.port) as client:
            return bytes((await client.get(target)).body)


@contextlib.asynccontextmanager
async def running_facade(folder: Path, redis_url: str, **others: str) -> AsyncIterator[Run]:
    """Enrollment is modern's for everybody; `folder` gets the snapshot's file, and what is said."""
    snapshot = Snapshot(3, {"enrollment": Rollout(capability="enrollment", everyone=True)})
    (folder / "snapshot.json").write_bytes(dumps(snapshot, BRIDGE_KEY))
    async with running("legacy") as legacy, running("modern") as modern:
        environment = {
            **os.environ,
            "LEGACY_URL": legacy.url,
            "MODERN_LMS_URL": modern.url,
            "MODERN_CMS_URL": modern.url,
            "BRIDGE_KEY": BRIDGE_KEY,
            "REDIS_URL": redis_url,
            "SNAPSHOT_PATH": str(folder / "snapshot.json"),
            "FACADE_DRAIN_SECONDS": "5",
            **others,
        }
        said = folder / "said"
        port, admin_port = ports.free(), ports.free()
        with said.open("w") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "facade", "run", "--port", f"{port}"),
                *("--admin-port", f"{admin_port}", "--workers", "2"),
                env=environment,
                cwd=CHECKOUT,
                stdout=output,
            )
        try:
            yield Run(process, port, admin_port, legacy, modern, environment, said)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            async with asyncio.timeout(DEADLINE_SECONDS):
                await process.wait()

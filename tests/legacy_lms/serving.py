"""Serves the stand-in over real sockets for tests: the fixture `legacy_lms` and what it is made of.

A conftest takes it by `from tests.legacy_lms.serving import legacy_lms`.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from deploy.stack import ports
from tests.legacy_lms import database

__all__ = ["legacy_lms", "serve"]

CHECKOUT = Path(__file__).resolve().parents[2]
APPLICATION = "tests.legacy_lms.wsgi:application"
OPTIONS = ("--interface", "wsgi", "--no-ws", "--blocking-threads", "8", "--log-level", "warning")
START_SECONDS = 60.0
STOP_SECONDS = 60.0


@pytest.fixture(scope="session")
def legacy_lms(mariadb: str) -> Iterator[str]:
    """The base URL of a stand-in that serves the run's MariaDB, with the recorded rows in it."""
    if not database.is_loaded(mariadb):
        database.load(mariadb)
    with serve(mariadb) as url:
        yield url


@contextmanager
def serve(database_url: str, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run the stand-in under granian on a free port until the block ends, and give its URL."""
    port = ports.free()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", *OPTIONS, "--port", str(port), APPLICATION],
        cwd=CHECKOUT,
        env=os.environ | dict(environment or {}) | {"LEGACY_DATABASE_URL": database_url},
    )
    try:
        _wait_until_alive(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _wait_until_alive(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the stand-in ended with code {process.returncode}: see its output")
        try:
            httpx.get(f"{url}/heartbeat", timeout=1).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the stand-in did not answer within {START_SECONDS:.0f} s: see its output")

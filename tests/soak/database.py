"""The PostgreSQL of the soak: a cluster of its own, which can be stopped; and what is in it."""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import psycopg

from deploy.stack import packages
from deploy.stack.accounts import Account, give, serving
from deploy.stack.postgres import Postgres
from deploy.stack.site import Site
from tests.facade.fleet import CHECKOUT

SETTINGS: Final = "compat.settings.test"
PASSWORDS: Final = {"postgres_admin": "of-the-soak", "modern": "of-the-soak"}
STOP: Final = signal.SIGQUIT
"""At once, as a crash: nothing is finished, and the next start recovers."""


def cluster(folder: Path, port: int) -> Postgres:
    """Make an empty cluster in an empty folder."""
    account = serving(Postgres.accounts)
    give(account, folder)
    programs = packages.provide(Postgres.programs)
    made = Postgres(Site(folder / "data", port, account, programs, PASSWORDS))
    command = (*_as(account), *made.initialise(made.site.data))
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    return made


def command(server: Postgres) -> tuple[str, ...]:
    """The command that runs a cluster; it ends with us. What it commits outlives its crash."""
    durable = ("-c", "synchronous_commit=on")
    return (*_as(server.site.account), "--pdeathsig", "KILL", *server.command(), *durable)


async def prepare(server: Postgres, environment: dict[str, str]) -> None:
    """Make the database, with the flags' tables in it."""
    await asyncio.to_thread(server.prepare)
    migrate = (sys.executable, "-m", "django", "migrate", "flags", "--verbosity=0")
    process = await asyncio.create_subprocess_exec(*migrate, cwd=CHECKOUT, env=environment)
    assert await process.wait() == 0


def recorded_epochs(url: str) -> list[int]:
    """The epochs of the flags' history, in the order they were written."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT epoch FROM flags_flagchange ORDER BY id").fetchall()
    return [epoch for (epoch,) in rows]


def comparisons(url: str) -> Counter[str]:
    """What `facade compare` has counted, by outcome."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT outcome, sum(count)::int FROM bridge.parity GROUP BY 1")
        return Counter(dict(rows.fetchall()))


def _as(account: Account | None) -> tuple[str, ...]:
    """The beginning of a command that runs as an account: PostgreSQL refuses to be root."""
    if account is None:
        return ("setpriv",)
    return ("setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups")

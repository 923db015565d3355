"""Two databases of a rehearsal's own, on the development stack or on the servers configured."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from etl import mysql, postgres
from etl.errors import PreflightFailed
from etl.mysql import Source
from etl.settings import EtlSettings

MODERN, LEGACY = "DATABASE_URL", "LEGACY_DATABASE_URL"
# A worker of the server's own that still cleans up in a database ends soon, and cannot be ended.
_VACUUM_SECONDS = 20.0


def of_the_stack() -> dict[str, str]:
    """Start the development stack where it does not run, and give its environment."""
    for command in ("up", "env"):
        finished = subprocess.run(
            (sys.executable, "-m", "deploy.stack", command),
            capture_output=True,
            text=True,
            check=False,
        )
        if finished.returncode:
            reason = (finished.stderr.strip().splitlines() or ["no answer"])[-1]
            raise PreflightFailed(
                f"the development stack does not run ({reason}): rehearse in a checkout of the "
                "project, or name servers in the environment and give --configured"
            )
    words = (line.partition("=") for line in finished.stdout.splitlines())
    return {
        name.removeprefix("export "): shlex.split(value)[0] for name, _, value in words if value
    }


@contextmanager
def own_databases(environment: Mapping[str, str], *, keep: bool) -> Iterator[dict[str, str]]:
    """Give an environment that names two new databases; drop both in the end, unless kept.

    The legacy one is only named: whoever generates its rows makes it.
    """
    modern, legacy = f"modern_edx_rehearsal_{os.getpid()}", f"edxapp_rehearsal_{os.getpid()}"
    with postgres.translated(), closing(postgres.connect(environment[MODERN])) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(modern)))
    try:
        yield {
            **environment,
            MODERN: _with_database(environment[MODERN], modern),
            LEGACY: _with_database(environment[LEGACY], legacy),
        }
    finally:
        if not keep:
            _drop(EtlSettings.from_environment(environment), modern, legacy)


def names(environment: Mapping[str, str]) -> tuple[str, str]:
    """Name the two databases of an environment, modern's first."""
    modern, legacy = (urlsplit(environment[name]).path.lstrip("/") for name in (MODERN, LEGACY))
    return modern, legacy


def _drop(settings: EtlSettings, modern: str, legacy: str) -> None:
    with closing(mysql.connect(settings.legacy)) as connection:
        Source(connection).fetch(f"DROP DATABASE IF EXISTS {mysql.quoted(legacy)}")
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(modern))
    deadline = time.monotonic() + _VACUUM_SECONDS
    with postgres.translated(), closing(postgres.connect(settings.modern)) as connection:
        while True:
            try:
                connection.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))

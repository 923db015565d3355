"""Two real databases of a test's own, as a person and the ETL's commands meet them."""

import contextlib
import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import psycopg
import pymysql
import pytest

from deploy.stack.reach import connect_mysql
from etl import cli
from etl.settings import EtlSettings
from etl.tables import ALL
from tests.legacy_lms.database import facts, rows, schema
from tests.mysql.server import RELEASES

SERVERS = ("mariadb", *RELEASES)
# A test with this mark runs with each, as far as they are there; all others run with MariaDB.
on_every_server = pytest.mark.parametrize("legacy_server", SERVERS, indirect=True)

PATIENCE_SECONDS = 60.0
# Modern stands alone: its tables need nothing of the bridge.
MIGRATED_BY = "modern.lms.settings.test"
# What the recorded LMS has of the mapped tables: one belongs to larger installations.
RECORDED = tuple(table for table in ALL if table.source in facts.tables())
# Database and table → the definition that this process made it with.
_MADE: dict[tuple[str, str], str] = {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command came to."""

    code: int
    output: str
    errors: str


@dataclass(frozen=True, slots=True)
class World:
    """A legacy and a modern database, each with a connection that writes as its applications do."""

    settings: EtlSettings
    environment: dict[str, str]
    legacy: "pymysql.Connection[pymysql.cursors.Cursor]"
    modern: "psycopg.Connection[tuple[object, ...]]"

    def etl(self, *arguments: str) -> Outcome:
        """Run a command of the ETL in this process."""
        output, errors = io.StringIO(), io.StringIO()
        with (
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(errors),
            environment(self.environment),
        ):
            code = cli.main(arguments)
        return Outcome(code, output.getvalue(), errors.getvalue())

    def etl_process(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command of the ETL as a process of its own."""
        return subprocess.Popen(
            (sys.executable, "-m", "etl", *arguments),
            env=os.environ | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def installed(self) -> None:
        """Install the bridge and copy everything."""
        for command in ("install", "backfill"):
            outcome = self.etl(command)
            assert (outcome.code, outcome.errors) == (0, ""), outcome.errors

    def caught_up(self) -> None:
        """Apply everything that legacy has logged up to now."""
        outcome = self.etl("follow", "--until-caught-up")
        assert (outcome.code, outcome.errors) == (0, ""), outcome.errors

    def write(self, statement: str, *parameters: object) -> None:
        """Write to legacy and commit."""
        with self.legacy.cursor() as cursor:
            cursor.execute(statement, parameters or None)
        self.legacy.commit()

    def write_many(self, statement: str, parameters: Sequence[Sequence[object]]) -> None:
        """Write rows to legacy in one transaction."""
        with self.legacy.cursor() as cursor:
            cursor.executemany(statement, parameters)
        self.legacy.commit()

    def legacy_rows(self, query: str) -> list[tuple[object, ...]]:
        """Read from legacy as it is now."""
        self.legacy.rollback()
        with self.legacy.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def rows(self, query: str, *parameters: object) -> list[tuple[object, ...]]:
        """Read from modern."""
        return self.modern.execute(query, parameters).fetchall()

    def value(self, query: str, *parameters: object) -> object:
        """Read one value from modern."""
        ((found,),) = self.rows(query, *parameters)
        return found


@contextlib.contextmanager
def connected(legacy_url: str, modern_url: str) -> Iterator[World]:
    """Open a world on two databases."""
    environment = {"LEGACY_DATABASE_URL": legacy_url, "DATABASE_URL": modern_url}
    with (
        contextlib.closing(connect_mysql(legacy_url)) as legacy,
        contextlib.closing(psycopg.connect(modern_url, autocommit=True)) as modern,
    ):
        with legacy.cursor() as cursor:
            cursor.execute("SET NAMES utf8mb4, sql_mode = '', time_zone = '+00:00'")
            # Legacy has orphans, and so may a test.
            cursor.execute("SET foreign_key_checks = 0")
        yield World(EtlSettings.from_environment(environment), environment, legacy, modern)


@contextlib.contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
    """Give the process these variables for a while."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def wait_until(condition: Callable[[], bool], *, seconds: float = PATIENCE_SECONDS) -> None:
    """Poll a condition; fail when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


def migrate(url: str) -> None:
    """Make modern's tables in an empty database."""
    subprocess.run(
        (sys.executable, "-m", "django", "migrate", "--verbosity=0"),
        env=os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": MIGRATED_BY},
        check=True,
    )


def restore(url: str) -> None:
    """Make the mapped legacy tables as they were recorded, with the recorded rows and no others.

    Tables are made anew only where a test changed them: that is what takes long.
    """
    with contextlib.closing(connect_mysql(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SET foreign_key_checks = 0, sql_mode = 'NO_AUTO_VALUE_ON_ZERO'")
        _drop_others(cursor)
        for table in RECORDED:
            _restore_table(cursor, url, table.source)
            if statement := rows.recorded(table.source):
                cursor.execute(statement)
        connection.commit()


def _drop_others(cursor: "pymysql.cursors.Cursor") -> None:
    """Drop what is not mapped: the bridge's tables, and those that tests made."""
    cursor.execute("SHOW TABLES")
    for (name,) in cursor.fetchall():
        if name not in {table.source for table in RECORDED}:
            cursor.execute(f"DROP TABLE `{name}`")


def _restore_table(cursor: "pymysql.cursors.Cursor", url: str, name: str) -> None:
    if _MADE.get((url, name)) == _definition(cursor, name):
        cursor.execute(f"DELETE FROM {name}")
        return
    cursor.execute(f"DROP TABLE IF EXISTS {name}")
    cursor.execute(schema.create_table(facts.tables()[name]))
    _MADE[url, name] = _definition(cursor, name)


def _definition(cursor: "pymysql.cursors.Cursor", name: str) -> str:
    try:
        cursor.execute(f"SHOW CREATE TABLE {name}")
    except pymysql.err.ProgrammingError:
        return "dropped"
    (_, definition) = cursor.fetchone() or ("", "")
    return re.sub(r" AUTO_INCREMENT=\d+", "", definition)

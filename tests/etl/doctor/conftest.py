"""A whole legacy database as it was recorded, and the doctor run on it without any PostgreSQL."""

import contextlib
import io
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from deploy.stack import Servers
from deploy.stack.layout import Layout
from deploy.stack.reach import connect_mysql
from deploy.stack.settings import CHECKOUT
from deploy.stack.state import load
from etl import cli
from tests.etl.world import RECORDED, Outcome, environment
from tests.legacy_lms import database
from tests.servers import fresh_mariadb

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor


@dataclass(frozen=True, slots=True)
class Patient:
    """The database, a connection that writes as legacy does, and the doctor."""

    url: str
    legacy: "Connection[Cursor]"
    written: list[str] = field(default_factory=list)

    def write(self, statement: str, *parameters: object) -> None:
        """Write to legacy and commit."""
        self.written.append(statement)
        with self.legacy.cursor() as cursor:
            cursor.execute(statement, parameters or None)
        self.legacy.commit()

    @property
    def environment(self) -> dict[str, str]:
        """What the doctor is given: no PostgreSQL."""
        return {"LEGACY_DATABASE_URL": self.url, "DATABASE_URL": ""}

    def doctor(self, *arguments: str) -> Outcome:
        """Run the doctor at full speed."""
        output, errors = io.StringIO(), io.StringIO()
        with (
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(errors),
            environment(self.environment),
        ):
            code = cli.main(("doctor", "--load", "1", *arguments))
        return Outcome(code, output.getvalue(), errors.getvalue())

    def found(self, *arguments: str) -> list[dict[str, Any]]:
        """Give the findings that are not ok."""
        document = json.loads(self.doctor("--json", *arguments).output)
        return [finding for finding in document["findings"] if finding["severity"] != "ok"]


@pytest.fixture(scope="session")
def recorded_url(servers: Servers) -> Iterator[str]:
    with fresh_mariadb(servers) as url:
        database.load(url)
        yield url


@pytest.fixture
def patient(recorded_url: str) -> Iterator[Patient]:
    """The recorded rows and no others."""
    with closing(connect_mysql(recorded_url)) as legacy:
        with legacy.cursor() as cursor:
            cursor.execute("SET sql_mode = '', foreign_key_checks = 0, NAMES utf8mb4")
        patient = Patient(recorded_url, legacy)
        yield patient
    if patient.written:
        database.reset(recorded_url, [table.source for table in RECORDED])


@pytest.fixture
def administrator(servers: Servers) -> Iterator["Cursor"]:
    """Somebody who may make users."""
    secrets = load(Layout(CHECKOUT).state).secrets
    url = servers.legacy_database_url.replace(
        f"bridge:{secrets['bridge']}", f"root:{secrets['mariadb_admin']}"
    )
    with closing(connect_mysql(url)) as connection, connection.cursor() as cursor:
        yield cursor

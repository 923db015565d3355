"""The pytest plugin `tests.servers`: what a run gets, and what it leaves."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from deploy.stack import Servers
from deploy.stack.reach import connect_mysql
from deploy.stack.settings import CHECKOUT
from tests.servers import fresh_mariadb, fresh_postgres

ASKS_FOR_ALL = """
import os

def test_it(postgres, mariadb_database, mariadb, redis_url, servers):
    assert mariadb == os.environ["LEGACY_DATABASE_URL"] != mariadb_database
    assert redis_url == os.environ["REDIS_URL"] != servers.redis_url
    print("MADE", postgres.split("/")[-1], mariadb.split("/")[-1], redis_url)
"""


def databases(servers: Servers) -> set[str]:
    with psycopg.connect(servers.database_url) as connection:
        names = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
    with connect_mysql(servers.legacy_database_url) as legacy, legacy.cursor() as cursor:
        cursor.execute("SHOW DATABASES")
        return names | {row[0] for row in cursor.fetchall()}


def dead_pid() -> int:
    with subprocess.Popen(["true"]) as process:
        pass
    return process.pid


def run_pytest(test: Path) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-c", CHECKOUT / "pyproject.toml"]
    command += ["--ds=modern.lms.settings.test", test]
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_run_gets_databases_of_its_own_and_drops_them(servers: Servers, tmp_path: Path) -> None:
    test = tmp_path / "test_asks.py"
    test.write_text(ASKS_FOR_ALL)

    line = next(line for line in run_pytest(test).splitlines() if line.startswith("MADE"))
    postgres, mariadb, url = line.split()[1:]

    assert {postgres, mariadb} & databases(servers) == set()
    with pytest.raises(redis.ConnectionError), redis.Redis.from_url(url) as client:
        client.ping()


def test_the_next_run_removes_what_a_killed_run_left_and_nothing_of_the_living(
    servers: Servers, tmp_path: Path
) -> None:
    left, alive = f"edxapp_test_{dead_pid()}_0", f"edxapp_test_{os.getpid()}_99999"
    with connect_mysql(servers.legacy_database_url) as legacy, legacy.cursor() as cursor:
        for name in (left, alive):
            cursor.execute(f"CREATE DATABASE `{name}`")
    test = tmp_path / "test_nothing.py"
    test.write_text("def test_it(): pass\n")

    run_pytest(test)

    remaining = databases(servers)
    with connect_mysql(servers.legacy_database_url) as legacy, legacy.cursor() as cursor:
        cursor.execute(f"DROP DATABASE `{alive}`")
    assert left not in remaining
    assert alive in remaining


def test_fresh_databases_are_empty_and_never_the_same_twice(servers: Servers) -> None:
    with fresh_postgres(servers) as first, fresh_postgres(servers) as second:
        assert first != second
    with fresh_mariadb(servers) as url, connect_mysql(url) as legacy, legacy.cursor() as cursor:
        cursor.execute("SHOW TABLES")
        assert cursor.fetchall() == ()


def test_the_servers_are_not_those_of_the_development_where_that_matters(
    servers: Servers, redis_url: str, mariadb: str
) -> None:
    assert redis_url != servers.redis_url
    assert mariadb != servers.legacy_database_url
    assert os.environ["SNAPSHOT_PATH"] != servers.environment["SNAPSHOT_PATH"]

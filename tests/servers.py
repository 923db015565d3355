"""pytest plugin: real servers for every run, and an own database for whoever asks for one.

Loaded with `-p tests.servers` before pytest-django reads the settings: it brings the development
stack up and puts its URLs and keys into the environment. Several runs, and the processes of one,
share the servers at the same time, so everything a run makes carries its pid, and what a killed run
left is removed by the next.

What a test may ask for:

    servers           the stack's URLs (deploy.stack.Servers)
    postgres          URL of a fresh, empty PostgreSQL database, dropped after the test
    mariadb_database  URL of a fresh, empty MariaDB database `edxapp_test_<pid>_<n>`, dropped after
    mariadb           URL of one such database for the whole run: LEGACY_DATABASE_URL during a run
    redis_url         URL of a Redis of this run alone, emptied before the test: REDIS_URL

`fresh_postgres` and `fresh_mariadb` are the same as context managers, for fixtures of other scopes.
Django's own test database is `test_modern_edx_test_<pid>_<n>`.
"""

import itertools
import os
import re
import shutil
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import redis
from psycopg import sql

from deploy.stack import Servers, StackError, up
from deploy.stack.private_redis import private_redis
from deploy.stack.reach import connect_mysql

_VACUUM_SECONDS = 20.0
_NUMBERS = itertools.count()
_OF_A_RUN = re.compile(r"^(?:(?:test_)?modern_edx_test|edxapp_test)_(\d+)_\d+$")
_RUN = pytest.StashKey[ExitStack]()
_SERVERS = pytest.StashKey[Servers]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Bring the servers up before anybody reads settings."""
    try:
        servers = up()
    except StackError as error:
        raise pytest.UsageError(str(error)) from error
    with ExitStack() as run:
        os.environ.update(servers.environment)
        # Left to pytest: a shell that evaluated `deploy.stack env` would name the development's.
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)
        _remove_leftovers(servers)
        if not _hands_tests_out(early_config):
            _isolate(servers, run)
        early_config.stash[_SERVERS] = servers
        yield
        early_config.stash[_RUN] = run.pop_all()


def _hands_tests_out(config: pytest.Config) -> bool:
    """Whether this process runs no test itself: what it isolated, those that do would share."""
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    numprocesses = getattr(config.known_args_namespace, "numprocesses", None)
    return bool(numprocesses) and not is_worker


def pytest_unconfigure(config: pytest.Config) -> None:
    """Drop what this run made."""
    config.stash.get(_RUN, ExitStack()).close()


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    return pytestconfig.stash[_SERVERS]


@pytest.fixture
def postgres(servers: Servers) -> Iterator[str]:
    with fresh_postgres(servers) as url:
        yield url


@pytest.fixture
def mariadb_database(servers: Servers) -> Iterator[str]:
    with fresh_mariadb(servers) as url:
        yield url


@pytest.fixture(scope="session")
def mariadb() -> str:
    return os.environ["LEGACY_DATABASE_URL"]


@pytest.fixture
def redis_url() -> str:
    url = os.environ["REDIS_URL"]
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@contextmanager
def fresh_postgres(servers: Servers, template: str = "template1") -> Iterator[str]:
    """Make a PostgreSQL database, empty or as its template, give its URL, drop it.

    To the template nobody may be connected.
    """
    name = f"modern_edx_test_{os.getpid()}_{next(_NUMBERS)}"
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield _with_database(servers.database_url, name)
    finally:
        _drop_postgres(servers, name)


@contextmanager
def fresh_mariadb(servers: Servers) -> Iterator[str]:
    """Make an empty MariaDB database, give its URL, drop it."""
    name = f"edxapp_test_{os.getpid()}_{next(_NUMBERS)}"
    _ask_mariadb(servers, f"CREATE DATABASE `{name}`")
    try:
        yield _with_database(servers.legacy_database_url, name)
    finally:
        _drop_mariadb(servers, name)


def _isolate(servers: Servers, run: ExitStack) -> None:
    """Point the run at things of its own, so that no test reads or changes the development's."""
    folder = Path(tempfile.mkdtemp(prefix="modern-edx-test-"))
    run.callback(shutil.rmtree, folder, ignore_errors=True)
    os.environ["SNAPSHOT_PATH"] = str(folder / "snapshot.json")
    # Django's test database gets its name from this one, which itself stays empty: code that
    # connects without asking for a test database meets nothing that somebody needs.
    os.environ["DATABASE_URL"] = run.enter_context(fresh_postgres(servers))
    os.environ["LEGACY_DATABASE_URL"] = run.enter_context(fresh_mariadb(servers))
    if "redis" in servers.private:
        os.environ["REDIS_URL"] = run.enter_context(private_redis(folder))


def _remove_leftovers(servers: Servers) -> None:
    """Drop the databases of runs that are gone; on our own servers, where pids mean something."""
    if "postgres" in servers.private:
        with psycopg.connect(servers.database_url) as connection:
            rows = connection.execute("SELECT datname FROM pg_database").fetchall()
        for name in _of_the_dead(row[0] for row in rows):
            _drop_postgres(servers, name)
    if "mariadb" in servers.private:
        rows = _ask_mariadb(servers, "SHOW DATABASES")
        for name in _of_the_dead(row[0] for row in rows):
            _drop_mariadb(servers, name)


def _of_the_dead(names: Iterator[str]) -> list[str]:
    matches = (_OF_A_RUN.match(name) for name in names)
    return [m.string for m in matches if m and not Path(f"/proc/{m[1]}").exists()]


def _drop_postgres(servers: Servers, name: str) -> None:
    """Drop a database; an autovacuum worker in it, which only a superuser may end, ends soon."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    deadline = time.monotonic() + _VACUUM_SECONDS
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        while True:
            try:
                connection.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return


def _drop_mariadb(servers: Servers, name: str) -> None:
    _ask_mariadb(servers, f"DROP DATABASE IF EXISTS `{name}`")


def _ask_mariadb(servers: Servers, statement: str) -> tuple[tuple[str, ...], ...]:
    with (
        closing(connect_mysql(servers.legacy_database_url)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
        return cursor.fetchall()


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))

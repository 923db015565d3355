"""Fixtures of the ETL's tests: databases with the recorded rows, and commands to run on them."""

from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from deploy.stack import Servers
from tests.etl.replication import Pair
from tests.etl.world import SERVERS, World, connected, migrate, restore
from tests.mysql import server
from tests.mysql.server import RELEASES
from tests.servers import fresh_mariadb, fresh_postgres


@pytest.fixture(scope="session")
def modern_template(servers: Servers) -> Iterator[str]:
    """The name of a database with modern's tables, to which nobody is connected."""
    with fresh_postgres(servers) as url:
        migrate(url)
        yield urlsplit(url).path.lstrip("/")


@pytest.fixture
def modern_url(servers: Servers, modern_template: str) -> Iterator[str]:
    with fresh_postgres(servers, modern_template) as url:
        yield url


@pytest.fixture(scope="session")
def shared_legacy_url(servers: Servers) -> Iterator[str]:
    with fresh_mariadb(servers) as url:
        yield url


@pytest.fixture(scope="session")
def mysql56_url() -> Iterator[str]:
    """A database of a MySQL 5.6 that belongs to this run, for a user as the bridge has it."""
    with ExitStack() as servers:
        yield mysql_url(servers, "mysql56")


@pytest.fixture(scope="session")
def mysql57_url() -> Iterator[str]:
    """The same of a MySQL 5.7."""
    with ExitStack() as servers:
        yield mysql_url(servers, "mysql57")


def mysql_url(servers: ExitStack, name: str) -> str:
    """Start a MySQL that belongs to this run; skip the test where there is none."""
    if reason := server.why_not(RELEASES[name]):
        pytest.skip(reason)
    folder = servers.enter_context(server.made(RELEASES[name]))
    return servers.enter_context(server.running(RELEASES[name], folder))


@pytest.fixture
def legacy_server(request: pytest.FixtureRequest) -> str:
    """Which server legacy has: MariaDB, unless a test is run `on_every_server`."""
    return getattr(request, "param", "mariadb")


@pytest.fixture
def legacy_url(legacy_server: str, request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(
        "shared_legacy_url" if legacy_server == "mariadb" else f"{legacy_server}_url"
    )
    restore(url)
    return url


@pytest.fixture
def world(legacy_url: str, modern_url: str) -> Iterator[World]:
    """Both databases, legacy with the recorded rows, and nothing of the bridge in either."""
    with connected(legacy_url, modern_url) as world:
        yield world


@pytest.fixture
def bridged(world: World) -> World:
    """A world with the bridge installed and the recorded rows copied."""
    world.installed()
    return world


@pytest.fixture(params=SERVERS)
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """A primary and its replica, which does not follow it yet; a test runs with each server."""
    if request.param in RELEASES and (reason := server.why_not(RELEASES[request.param])):
        pytest.skip(reason)
    with ExitStack() as servers:
        yield Pair(servers, request.param)

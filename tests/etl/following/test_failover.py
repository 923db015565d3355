"""Legacy fails over to a replica: the follower goes on there by GTID, and loses nothing."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from urllib.parse import urlsplit

import pytest

from deploy.stack.reach import connect_mysql
from tests.etl import private_mariadb
from tests.etl.world import World, connected, restore, wait_until
from tests.mysql56 import server as mysql56

INTERLEAVED = ("--auto-increment-increment=2", "--auto-increment-offset=1", "--log-slave-updates")
GROUPS = "SELECT id, name FROM auth_group ORDER BY id"


class Pair:
    """A primary with a log of named transactions, and its replica."""

    def __init__(self, servers: ExitStack, flavour: str) -> None:
        self._primary = servers.enter_context(ExitStack())
        start = _mysql if flavour == "mysql56" else _mariadb
        self.primary = self._primary.enter_context(start(servers, 1))
        self.replica = servers.enter_context(start(servers, 2))
        self.auto = (
            "MASTER_AUTO_POSITION=1" if flavour == "mysql56" else "MASTER_USE_GTID=slave_pos"
        )

    def replicate(self) -> None:
        """Let the replica follow the primary."""
        primary = urlsplit(self.primary)
        self.order(
            f"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={primary.port},"
            f" MASTER_USER='admin', MASTER_PASSWORD='admin', {self.auto}",
            "START SLAVE",
        )

    def fail_over(self) -> None:
        """Stop the primary, and let the replica stand alone."""
        self._primary.close()
        self.order("STOP SLAVE", "RESET SLAVE ALL")

    def order(self, *statements: str) -> None:
        """Tell the replica's administrator's wish."""
        url = mysql56.as_admin(self.replica)
        with closing(connect_mysql(url)) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def _mysql(servers: ExitStack, number: int) -> AbstractContextManager[str]:
    folder = servers.enter_context(mysql56.made())
    return mysql56.running(folder, *mysql56.GTID, f"server-id={number}")


def _mariadb(servers: ExitStack, number: int) -> AbstractContextManager[str]:
    folder = servers.enter_context(private_mariadb.made())
    options = (*private_mariadb.LOGGING, *INTERLEAVED, f"--server-id={number}")
    return private_mariadb.running(folder, *options)


@pytest.fixture(params=["mariadb", "mysql56"])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    if request.param == "mysql56" and (reason := mysql56.why_not()):
        pytest.skip(reason)
    with ExitStack() as servers:
        yield Pair(servers, request.param)


def test_the_follower_goes_on_with_a_replica_by_gtid_when_it_is_told(
    pair: Pair, modern_url: str
) -> None:
    restore(pair.primary)
    pair.replicate()
    with connected(pair.primary, modern_url) as before:
        before.installed()
        before.write("INSERT INTO auth_group (id, name) VALUES (9001, 'followed')")
        before.caught_up()
        before.write("INSERT INTO auth_group (id, name) VALUES (9003, 'not yet')")
        with connected(pair.replica, modern_url) as world:
            wait_until(lambda: has(world, 9003))
        pair.fail_over()

    with connected(pair.replica, modern_url) as after:
        refused = after.etl("follow", "--until-caught-up")
        after.write("INSERT INTO auth_group (id, name) VALUES (9005, 'behind')")
        moved = after.etl("follow", "--until-caught-up", "--after-failover")
        arrived = after.rows(GROUPS)
        after.write("DELETE FROM auth_group WHERE id = 9001")
        after.caught_up()

        assert refused.code == 2
        assert "run `etl follow --after-failover`" in refused.errors
        assert (moved.code, moved.errors) == (0, "")
        assert [key for key, _ in arrived][-3:] == [9001, 9003, 9005]
        assert after.rows(GROUPS) == after.legacy_rows(GROUPS)


def has(world: World, key: int) -> bool:
    return world.legacy_rows(f"SELECT id FROM auth_group WHERE id = {key}") != []


def test_a_server_that_lacks_what_modern_contains_is_not_followed(
    mysql56_url: str, world: World
) -> None:
    """The server of this run has GTIDs switched off, and so none of those that are asked for."""
    world.installed()
    world.modern.execute(
        "UPDATE bridge.position SET server = 'old', gtid = %s",
        (f"{'0' * 8}-0000-0000-0000-{'1' * 12}:1-5",),
    )
    with connected(mysql56_url, str(world.environment["DATABASE_URL"])) as other:
        refused = other.etl("follow", "--after-failover")

    assert refused.code == 2
    assert "never had some transactions that modern contains" in refused.errors


def test_a_place_without_gtids_stays_with_its_server(world: World) -> None:
    world.installed()
    world.modern.execute("UPDATE bridge.position SET server = 'old', gtid = NULL")

    refused = world.etl("follow", "--after-failover")

    assert refused.code == 2
    assert "the stored place has no GTIDs" in refused.errors

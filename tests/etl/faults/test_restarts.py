"""Servers that restart, fill up, refuse writes or go back in time: workers wait, and lose nothing.

The workers run all the time, as a supervisor would run them.
"""

import json
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from deploy.stack.accounts import give
from deploy.stack.reach import connect_mysql
from tests.etl.faults.contest import Account, Contest, total, written
from tests.etl.faults.forked import Forked
from tests.etl.faults.judging import begun, is_at_rest, judge, log_end
from tests.etl.faults.own_servers import OwnServers, modern_database, own_servers
from tests.etl.world import World, connected, restore, wait_until

GROUPS = "SELECT id, name FROM auth_group ORDER BY id"
ENROL = (
    "INSERT INTO student_courseenrollment (user_id, course_id, created, is_active, mode)"
    " VALUES (%s, %s, '2026-01-01', 1, 'audit')"
)
COPY_ANEW = ("backfill", "--resnapshot", "--workers", "1", "--tables", "student_courseenrollment")
REST_SECONDS = 120.0
RESTARTS = (
    ("modern", signal.SIGINT),  # fast: sessions are ended
    ("legacy", signal.SIGTERM),
    ("modern", signal.SIGQUIT),  # immediate: what is not in its log is lost
    ("legacy", signal.SIGKILL),
)


@pytest.fixture(scope="module")
def servers_of_our_own() -> Iterator[OwnServers]:
    with own_servers() as servers:
        yield servers


@pytest.fixture
def own(servers_of_our_own: OwnServers) -> Iterator[World]:
    """Two databases on servers that the test may stop, with the bridge between them."""
    with (
        modern_database(servers_of_our_own.modern) as modern,
        bridge_between(servers_of_our_own, modern) as world,
    ):
        yield world


@contextmanager
def bridge_between(servers: OwnServers, modern: str) -> Iterator[World]:
    legacy = servers.legacy.server.url
    restore(legacy)
    with connected(legacy, modern) as world:
        world.installed()
        yield world


@contextmanager
def working(world: World, *commands: str) -> Iterator[Callable[[str], bool]]:
    """Run workers that have to be there at the end, and to end in peace; says what they said."""
    workers = [Forked.start(world.environment, command) for command in commands]
    try:
        yield lambda words: any(words in worker.said() for worker in workers)
        assert [worker.name for worker in workers if not worker.is_running()] == []
    except AssertionError as failure:
        for worker in workers:
            failure.add_note(f"{worker.name} said: {worker.said()}")
        raise
    finally:
        for worker in workers:
            worker.terminate()
        ends = [worker.ended() for worker in workers]
    assert [(end.code, end.errors) for end in ends] == [(0, "")] * len(ends)


@contextmanager
def administered(url: str, *statements: str) -> Iterator[None]:
    """Let an administrator of MariaDB run the first statement before the block, the last behind."""
    for_later = statements[-1:]
    with closing(connect_mysql(url)) as connection, connection.cursor() as cursor:
        for statement in statements[:-1]:
            cursor.execute(statement)
        try:
            yield
        finally:
            for statement in for_later:
                cursor.execute(statement)


def durable(servers: OwnServers) -> None:
    """Let what was committed survive a crash of the process, as on a real server."""
    with administered(
        servers.legacy.server.admin_url,
        "SET GLOBAL innodb_flush_log_at_trx_commit = 1",
        "SET GLOBAL sync_binlog = 1",
    ):
        pass
    with psycopg.connect(servers.modern.server.admin_url, autocommit=True) as connection:
        connection.execute("ALTER ROLE modern SET synchronous_commit = on")


def test_restarts_of_both_servers_under_load_lose_nothing(
    own: World, servers_of_our_own: OwnServers
) -> None:
    contest, accounts = Contest.prepared(own), list[Account]()
    since = begun(own)
    urls = own.environment["LEGACY_DATABASE_URL"], own.environment["DATABASE_URL"]
    with working(own, "follow", "write-back"):
        for number, (side, how) in enumerate(RESTARTS):
            durable(servers_of_our_own)
            with connected(*urls) as world:
                with written(world, contest, seed=number) as some:
                    wait_until(lambda some=some: total(some).modern_writes > 20)
                world.write("INSERT INTO auth_group VALUES (%s, %s)", 9001 + 2 * number, f"{how}")
            accounts += some
            getattr(servers_of_our_own, side).restart(how)
        with connected(*urls) as world:
            wait_until(lambda: is_at_rest(world), seconds=REST_SECONDS)
            findings = judge(world, total(accounts), since)
            assert world.rows(GROUPS) == world.legacy_rows(GROUPS)

    assert [str(finding) for finding in findings if finding.broken] == []


def test_a_full_disk_is_told_and_waited_out(servers_of_our_own: OwnServers) -> None:
    with (
        small_disk(servers_of_our_own) as (filler, modern),
        bridge_between(servers_of_our_own, modern) as world,
    ):
        with working(world, "follow") as said:
            wait_until(lambda: said("following "))
            fill(filler)
            world.write_many(ENROL, [(1, f"{uuid4()}" * 5) for _ in range(3_000)])
            wait_until(lambda: said("PostgreSQL cannot go on now (could not extend file"))
            filler.unlink()
            wait_until(lambda: is_followed(world), seconds=REST_SECONDS)
        fill(filler)
        copying = Forked.start(world.environment, *COPY_ANEW)
        wait_until(lambda: "No space left on device" in copying.said())
        filler.unlink()

        assert copying.ended().code == 0
        world.caught_up()
        assert world.etl("verify", "--tables", "student_courseenrollment").code == 0


@contextmanager
def small_disk(servers: OwnServers) -> Iterator[tuple[Path, str]]:
    """Give a file that fills a disk, and a database that lives there; only root can mount one."""
    with tempfile.TemporaryDirectory(prefix="etl-disk-") as name:
        Path(name).chmod(0o755)
        mounted = subprocess.run(
            ("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", name),
            check=False,
            capture_output=True,
        )
        if mounted.returncode != 0:
            pytest.skip("no small file system can be mounted here")
        try:
            folder = Path(name, "tables")
            folder.mkdir()
            give(servers.modern.server.site.account, folder)
            with psycopg.connect(servers.modern.server.admin_url, autocommit=True) as connection:
                connection.execute(f"CREATE TABLESPACE small LOCATION '{folder}'".encode())
                connection.execute("GRANT CREATE ON TABLESPACE small TO modern")
            with modern_database(servers.modern, tablespace="small") as modern:
                yield Path(name, "filler"), modern
        finally:
            with psycopg.connect(servers.modern.server.admin_url, autocommit=True) as connection:
                connection.execute("DROP TABLESPACE IF EXISTS small")
            subprocess.run(("umount", name), check=True)


def fill(filler: Path) -> None:
    """Write until nothing more fits."""
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue


def is_followed(world: World) -> bool:
    query = "SELECT count(*) FROM {}"
    return world.rows(query.format("enrollment_enrollment")) == world.legacy_rows(
        query.format("student_courseenrollment")
    )


def test_a_postgresql_that_became_a_replica_is_waited_out(own: World) -> None:
    name = own.value("SELECT current_database()")
    with working(own, "follow") as said:
        wait_until(lambda: said("following "))
        own.modern.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
        end_sessions(own)
        own.write("INSERT INTO auth_group VALUES (9001, 'a')")
        wait_until(lambda: said("PostgreSQL cannot go on now (cannot execute"))
        own.modern.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only".encode())
        end_sessions(own)
        wait_until(lambda: is_equal(own), seconds=REST_SECONDS)


def is_equal(world: World) -> bool:
    return world.rows(GROUPS) == world.legacy_rows(GROUPS)


def end_sessions(world: World) -> None:
    world.modern.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'etl'"
    )


def test_a_legacy_that_refuses_writes_or_kills_connections_is_waited_out(
    own: World, servers_of_our_own: OwnServers
) -> None:
    admin = servers_of_our_own.legacy.server.admin_url
    with working(own, "write-back") as said:
        wait_until(lambda: said("carrying "))
        with administered(admin, "SET GLOBAL read_only = 1", "SET GLOBAL read_only = 0"):
            own.modern.execute("INSERT INTO auth_group VALUES (9002, 'while read-only')")
            wait_until(lambda: said("the legacy database cannot write now"))
        wait_until(lambda: is_equal(own), seconds=REST_SECONDS)
        for (number,) in own.legacy_rows(
            "SELECT id FROM information_schema.processlist WHERE id <> connection_id()"
            " AND db = DATABASE() AND user = 'bridge'"
        ):
            own.write(f"KILL {number}")
        own.modern.execute("INSERT INTO auth_group VALUES (9004, 'after a kill')")
        wait_until(lambda: said("the legacy database cannot be reached"))
        wait_until(lambda: is_equal(own), seconds=REST_SECONDS)


def test_a_clock_that_jumps_neither_stops_the_follower_nor_makes_it_lag(own: World) -> None:
    with own.legacy.cursor() as cursor:
        for number, moment in enumerate((1, 2_147_483_646, 1_000_000_000, 0)):
            cursor.execute(f"SET timestamp = {moment}")
            cursor.execute(f"INSERT INTO auth_group VALUES ({9001 + 2 * number}, 'at {moment}')")
            own.legacy.commit()
            with working(own, "follow"):
                wait_until(lambda: is_equal(own))
                status = json.loads(own.etl("status", "--json").output)
                assert status["follower"]["lag_seconds"] == 0.0, moment
            assert own.etl("status", "--prometheus").code == 0


@pytest.mark.parametrize("is_between_events", [False, True])
def test_a_legacy_that_was_restored_from_a_backup_is_noticed_wherever_its_log_is_now(
    own: World, servers_of_our_own: OwnServers, *, is_between_events: bool
) -> None:
    own.caught_up()
    ((offset,),) = own.rows('SELECT "offset" FROM bridge.position')
    with administered(servers_of_our_own.legacy.server.admin_url, "RESET MASTER", "SELECT 1"):
        pass
    own.write("INSERT INTO auth_group VALUES (9001, 'not in the old log')")
    while int(str(own.legacy_rows("SHOW MASTER STATUS")[0][1])) < int(str(offset)) + 1000:
        own.write_many(ENROL, [(1, f"{uuid4()}") for _ in range(500)])
    if is_between_events:
        own.modern.execute('UPDATE bridge.position SET "offset" = %s', (log_end(own).offset,))
        own.write("INSERT INTO auth_group VALUES (9003, 'would be all that arrives')")

    outcome = own.etl("follow", "--until-caught-up")

    assert outcome.code == 2, outcome
    assert outcome.errors.count("\n") == 1
    assert "run `etl backfill --resnapshot`" in outcome.errors
    assert own.etl("backfill", "--resnapshot").code == 0
    own.caught_up()
    assert own.rows(GROUPS) == own.legacy_rows(GROUPS)

"""The three servers, really started and stopped."""

import json
import socket
import sys
from pathlib import Path

import psycopg
import pymysql
import pytest
import redis

from deploy.stack import Servers, down, processes, up
from deploy.stack.errors import ServerUnreachable
from deploy.stack.layout import Layout
from deploy.stack.lifecycle import status
from deploy.stack.reach import connect_mysql
from deploy.stack.settings import StackSettings
from tests.deploy.conftest import NOTHING_GIVEN
from tests.etl import private_mariadb

NAMES = ("postgres", "mariadb", "redis")


@pytest.fixture(scope="module")
def stack(shared_root: Path) -> Servers:
    return up(shared_root, NOTHING_GIVEN)


def pids(root: Path) -> dict[str, int]:
    found = {name: processes.recall(Layout(root).pid_file(name)) for name in NAMES}
    return {name: process.pid for name, process in found.items() if process}


def only_redis(servers: Servers) -> StackSettings:
    """Borrow the databases of another stack, so that only Redis is started."""
    given = {"postgres": servers.database_url, "mariadb": servers.legacy_database_url}
    return StackSettings(given=given, environ={})


def test_up_gives_three_servers_that_answer(stack: Servers) -> None:
    with psycopg.connect(stack.database_url) as connection:
        row = connection.execute("SELECT current_database(), current_user").fetchone()
    with redis.Redis.from_url(stack.redis_url) as client:
        assert client.ping()
    connect_mysql(stack.legacy_database_url).close()
    assert row == ("modern_edx", "modern")
    assert stack.private == frozenset(NAMES)


def test_a_second_up_keeps_the_processes_and_the_ports(stack: Servers, shared_root: Path) -> None:
    before = pids(shared_root)

    again = up(shared_root, NOTHING_GIVEN)

    assert pids(shared_root) == before
    assert len(before) == 3
    assert again.environment == stack.environment
    assert again.started == frozenset()


def test_mariadb_behaves_as_the_legacy_server_does(stack: Servers) -> None:
    expected = {
        "log_bin": "ON",
        "binlog_format": "ROW",
        "binlog_row_image": "FULL",
        "binlog_row_metadata": "NO_LOG",
        "sql_mode": "",
        "character_set_server": "utf8mb3",
        "collation_server": "utf8mb3_general_ci",
        "auto_increment_increment": "2",
        "auto_increment_offset": "1",
        "time_zone": "+00:00",
        "max_connections": "200",
    }
    with connect_mysql(stack.legacy_database_url) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW VARIABLES")
        variables = dict(cursor.fetchall())

    assert {name: variables[name] for name in expected} == expected


def test_the_bridge_user_reads_the_log_and_owns_only_databases_named_edxapp(stack: Servers) -> None:
    with connect_mysql(stack.legacy_database_url) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW MASTER STATUS")
        assert len(cursor.fetchall()) == 1
        cursor.execute("CREATE DATABASE edxapp_other")
        cursor.execute("DROP DATABASE edxapp_other")
        with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
            cursor.execute("CREATE DATABASE somebody_elses")


def test_temporary_tables_outlive_the_start_of_another_server(stack: Servers) -> None:
    with connect_mysql(stack.legacy_database_url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE kept (id INT) ENGINE = Aria")
        with private_mariadb.made() as folder, private_mariadb.running(folder):
            cursor.execute("INSERT INTO kept VALUES (7)")
        cursor.execute("FLUSH TABLES")
        cursor.execute("SELECT id FROM kept")
        assert cursor.fetchall() == ((7,),)
        cursor.execute("DROP TEMPORARY TABLE kept")


def test_the_role_modern_may_create_databases_but_is_no_superuser(stack: Servers) -> None:
    with psycopg.connect(stack.database_url) as connection:
        row = connection.execute(
            "SELECT rolcreatedb, rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone()

    assert row == (True, False)


def test_a_wrong_password_is_refused_although_the_port_is_local(stack: Servers) -> None:
    url = stack.database_url.replace("//modern:", "//modern:not")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)


def test_secrets_are_readable_by_their_owner_alone(stack: Servers, shared_root: Path) -> None:
    layout = Layout(shared_root)

    assert [path.stat().st_mode & 0o777 for path in (layout.state, layout.env)] == [0o600, 0o600]


def test_a_shell_that_evaluated_the_environment_is_not_taken_for_foreign_servers(
    stack: Servers, shared_root: Path
) -> None:
    given = {
        "postgres": stack.database_url,
        "mariadb": stack.legacy_database_url,
        "redis": stack.redis_url,
    }

    again = up(shared_root, StackSettings(given=given, environ={}))

    assert again.private == frozenset(NAMES)


def test_servers_that_the_environment_names_are_used_and_not_started(
    stack: Servers, root: Path
) -> None:
    mixed = up(root, only_redis(stack))

    assert mixed.database_url == stack.database_url
    assert mixed.legacy_database_url == stack.legacy_database_url
    assert mixed.redis_url != stack.redis_url
    assert pids(root).keys() == {"redis"}


def test_a_named_server_that_does_not_answer_is_an_error_and_nothing_is_started(root: Path) -> None:
    given = {"postgres": "postgresql://modern:x@127.0.0.1:1/modern_edx"}

    with pytest.raises(ServerUnreachable, match=r"DATABASE_URL is set but .* unset DATABASE_URL"):
        up(root, StackSettings(given=given, environ={}))

    assert pids(root) == {}


def test_down_stops_by_pid_what_up_started_and_nothing_else(stack: Servers, root: Path) -> None:
    up(root, only_redis(stack))

    assert down(root) == ["redis"]
    assert pids(root) == {}
    assert set(status(root).values()) == {"stopped"}
    assert up(root, only_redis(stack)).started == {"redis"}


def test_a_stale_pid_file_is_no_server(stack: Servers, root: Path) -> None:
    layout = Layout(root)
    layout.make()
    layout.pid_file("redis").write_text(json.dumps({"pid": 1, "born": 1}))

    servers = up(root, only_redis(stack))

    assert servers.started == {"redis"}
    assert pids(root)["redis"] != 1


def test_a_torn_pid_file_is_no_server(stack: Servers, root: Path) -> None:
    layout = Layout(root)
    layout.make()
    layout.pid_file("redis").write_text("{")

    assert up(root, only_redis(stack)).started == {"redis"}


def test_a_process_that_lives_but_does_not_answer_is_replaced(stack: Servers, root: Path) -> None:
    layout = Layout(root)
    layout.make()
    deaf = processes.spawn(
        (sys.executable, "-c", "import signal; signal.pause()"), log=layout.log("redis"), cwd=root
    )
    processes.remember(layout.pid_file("redis"), deaf)

    up(root, only_redis(stack))

    assert not processes.alive(deaf)
    assert pids(root)["redis"] != deaf.pid


def test_a_port_that_somebody_took_is_chosen_again_and_the_data_stay(
    stack: Servers, root: Path
) -> None:
    before = up(root, only_redis(stack))
    down(root)
    port = int(before.redis_url.split(":")[2].removesuffix("/0"))

    with socket.create_server(("127.0.0.1", port)):
        after = up(root, only_redis(stack))

    assert after.redis_url != before.redis_url
    assert after.environment["BRIDGE_KEY"] == before.environment["BRIDGE_KEY"]

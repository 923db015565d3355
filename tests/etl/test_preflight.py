"""A legacy server that is not as the bridge needs it is refused with one line and a way out."""

from collections.abc import Iterator

import pytest

from tests.etl import private_mariadb
from tests.etl.world import Outcome, World, connected, restore, wait_until


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    interleaved = ("--auto-increment-increment=2", "--auto-increment-offset=1")
    options = (*private_mariadb.LOGGING, *interleaved)
    with (
        private_mariadb.made() as folder,
        private_mariadb.running(folder, *options) as url,
    ):
        yield url


@pytest.fixture
def lonely(server: str, modern_url: str) -> Iterator[World]:
    """A world whose legacy server nobody else uses."""
    restore(server)
    with connected(server, modern_url) as world:
        yield world


@pytest.mark.parametrize(
    ("variable", "value", "usual"),
    [
        ("binlog_format", "STATEMENT", "ROW"),
        ("binlog_format", "MIXED", "ROW"),
        ("binlog_row_image", "MINIMAL", "FULL"),
    ],
)
@pytest.mark.parametrize("command", ["install", "backfill", "follow"])
def test_a_log_without_whole_rows_is_refused(
    lonely: World, command: str, variable: str, value: str, usual: str
) -> None:
    if command == "follow":
        lonely.installed()
    lonely.write(f"SET GLOBAL {variable} = '{value}'")
    try:
        outcome = lonely.etl(command)
    finally:
        lonely.write(f"SET GLOBAL {variable} = '{usual}'")

    assert outcome.code == 2
    assert outcome.errors == (
        f"etl: the legacy server has {variable}={value}, not {usual} as it must: "
        f"SET GLOBAL {variable} = '{usual}', and in the server's configuration\n"
    )


@pytest.mark.parametrize(
    ("variable", "value", "usual"),
    [("auto_increment_increment", 1, 2), ("auto_increment_offset", 2, 1)],
)
def test_ids_that_could_meet_are_refused(
    lonely: World, variable: str, value: int, usual: int
) -> None:
    lonely.write(f"SET GLOBAL {variable} = {value}")
    try:
        outcome = lonely.etl("install")
    finally:
        lonely.write(f"SET GLOBAL {variable} = {usual}")

    assert outcome.code == 2
    assert f"{variable}={value}, but ids need {usual}" in outcome.errors
    assert lonely.value("SELECT to_regnamespace('bridge')") is None


def test_a_user_that_may_not_read_the_log_is_told_the_grants(
    lonely: World, server: str, modern_url: str
) -> None:
    reader = server.replace("admin:admin", "reader:reader")
    with connected(reader, modern_url) as world:
        outcome = world.etl("install")

    assert outcome.code == 2
    assert "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.*" in outcome.errors
    assert outcome.errors.count("\n") == 1


def test_a_log_that_was_purged_needs_a_new_snapshot_and_never_goes_on_from_now(
    lonely: World,
) -> None:
    lonely.installed()
    lonely.write("INSERT INTO auth_group (id, name) VALUES (9001, 'lost')")
    lonely.write("DELETE FROM auth_group WHERE id = 1")
    lonely.write("FLUSH BINARY LOGS")
    wait_until(lambda: is_purged(lonely))
    lonely.write("INSERT INTO auth_group (id, name) VALUES (9003, 'behind')")

    first, second, backfill = (
        lonely.etl("follow", "--until-caught-up"),
        lonely.etl("follow", "--until-caught-up"),
        lonely.etl("backfill"),
    )
    assert (first.code, second.code, backfill.code) == (2, 2, 2)
    assert first.errors == second.errors == backfill.errors
    assert "run `etl backfill --resnapshot`" in first.errors
    assert lonely.rows("SELECT id FROM auth_group WHERE id > 9000") == []
    assert "needs resnapshot" in lonely.etl("status").output

    assert lonely.etl("backfill", "--resnapshot").code == 0
    lonely.caught_up()
    assert lonely.rows("SELECT id FROM auth_group ORDER BY id") == lonely.legacy_rows(
        "SELECT id FROM auth_group ORDER BY id"
    )


def is_purged(world: World) -> bool:
    """Purge all but the last file, which the server only does when nobody reads an earlier one."""
    for (reader,) in world.legacy_rows(
        "SELECT id FROM information_schema.processlist WHERE command = 'Binlog Dump'"
    ):
        world.write(f"KILL {reader}")
    ((last, *_),) = world.legacy_rows("SHOW MASTER STATUS")
    world.write(f"PURGE BINARY LOGS TO '{last}'")
    return len(world.legacy_rows("SHOW BINARY LOGS")) == 1


def test_a_position_beyond_the_end_of_the_log_needs_a_new_snapshot(lonely: World) -> None:
    lonely.installed()
    lonely.modern.execute('UPDATE bridge.position SET "offset" = 999999999')

    outcome = lonely.etl("follow")

    assert outcome.code == 2
    assert "run `etl backfill --resnapshot`" in outcome.errors


def test_a_position_of_another_server_is_not_used(lonely: World) -> None:
    lonely.installed()
    lonely.modern.execute("UPDATE bridge.position SET server = '42'")

    for command in ("follow", "backfill"):
        outcome = lonely.etl(command)
        assert outcome.code == 2
        assert "the stored position belongs to server 42, and this is server 77" in outcome.errors


def test_a_follower_crosses_from_one_log_file_into_the_next(lonely: World) -> None:
    lonely.installed()
    for key in (9001, 9003, 9005):
        lonely.write("INSERT INTO auth_group (id, name) VALUES (%s, %s)", key, str(key))
        lonely.write("FLUSH BINARY LOGS")

    lonely.caught_up()

    assert lonely.rows("SELECT id FROM auth_group WHERE id > 9000 ORDER BY id") == [
        (9001,),
        (9003,),
        (9005,),
    ]


def test_a_log_with_checksums_off_is_read_as_well(lonely: World) -> None:
    lonely.installed()
    lonely.write("SET GLOBAL binlog_checksum = 'NONE'")
    try:
        lonely.write("INSERT INTO auth_group (id, name) VALUES (9001, 'a')")
        lonely.caught_up()
    finally:
        lonely.write("SET GLOBAL binlog_checksum = 'CRC32'")
    lonely.write("INSERT INTO auth_group (id, name) VALUES (9003, 'b')")
    lonely.caught_up()

    assert lonely.value("SELECT count(*) FROM auth_group WHERE id > 9000") == 2


def followed(world: World, setting: str) -> Outcome:
    """Follow an update that a session with this setting logged."""
    world.installed()
    with world.legacy.cursor() as cursor:
        cursor.execute(setting)
        cursor.execute("UPDATE auth_user SET first_name = 'x' WHERE id = 1")
    world.legacy.commit()
    return world.etl("follow", "--until-caught-up")


def test_partial_rows_from_before_the_server_was_mended_are_refused(lonely: World) -> None:
    outcome = followed(lonely, "SET SESSION binlog_row_image = 'MINIMAL'")

    assert outcome.code == 2
    assert "the log holds partial rows of auth_user" in outcome.errors


def test_a_write_that_is_logged_as_a_statement_is_a_barrier(lonely: World) -> None:
    outcome = followed(lonely, "SET SESSION binlog_format = 'STATEMENT'")

    assert outcome.code == 2
    assert "UPDATE in the legacy log changed auth_user" in outcome.errors
    assert "etl backfill --resnapshot --tables auth_user" in outcome.errors


def test_a_server_without_a_log_is_refused(modern_url: str) -> None:
    with private_mariadb.made() as folder, private_mariadb.running(folder) as url:
        restore(url)
        with connected(url, modern_url) as world:
            outcome = world.etl("install")

    assert outcome.code == 2
    assert outcome.errors == (
        "etl: the legacy server has log_bin=OFF, not 1 as it must: "
        "set log_bin and restart the server\n"
    )

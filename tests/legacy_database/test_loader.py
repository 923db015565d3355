import pytest
from pymysql.err import IntegrityError

from tests.legacy_database.raw import number, query
from tests.legacy_lms.database import facts, is_loaded, load, reset
from tests.legacy_lms.database.connection import Address
from tests.legacy_lms.database.errors import NotASandboxError, NotLoadedError, UnknownTableError
from tests.legacy_lms.database.loader import CLAIMED, checksums

PREFERENCES = "SELECT `key`, value FROM user_api_userpreference WHERE user_id = 7 ORDER BY id"


def test_a_database_that_is_missing_is_made(mariadb_database: str) -> None:
    name = Address.parse(mariadb_database).database
    query(mariadb_database, f"DROP DATABASE `{name}`")

    load(mariadb_database)

    assert is_loaded(mariadb_database)
    assert number(mariadb_database, "SELECT COUNT(*) FROM auth_user") == 22


def test_loading_again_leaves_alone_what_was_written_since(legacy: str) -> None:
    query(legacy, "UPDATE auth_userprofile SET bio = 'changed' WHERE user_id = 7")
    before = checksums(legacy)

    load(legacy)
    load(legacy, rows=False)

    assert checksums(legacy) == before


def test_loading_anew_ends_in_the_recorded_state(legacy: str, mariadb_database: str) -> None:
    load(mariadb_database)
    query(mariadb_database, "DELETE FROM student_courseenrollmentattribute")
    query(mariadb_database, "ALTER TABLE auth_userprofile DROP COLUMN bio")

    load(mariadb_database, anew=True)

    assert checksums(mariadb_database) == checksums(legacy)


def test_rows_can_follow_the_tables(mariadb_database: str) -> None:
    load(mariadb_database, rows=False)
    assert not is_loaded(mariadb_database)
    assert number(mariadb_database, "SELECT COUNT(*) FROM auth_user") == 0

    load(mariadb_database)

    assert is_loaded(mariadb_database)
    assert number(mariadb_database, "SELECT COUNT(*) FROM auth_user") == 22


def test_a_load_that_was_cut_off_is_begun_again(mariadb_database: str) -> None:
    name = Address.parse(mariadb_database).database
    query(mariadb_database, f"ALTER DATABASE `{name}` COMMENT '{CLAIMED}'")
    query(mariadb_database, "CREATE TABLE auth_user (id int)")
    assert not is_loaded(mariadb_database)

    load(mariadb_database)

    assert is_loaded(mariadb_database)
    assert number(mariadb_database, "SELECT COUNT(*) FROM auth_user") == 22


def test_a_database_with_tables_of_somebody_else_is_refused_and_left_alone(
    mariadb_database: str,
) -> None:
    query(mariadb_database, "CREATE TABLE auth_user (id int)")
    query(mariadb_database, "INSERT INTO auth_user VALUES (5)")

    with pytest.raises(NotASandboxError, match="name another database"):
        load(mariadb_database)

    assert query(mariadb_database, "SHOW TABLES") == [(b"auth_user",)]
    assert query(mariadb_database, "SELECT id FROM auth_user") == [(b"5",)]


def test_tables_of_other_rooms_survive_a_load(mariadb_database: str) -> None:
    load(mariadb_database, rows=False)
    query(mariadb_database, "CREATE TABLE bridge_origin (entry bigint)")

    load(mariadb_database, anew=True)

    assert number(mariadb_database, "SELECT COUNT(*) FROM bridge_origin") == 0


def test_resetting_a_table_puts_its_rows_back_and_no_others(legacy: str) -> None:
    recorded = query(legacy, PREFERENCES)
    query(legacy, "UPDATE user_api_userpreference SET value = 'eo'")
    query(legacy, "UPDATE auth_userprofile SET bio = 'changed' WHERE user_id = 7")

    reset(legacy, ["user_api_userpreference"])

    assert query(legacy, PREFERENCES) == recorded
    assert query(legacy, "SELECT bio FROM auth_userprofile WHERE user_id = 7") == [(b"changed",)]


def test_resetting_empties_a_table_that_was_recorded_empty(legacy: str) -> None:
    query(legacy, "INSERT INTO bulk_email_optout (user_id, course_id) VALUES (7, 'x')")

    reset(legacy)

    assert query(legacy, "SELECT * FROM bulk_email_optout") == []


def test_resetting_writes_rows_and_no_ddl_to_the_log(legacy: str) -> None:
    ((file, position),) = [row[:2] for row in query(legacy, "SHOW MASTER STATUS")]
    assert file
    assert position

    reset(legacy, ["auth_userprofile"])

    events = query(legacy, f"SHOW BINLOG EVENTS IN '{file.decode()}' FROM {position.decode()}")
    database = Address.parse(legacy).database.encode()
    mine = [event[2] for event in events if database in (event[5] or b"")]
    assert set(mine) <= {b"Table_map", b"Annotate_rows"}


def test_resetting_an_unknown_table_changes_nothing(legacy: str) -> None:
    query(legacy, "UPDATE auth_userprofile SET bio = 'changed' WHERE user_id = 7")

    with pytest.raises(UnknownTableError, match="no such legacy table: auth_usr"):
        reset(legacy, ["auth_userprofile", "auth_usr"])

    assert query(legacy, "SELECT bio FROM auth_userprofile WHERE user_id = 7") == [(b"changed",)]


def test_resetting_a_database_that_was_not_loaded_is_refused(mariadb_database: str) -> None:
    with pytest.raises(NotLoadedError, match="load it first"):
        reset(mariadb_database)


def test_the_next_ids_of_the_legacy_server_are_odd(legacy: str) -> None:
    for name in ("legacy one", "legacy two"):
        query(legacy, f"INSERT INTO auth_group (name) VALUES ('{name}')")

    ids = query(legacy, "SELECT id FROM auth_group WHERE name LIKE 'legacy %'")

    assert [int(row[0] or 0) % 2 for row in ids] == [1, 1]


def test_references_are_checked_for_everybody_else(legacy: str) -> None:
    with pytest.raises(IntegrityError, match="foreign key constraint fails"):
        query(legacy, "INSERT INTO auth_registration (activation_key, user_id) VALUES ('x', 999)")


def test_a_checksum_is_given_for_every_table(legacy_world: str) -> None:
    assert list(checksums(legacy_world)) == list(facts.tables())

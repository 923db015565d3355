"""A legacy table changes while it is followed: what is read, who waits, and what mends it."""

import signal
from dataclasses import replace

import pytest

from etl import inventory
from etl.tables import ALL, BY_SOURCE, Column, declared
from etl.values.convert import INTEGER
from tests.etl.world import Outcome, World, on_every_server, wait_until

RENAME = "ALTER TABLE auth_group CHANGE name title varchar(80) NOT NULL"
GROUPS = "SELECT id, name FROM auth_group ORDER BY id"
ACCEPT = ("follow", "--until-caught-up", "--accept-schema", "auth_group")
COPY_ANEW = ("backfill", "--resnapshot", "--tables", "auth_group")


def followed(world: World) -> Outcome:
    return world.etl("follow", "--until-caught-up")


def state(world: World, table: str = "auth_group") -> object:
    return world.value("SELECT state FROM bridge.checkpoint WHERE source = %s", table)


def name_of_ada(world: World) -> object:
    return world.value("SELECT first_name FROM identity_user WHERE id = 1")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE auth_group ADD COLUMN note int",
        "ALTER TABLE auth_group CHANGE name name varchar(99) NOT NULL",
        "RENAME TABLE auth_group TO _auth_group_del, _auth_group_gho TO auth_group",
    ],
)
def test_the_follower_stops_at_other_columns_and_says_what_goes_on(
    bridged: World, statement: str
) -> None:
    bridged.write("CREATE TABLE _auth_group_gho LIKE auth_group")
    bridged.write("UPDATE auth_user SET first_name = 'before' WHERE id = 1")
    bridged.write(statement)
    bridged.write("UPDATE auth_user SET first_name = 'behind' WHERE id = 1")

    first, second = followed(bridged), followed(bridged)

    assert (first.code, second.code) == (2, 2)
    assert first.errors == second.errors
    assert first.errors.count("\n") == 1
    assert "`etl follow --accept-schema auth_group`" in first.errors
    assert name_of_ada(bridged) == "before"
    assert state(bridged) == "needs schema"
    assert "needs schema: " in bridged.etl("status").output


@on_every_server
def test_rows_from_before_a_change_are_read_with_the_columns_they_had(bridged: World) -> None:
    bridged.write("INSERT INTO auth_group (id, name) VALUES (9001, 'before')")
    bridged.write("ALTER TABLE auth_group ADD COLUMN note varchar(9) FIRST")
    bridged.write("INSERT INTO auth_group (id, name, note) VALUES (9003, 'behind', 'x')")

    assert followed(bridged).code == 2
    assert bridged.rows("SELECT id, name FROM auth_group WHERE id > 9000") == [(9001, "before")]
    accepted = bridged.etl(*ACCEPT)

    assert (accepted.code, accepted.errors) == (0, "")
    assert bridged.rows(GROUPS) == bridged.legacy_rows(GROUPS)
    assert state(bridged) == "ok"


def test_a_dropped_column_that_no_map_names_is_accepted(bridged: World) -> None:
    bridged.write("ALTER TABLE auth_user ADD COLUMN note int FIRST")
    followed(bridged)
    assert bridged.etl("follow", "--until-caught-up", "--accept-schema", "auth_user").code == 0
    bridged.write("UPDATE auth_user SET first_name = 'with' WHERE id = 1")
    bridged.write("ALTER TABLE auth_user DROP COLUMN note")
    bridged.write("UPDATE auth_user SET first_name = 'without' WHERE id = 1")

    assert followed(bridged).code == 2
    assert name_of_ada(bridged) == "with"
    assert bridged.etl("follow", "--until-caught-up", "--accept-schema", "auth_user").code == 0
    assert name_of_ada(bridged) == "without"


def test_a_renamed_column_of_a_map_is_read_up_to_there_and_the_line_to_change_is_named(
    bridged: World,
) -> None:
    bridged.write("INSERT INTO auth_group (id, name) VALUES (9001, 'before')")
    bridged.write(RENAME)

    stopped = followed(bridged)
    refused = bridged.etl(*ACCEPT)

    assert (stopped.code, refused.code) == (2, 2)
    place = declared.place(BY_SOURCE["auth_group"], "name")
    problem = (
        f'auth_group.name is missing, but Column("name") in {place}, reads it: '
        'if it was renamed, write "title", to="name" for "name" there'
    )
    for said in (stopped.errors, refused.errors, bridged.etl("status").output):
        assert problem in said
    assert "; then run `etl follow --accept-schema auth_group`" in stopped.errors
    assert bridged.value("SELECT name FROM auth_group WHERE id = 9001") == "before"


def test_with_that_line_changed_the_follower_goes_on(
    bridged: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridged.write(RENAME)
    bridged.write("INSERT INTO auth_group (id, title) VALUES (9001, 'behind')")
    assert followed(bridged).code == 2
    changed = replace(
        BY_SOURCE["auth_group"],
        columns=(Column("id", kind=INTEGER), Column("title", to="name")),
    )
    maps = [changed if table.source == "auth_group" else table for table in ALL]
    monkeypatch.setattr(inventory, "ALL", maps)

    accepted = bridged.etl(*ACCEPT)

    assert (accepted.code, accepted.errors) == (0, "")
    assert bridged.rows(GROUPS) == bridged.legacy_rows("SELECT id, title FROM auth_group")
    assert bridged.etl("verify", "--tables", "auth_group").code == 0


def test_a_change_that_no_map_minds_says_so(bridged: World) -> None:
    bridged.write("ALTER TABLE auth_group ADD COLUMN note int")

    assert "their maps still fit, run `etl follow --accept-schema" in followed(bridged).errors


def test_a_table_that_changed_again_before_its_columns_were_read_waits(bridged: World) -> None:
    bridged.write("ALTER TABLE auth_group ADD COLUMN note varchar(80)")
    bridged.write("INSERT INTO auth_group (id, name, note) VALUES (9001, 'a', 'b')")
    bridged.write("ALTER TABLE auth_group CHANGE note remark varchar(80)")
    bridged.write("UPDATE auth_user SET first_name = 'behind' WHERE id = 1")
    assert followed(bridged).code == 2

    accepted = bridged.etl(*ACCEPT)

    assert accepted.code == 2
    assert "`etl backfill --resnapshot --tables auth_group`" in accepted.errors
    assert (state(bridged), name_of_ada(bridged)) == ("needs resnapshot", "behind")
    assert bridged.etl(*COPY_ANEW).code == 0
    bridged.caught_up()
    assert bridged.rows(GROUPS) == bridged.legacy_rows(GROUPS)


@pytest.mark.parametrize(
    "statement",
    ["TRUNCATE TABLE auth_group", "RENAME TABLE auth_group TO old, other TO auth_group"],
)
def test_a_table_with_other_rows_waits_for_its_snapshot_while_the_others_go_on(
    bridged: World, statement: str
) -> None:
    bridged.write("CREATE TABLE other LIKE auth_group")
    bridged.write(statement)
    bridged.write("INSERT INTO auth_group (id, name) VALUES (9001, 'behind')")
    bridged.write("UPDATE auth_user SET first_name = 'behind' WHERE id = 1")

    first, second, accepted = followed(bridged), followed(bridged), bridged.etl(*ACCEPT)

    assert (first.code, second.code, accepted.code) == (2, 2, 2)
    assert first.errors == second.errors == accepted.errors
    assert first.errors.endswith("`etl backfill --resnapshot --tables auth_group`\n")
    assert (state(bridged), name_of_ada(bridged)) == ("needs resnapshot", "behind")
    assert "needs resnapshot: " in bridged.etl("status").output
    assert bridged.etl(*COPY_ANEW).code == 0
    bridged.caught_up()
    assert bridged.rows(GROUPS) == bridged.legacy_rows(GROUPS) == [(9001, "behind")]


@on_every_server
def test_a_follower_that_runs_goes_on_and_copies_the_table_anew_when_asked(
    bridged: World,
) -> None:
    follower = bridged.etl_process("follow")
    wait_until(lambda: bridged.etl("status").output.startswith("follow: running"))
    bridged.write("TRUNCATE TABLE auth_group")
    wait_until(lambda: state(bridged) == "needs resnapshot")
    bridged.write("INSERT INTO auth_group (id, name) VALUES (9001, 'meanwhile')")

    copied = bridged.etl(*COPY_ANEW)
    bridged.write("INSERT INTO auth_group (id, name) VALUES (9003, 'behind')")
    wait_until(lambda: bridged.rows(GROUPS) == [(9001, "meanwhile"), (9003, "behind")])

    follower.send_signal(signal.SIGTERM)
    output, errors = follower.communicate(timeout=60)
    assert (copied.code, follower.returncode, errors) == (0, 0, "")
    assert "TRUNCATE in the legacy log changed auth_group" in output
    assert state(bridged) == "ok"


def test_rows_of_a_mirror_from_before_a_rename_arrive_in_the_mirror_as_it_was(
    world: World,
) -> None:
    world.write("CREATE TABLE fork_homework (id int PRIMARY KEY, note text)")
    world.installed()
    world.write("INSERT INTO fork_homework VALUES (1, 'before')")
    world.write("ALTER TABLE fork_homework CHANGE note remark text")
    world.write("INSERT INTO fork_homework VALUES (3, 'behind')")

    refused = followed(world)

    assert refused.code == 2
    assert "run `etl install`, which makes mirrors fit, then `etl backfill" in refused.errors
    assert world.rows("SELECT id, note FROM legacy.fork_homework") == [(1, "before")]
    assert (world.etl("install").code, world.etl("backfill").code) == (0, 0)
    world.caught_up()
    assert world.rows("SELECT id, remark FROM legacy.fork_homework ORDER BY id") == [
        (1, "before"),
        (3, "behind"),
    ]

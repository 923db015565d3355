"""Preparing both databases: once, again, only in words, and not at all where it is not safe."""

import pytest

from tests.etl.world import RECORDED, World

TRIGGERS = "SELECT count(*) FROM pg_trigger WHERE tgname = 'bridge_capture'"
OUTBOX = (
    "SELECT source, op::text, key, before IS NULL, after IS NULL FROM bridge.outbox ORDER BY seq"
)


def test_installing_again_changes_nothing(bridged: World) -> None:
    bridged.write("UPDATE bridge_origin SET last_seq = 7")
    bridged.modern.execute("INSERT INTO auth_group (name) VALUES ('modern')")
    before = bridged.rows(OUTBOX), bridged.value("SELECT max(id) FROM auth_group")

    outcome = bridged.etl("install")

    assert (outcome.code, outcome.errors) == (0, "")
    assert (bridged.rows(OUTBOX), bridged.value("SELECT max(id) FROM auth_group")) == before
    assert bridged.value(TRIGGERS) == len(RECORDED)
    assert bridged.legacy_rows("SELECT last_seq FROM bridge_origin") == [(7,)]
    bridged.caught_up()


def test_a_dry_run_says_what_it_would_do_and_does_nothing(world: World) -> None:
    outcome = world.etl("install", "--dry-run")

    assert outcome.code == 0
    assert all(line.startswith("would ") for line in outcome.output.splitlines())
    assert world.value(TRIGGERS) == 0
    assert world.value("SELECT to_regnamespace('bridge')") is None
    assert world.legacy_rows("SHOW TABLES LIKE 'bridge%'") == []


def test_modern_ids_are_even_and_above_all_that_either_side_has(bridged: World) -> None:
    bridged.write("INSERT INTO auth_group (id, name) VALUES (9001, 'legacy')")
    assert bridged.etl("install").code == 0

    new = [
        bridged.value("INSERT INTO auth_group (name) VALUES (%s) RETURNING id", name)
        for name in ("a", "b")
    ]
    assert bridged.etl("install").code == 0
    new.append(bridged.value("INSERT INTO auth_group (name) VALUES ('c') RETURNING id"))

    assert new == [9002, 9004, 9006]


def test_a_modern_write_is_recorded_with_both_images(bridged: World) -> None:
    bridged.modern.execute("INSERT INTO auth_group (id, name) VALUES (9002, 'a')")
    bridged.modern.execute("UPDATE auth_group SET name = 'b' WHERE id = 9002")
    bridged.modern.execute("DELETE FROM auth_group WHERE id = 9002")

    assert bridged.rows("SELECT source, op::text, key, before, after FROM bridge.outbox") == [
        ("auth_group", "I", "9002", None, {"id": 9002, "name": "a"}),
        ("auth_group", "U", "9002", {"id": 9002, "name": "a"}, {"id": 9002, "name": "b"}),
        ("auth_group", "D", "9002", {"id": 9002, "name": "b"}, None),
    ]


def test_a_write_that_changes_nothing_or_is_the_bridges_own_is_not_recorded(
    bridged: World,
) -> None:
    bridged.modern.execute("UPDATE identity_user SET username = username")
    with bridged.modern.transaction():
        bridged.modern.execute("SET LOCAL bridge.origin = 'legacy'")
        bridged.modern.execute("UPDATE identity_user SET first_name = 'x'")
    assert bridged.rows(OUTBOX) == []

    bridged.modern.execute("UPDATE identity_user SET first_name = 'y' WHERE id = 1")

    assert bridged.rows(OUTBOX) == [("auth_user", "U", "1", False, False)]


def test_a_changed_key_is_recorded_as_a_delete_and_an_insert(bridged: World) -> None:
    bridged.modern.execute("INSERT INTO auth_group (id, name) VALUES (9002, 'a')")
    bridged.modern.execute("UPDATE auth_group SET id = 9004 WHERE id = 9002")

    assert bridged.rows(OUTBOX)[1:] == [
        ("auth_group", "D", "9002", False, True),
        ("auth_group", "I", "9004", True, False),
    ]


def test_modern_tables_that_are_missing_are_named_with_the_way_out(world: World) -> None:
    world.modern.execute("DROP TABLE enrollment_history")

    outcome = world.etl("install")

    assert outcome.code == 2
    assert outcome.errors == (
        "etl: PostgreSQL has no table enrollment_history: run `python manage.py migrate`, "
        "then try again\n"
    )
    assert world.value("SELECT to_regnamespace('bridge')") is None


def test_a_legacy_table_that_does_not_fit_its_map_is_named(world: World) -> None:
    world.write("ALTER TABLE auth_group DROP COLUMN name")

    outcome = world.etl("install")

    assert outcome.code == 2
    assert outcome.errors.startswith("etl: auth_group.name is missing")


def test_a_cascade_in_legacy_is_refused_because_the_log_never_shows_it(world: World) -> None:
    world.write(
        "ALTER TABLE auth_user_groups ADD CONSTRAINT gone FOREIGN KEY (group_id)"
        " REFERENCES auth_group (id) ON DELETE CASCADE"
    )

    outcome = world.etl("install")

    assert outcome.code == 2
    assert "auth_user_groups has the foreign key gone with a cascade" in outcome.errors


@pytest.mark.parametrize("command", ["backfill", "follow", "status"])
def test_every_other_command_asks_for_the_installation(world: World, command: str) -> None:
    outcome = world.etl(command)

    assert outcome.code == 2
    assert "etl install" in outcome.errors
    assert outcome.errors.count("\n") == 1

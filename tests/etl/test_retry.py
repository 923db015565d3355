"""Rows that are set aside come back from their original bytes once their rule is mended."""

import pytest

from tests.etl.world import World

LATIN = b"caf\xe9"
KEYS = (9001, 9003, 9005)


@pytest.fixture
def aside(bridged: World) -> World:
    """Three groups whose names no rule covered, as if a later release of the bridge knows two."""
    bridged.write_many(
        "INSERT INTO auth_group (id, name) VALUES (%s, %s)", [(key, f"g {key}") for key in KEYS]
    )
    bridged.caught_up()
    with bridged.modern.transaction():
        bridged.modern.execute("SET LOCAL bridge.origin = 'legacy'")
        bridged.modern.execute("DELETE FROM auth_group WHERE id > 9000")
    for key, name in zip(KEYS, (b"g 9001", b"g 9003", LATIN), strict=True):
        bridged.modern.execute(
            "INSERT INTO bridge.set_aside (source, key, reason, original) VALUES"
            " ('auth_group', %s, 'an older rule', %s)",
            (str(key), [str(key).encode(), name]),
        )
    return bridged


def kept(world: World) -> list[tuple[object, ...]]:
    return world.rows("SELECT key, reason FROM bridge.set_aside ORDER BY key")


def stored(world: World) -> list[tuple[object, ...]]:
    return world.rows("SELECT id, name FROM auth_group WHERE id > 9000 ORDER BY id")


def test_rows_are_stored_from_their_originals_and_the_others_stay_with_a_new_reason(
    aside: World,
) -> None:
    aside.write("UPDATE auth_group SET name = 'not looked at' WHERE id = 9001")

    outcome = aside.etl("retry")

    assert (outcome.code, outcome.errors) == (1, "")
    assert outcome.output.splitlines() == [
        "auth_group: 3 tried, 2 stored; 1 stay: name: not valid UTF-8",
        "3 rows tried, 2 stored, 1 stay set aside",
    ]
    assert stored(aside) == [(9001, "g 9001"), (9003, "g 9003")]
    assert kept(aside) == [("9005", "name: not valid UTF-8")]
    assert aside.rows("SELECT original[2] FROM bridge.set_aside") == [(LATIN,)]
    assert aside.value("SELECT count(*) FROM bridge.outbox") == 0


def test_a_rehearsal_says_the_same_and_changes_nothing(aside: World) -> None:
    before = kept(aside)

    outcome = aside.etl("retry", "--dry-run", "--tables", "auth_group")

    assert outcome.code == 1
    assert outcome.output.splitlines()[-1] == ("3 rows tried, 2 would be stored, 1 stay set aside")
    assert (kept(aside), stored(aside)) == (before, [])


def test_one_row_comes_back_alone(aside: World) -> None:
    outcome = aside.etl("retry", "--tables", "auth_group", "--key", "9003")

    assert (outcome.code, outcome.errors) == (0, "")
    assert stored(aside) == [(9003, "g 9003")]
    assert [key for key, _ in kept(aside)] == ["9001", "9005"]


def test_a_key_without_its_table_is_refused(aside: World) -> None:
    outcome = aside.etl("retry", "--key", "9003")

    assert (outcome.code, outcome.output) == (2, "")
    assert outcome.errors == "etl: --key goes with one table: name it by --tables\n"


def test_a_row_whose_table_has_other_columns_now_is_read_from_legacy(aside: World) -> None:
    aside.modern.execute("UPDATE bridge.set_aside SET original = original || 'more'::bytea")

    assert aside.etl("retry").code == 0
    assert stored(aside) == [(key, f"g {key}") for key in KEYS]


def test_a_follower_that_runs_brings_the_rows_itself(aside: World) -> None:
    follower = aside.etl_process("follow")
    try:
        assert follower.stdout is not None
        assert "following" in follower.stdout.readline()
        outcome = aside.etl("retry")
    finally:
        follower.terminate()
        follower.communicate(timeout=60)

    assert (outcome.code, outcome.errors) == (0, "")
    assert stored(aside) == [(key, f"g {key}") for key in KEYS]
    assert kept(aside) == []


def test_a_newer_modern_write_of_the_row_is_left_alone(aside: World) -> None:
    aside.modern.execute("INSERT INTO auth_group (id, name) VALUES (9001, 'modern')")

    aside.etl("retry", "--tables", "auth_group", "--key", "9001")

    assert stored(aside) == [(9001, "modern")]

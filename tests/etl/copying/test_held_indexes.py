"""Indexes that are dropped for the time of a copy are all there after it, whatever happens."""

import pytest

from etl import exclusive
from etl.copying import held_indexes
from etl.exclusive import Direction
from tests.etl.copying.test_crew import BACKFILL, ENROL
from tests.etl.world import World, wait_until

INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE tablename = 'enrollment_enrollment' ORDER BY 1
"""


@pytest.fixture
def large(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world in which a table of this size has its indexes held; other processes hold none."""
    assert world.etl("install").code == 0
    world.write(ENROL.format(rows=3_000))
    world.legacy_rows("ANALYZE TABLE student_courseenrollment")
    monkeypatch.setattr(held_indexes, "MIN_ROWS", 1_000)
    return world


def test_indexes_are_dropped_while_a_table_is_copied_and_made_when_it_is(large: World) -> None:
    before = large.rows(INDEXES)
    assert large.etl(*BACKFILL, "--limit", "100").code == 1

    kept = large.rows(INDEXES)
    assert kept == [index for index in before if "UNIQUE INDEX" in str(index)]
    held = len(before) - len(kept)
    assert f"{held} indexes to make, 0 workers" in large.etl("status").output

    outcome = large.etl(*BACKFILL)

    assert (outcome.code, outcome.errors) == (0, "")
    assert f"{held} indexes made\n" in outcome.output
    assert large.rows(INDEXES) == before
    assert "backfill:" not in large.etl("status").output


def test_a_worker_killed_between_two_indexes_leaves_the_others_to_the_next(large: World) -> None:
    before = large.rows(INDEXES)
    assert large.etl(*BACKFILL, "--limit", "100").code == 1
    # The second index waits for a lock, and there the worker is killed.
    with large.modern.transaction():
        large.modern.execute("LOCK TABLE enrollment_enrollment IN ROW EXCLUSIVE MODE")
        process = large.etl_process(*BACKFILL)
        wait_until(lambda: large.value(_WAITING) == 1)
        process.kill()
        process.communicate()
    assert len(large.rows(INDEXES)) < len(before)

    assert large.etl(*BACKFILL).code == 0

    assert large.rows(INDEXES) == before
    assert large.rows("SELECT * FROM bridge.held_index") == []


def test_an_index_that_somebody_made_meanwhile_is_left_as_it_is(large: World) -> None:
    before = large.rows(INDEXES)
    assert large.etl(*BACKFILL, "--limit", "100").code == 1
    (definition,) = large.rows("SELECT definition FROM bridge.held_index LIMIT 1")[0]
    large.modern.execute(str(definition).encode())

    assert large.etl(*BACKFILL).code == 0

    assert large.rows(INDEXES) == before


def test_a_table_that_a_follower_copies_to_its_end_gets_its_indexes(large: World) -> None:
    before = large.rows(INDEXES)
    assert large.etl(*BACKFILL, "--limit", "100").code == 1
    follower = large.etl_process("follow")
    wait_until(lambda: exclusive.is_claimed(large.modern, Direction.FOLLOWING))

    outcome = large.etl(*BACKFILL)

    follower.terminate()
    follower.communicate(timeout=60)
    assert (outcome.code, outcome.errors) == (0, "")
    assert "made the index" in outcome.output
    assert large.rows(INDEXES) == before
    assert large.rows("SELECT * FROM bridge.chunk") == []


def test_a_table_with_rows_keeps_its_indexes(large: World) -> None:
    before = large.rows(INDEXES)
    large.modern.execute(
        "INSERT INTO enrollment_enrollment (id, user_id, course_key, active, mode)"
        " VALUES (2, 1, 'c', true, 'audit')"
    )

    assert large.etl(*BACKFILL, "--limit", "100").code == 1

    assert large.rows(INDEXES) == before


# The server has other databases, and relations of their own there have the same numbers.
_WAITING = """
    SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'ShareLock'
    AND relation = 'enrollment_enrollment'::regclass
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

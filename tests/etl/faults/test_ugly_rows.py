"""Rows that cannot be stored, among others, in any order: none stops the rest, and none is lost."""

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.etl.world import World

NUMBERS = itertools.count(9001, 2)
UGLY = "a!é\0\t\r\n\\'\"\u2028\U0001f600 "
ROW = st.tuples(
    st.integers(-(2**31), 2**31 - 1),
    st.text(UGLY, max_size=30),
    st.sampled_from(
        (
            None,
            "0000-00-00",
            "2015-02-00",
            "2015-00-10",
            "1000-01-01",
            "2016-01-01 00:00:00.123456",
            "9999-12-31 23:59:59.999999",
        )
    ),
    st.sampled_from((-128, -1, 0, 1, 2, 127)),
    st.text(UGLY, max_size=30),
)
# What a table of modern's may refuse, for reasons that no rule of the ETL knows.
REFUSES = "ALTER TABLE enrollment_enrollment ADD CONSTRAINT c CHECK (mode NOT LIKE '%!%')"
STORED = "SELECT id, user_id, course_key, enrolled_at, active, mode FROM enrollment_enrollment"
ASIDE = "SELECT key::bigint, original FROM bridge.set_aside WHERE source = %s"


def state(world: World) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """What is stored and what is set aside, both by key."""
    aside = world.rows(ASIDE, "student_courseenrollment")
    return sorted(world.rows(STORED), key=key), sorted(aside, key=key)


def key(row: tuple[object, ...]) -> int:
    return int(str(row[0]))


@settings(
    max_examples=6,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=st.lists(ROW, min_size=1, max_size=60))
def test_ugly_rows_are_stored_or_set_aside_alike_by_snapshot_and_log(
    bridged: World, rows: list[tuple[int, str, str | None, int, str]]
) -> None:
    bridged.modern.execute("ALTER TABLE enrollment_enrollment DROP CONSTRAINT IF EXISTS c")
    bridged.modern.execute(REFUSES)
    bridged.write_many(
        "INSERT INTO student_courseenrollment (id, user_id, course_id, created, is_active, mode)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [
            (number := next(NUMBERS), user, f"{number}{course}", *rest)
            for user, course, *rest in rows
        ],
    )
    bridged.caught_up()
    by_log = state(bridged)
    assert bridged.etl("backfill", "--resnapshot", "--tables", "student_courseenrollment").code == 0

    assert state(bridged) == by_log
    stored, aside = by_log
    legacy = bridged.legacy_rows("SELECT id, mode FROM student_courseenrollment")
    refused = {int(str(number)) for number, mode in legacy if "!" in str(mode)}
    assert {key(row) for row in aside} == refused
    assert {key(row) for row in stored} == {int(str(number)) for number, _ in legacy} - refused

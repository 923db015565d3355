"""How large a rehearsal is, from the one number that a person gives."""

import pytest

from etl.rehearsal.lags import Lags
from etl.rehearsal.plan import Plan


def test_learners_and_rows_follow_from_each_other() -> None:
    by_rows = Plan.of(learners=None, rows=60_000, seconds=1, rate=1)

    assert (by_rows.learners, by_rows.rows) == (3_000, 60_000)
    assert Plan.of(learners=3_000, rows=None, seconds=1, rate=1) == by_rows


@pytest.mark.parametrize("learners", [1, 100, 100_000])
def test_there_are_courses_enough_for_all_enrolments(learners: int) -> None:
    plan = Plan.of(learners=learners, rows=None, seconds=1, rate=1)

    assert plan.enrolments <= plan.learners * plan.courses


def test_the_pace_is_calm_then_busy_then_a_burst() -> None:
    plan = Plan.of(learners=10, rows=None, seconds=30, rate=100)

    assert [plan.pace(at) for at in (0, 9.9, 10.1, 20.1, 30, 31)] == [25, 25, 100, 200, 200, 200]


def test_lags_are_summed_up_in_milliseconds() -> None:
    assert Lags.of([0.001 * n for n in range(101)]) == Lags(101, 50, 95, 99, 100)
    assert Lags.of([0.25]) == Lags(1, 250, 250, 250, 250)
    assert Lags.of([]) == Lags(0, 0, 0, 0, 0)

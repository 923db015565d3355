"""A hundred kills while both sides write the same rows: nothing missing, extra or different."""

import pytest

from tests.etl.faults.killing import Plan
from tests.etl.faults.run import killed
from tests.etl.world import World

PLAN = Plan(seed=20260101, kills=50, first_kills=12)


@pytest.mark.timeout(600)
def test_a_hundred_kills_under_load_in_both_directions_lose_and_repeat_nothing(
    bridged: World,
) -> None:
    run = killed(bridged, PLAN)

    assert not run.broken, str(run)
    assert run.kills >= 2 * PLAN.kills

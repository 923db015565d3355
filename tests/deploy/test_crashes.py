"""The rule of starting again."""

from hypothesis import given
from hypothesis import strategies as st

from deploy.stack.crashes import Crashes


def after(*moments: float) -> Crashes:
    crashes = Crashes()
    for moment in moments:
        crashes = crashes.and_one(moment)
    return crashes


def test_the_pauses_double_up_to_eight_seconds() -> None:
    pauses = [after(*range(count)).wait_seconds for count in range(1, 6)]

    assert pauses == [1, 2, 4, 8, 8]


def test_five_ends_within_a_minute_are_a_loop() -> None:
    assert after(0, 1, 2, 3, 4).is_loop
    assert not after(0, 1, 2, 3).is_loop


@given(st.lists(st.floats(min_value=15, max_value=1e6), min_size=1, max_size=30))
def test_a_process_that_ends_every_quarter_of_a_minute_at_most_is_never_given_up(
    gaps: list[float],
) -> None:
    crashes, now = Crashes(), 0.0
    for gap in gaps:
        now += gap
        crashes = crashes.and_one(now)
        assert not crashes.is_loop

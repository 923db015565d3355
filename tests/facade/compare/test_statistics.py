import pytest
from hypothesis import given
from hypothesis import strategies as st

from facade.compare.statistics import wilson


@pytest.mark.parametrize(
    ("different", "compared", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 10, 0.0179, 0.4042),
        (5, 100, 0.0215, 0.1118),
        (0, 3000, 0.0, 0.00128),
    ],
)
def test_the_bounds_are_wilsons(different: int, compared: int, low: float, high: float) -> None:
    rate = wilson(different, compared)

    assert (rate.low, rate.high) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10**6), st.floats(0, 1))
def test_the_share_lies_within_its_bounds(compared: int, portion: float) -> None:
    rate = wilson(int(compared * portion), compared)

    assert 0 <= rate.low <= rate.share <= rate.high <= 1

"""When an upstream is asked, as times go by."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from facade.breaker import Breaker, BreakerState


def opened() -> Breaker:
    breaker = Breaker(threshold=2, cooldown_seconds=5.0)
    breaker.failed(100.0)
    breaker.failed(100.0)
    return breaker


def test_failures_in_a_row_open_it_for_the_cooldown() -> None:
    breaker = opened()
    assert breaker.state(104.9) is BreakerState.OPEN
    assert not breaker.allows(104.9)
    assert breaker.state(105.0) is BreakerState.HALF_OPEN
    assert breaker.allows(105.0)


def test_a_success_between_failures_keeps_it_closed() -> None:
    breaker = Breaker(threshold=2, cooldown_seconds=5.0)
    for _ in range(5):
        breaker.failed(100.0)
        breaker.succeeded()
    assert breaker.state(100.0) is BreakerState.CLOSED


def test_one_probe_passes_and_the_others_wait_for_it() -> None:
    breaker = opened()
    breaker.passing(105.0)
    assert not breaker.allows(105.0)
    breaker.succeeded()
    assert breaker.allows(105.0)


def test_a_probe_that_fails_opens_it_again() -> None:
    breaker = opened()
    breaker.passing(105.0)
    breaker.failed(106.0)
    assert breaker.state(110.9) is BreakerState.OPEN
    assert breaker.allows(111.0)


def test_a_probe_without_outcome_is_followed_by_another() -> None:
    breaker = opened()
    breaker.passing(105.0)
    assert not breaker.allows(109.9)
    assert breaker.allows(110.0)


def test_a_probe_that_is_withdrawn_is_followed_by_another_at_once() -> None:
    breaker = opened()
    breaker.passing(105.0)
    breaker.withdrawn(106.0)
    assert breaker.state(106.0) is BreakerState.HALF_OPEN
    assert breaker.allows(106.0)


def test_a_closed_breaker_has_no_probe_to_withdraw() -> None:
    breaker = Breaker(threshold=1)
    breaker.withdrawn(100.0)
    assert breaker.state(100.0) is BreakerState.CLOSED


class AnyHistory(RuleBasedStateMachine):
    """Whatever happens in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker(threshold=3, cooldown_seconds=5.0)
        self.now = 0.0

    @rule(seconds=st.floats(0, 10))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(outcome=st.sampled_from(["success", "failure", "withdrawal", "none"]))
    def a_request_passes(self, outcome: str) -> None:
        if self.breaker.allows(self.now):
            self.breaker.passing(self.now)
        if outcome == "success":
            self.breaker.succeeded()
        elif outcome == "failure":
            self.breaker.failed(self.now)
        elif outcome == "withdrawal":
            self.breaker.withdrawn(self.now)

    @invariant()
    def closed_and_only_closed_lets_everything_pass(self) -> None:
        is_closed = self.breaker.state(self.now) is BreakerState.CLOSED
        assert self.breaker.allows(self.now) or not is_closed

    @invariant()
    def it_never_stays_open_longer_than_the_cooldown(self) -> None:
        assert self.breaker.allows(self.now + 5.001)


TestAnyHistory = AnyHistory.TestCase

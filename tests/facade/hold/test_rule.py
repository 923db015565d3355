"""The rule of holding, without a clock or a socket: nobody is lost, nobody is given back twice."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from facade.hold.rule import Held, Holds
from facade.limits import HoldLimits

NAMES = st.sampled_from(("enrollment", "grades"))


def held(**limits: float) -> Holds[int]:
    holds: Holds[int] = Holds(HoldLimits(**limits))  # type: ignore[arg-type]  # ints and floats mixed
    holds.begin("enrollment", "t", until=100.0)
    return holds


def test_who_waits_is_given_back_in_the_order_they_came() -> None:
    holds = held()
    assert [holds.wait("enrollment", each, now=0.0) for each in (3, 1, 2)] == [True] * 3
    assert holds.held() == {"enrollment": Held("t", 3)}
    assert holds.end("enrollment") == [3, 1, 2]
    assert (holds.end("enrollment"), bool(holds)) == ([], False)


def test_one_too_many_is_refused_and_a_place_that_was_left_is_free() -> None:
    holds = held(number=2)
    assert [holds.wait("enrollment", each, now=0.0) for each in (1, 2, 3)] == [True, True, False]
    holds.leave(1)
    assert holds.wait("enrollment", 4, now=0.0)
    assert holds.end("enrollment") == [2, 4]


def test_bytes_are_counted_over_all_and_given_back() -> None:
    holds = held(total_bytes=10)
    holds.wait("enrollment", 1, now=0.0)
    holds.wait("enrollment", 2, now=0.0)
    assert [holds.grew(1, 4), holds.grew(1, 6), holds.grew(2, 4), holds.grew(2, 5)] == [
        True,
        True,
        True,
        False,
    ]
    holds.leave(2)
    assert holds.grew(1, 10)


def test_who_waits_too_long_is_given_up_and_the_others_go_on_waiting() -> None:
    holds = held(seconds=5.0)
    holds.wait("enrollment", 1, now=0.0)
    holds.wait("enrollment", 2, now=3.0)
    assert holds.sweep(4.9) == ([], [])
    assert holds.sweep(5.0) == ([], [1])
    assert holds.end("enrollment") == [2]
    assert (holds.waited["enrollment"], holds.expired["enrollment"]) == (2, 1)


def test_a_hold_that_nobody_ends_ends_itself() -> None:
    holds = held(seconds=500.0)
    holds.wait("enrollment", 1, now=99.0)
    assert holds.sweep(100.0) == ([1], [])
    assert not holds


def test_a_hold_can_be_renewed_while_others_wait() -> None:
    holds = held(seconds=500.0)
    holds.wait("enrollment", 1, now=0.0)
    holds.begin("enrollment", "u", until=200.0)
    assert holds.sweep(150.0) == ([], [])
    assert holds.held() == {"enrollment": Held("u", 1)}


def test_a_worker_that_ends_shortens_the_waiting_and_never_lengthens_it() -> None:
    holds = held(seconds=5.0)
    holds.wait("enrollment", 1, now=0.0)
    holds.wait("enrollment", 2, now=9.0)
    holds.hurry(until=7.0)
    assert holds.sweep(5.0) == ([], [1])
    assert holds.sweep(7.0) == ([], [2])
    holds.wait("enrollment", 3, now=6.0)
    assert holds.sweep(7.0) == ([], [3])


class AnyOrder(RuleBasedStateMachine):
    """Whatever happens in whatever order, each waiter comes out once, or left by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.holds: Holds[int] = Holds(HoldLimits(number=5, total_bytes=50, seconds=3.0))
        self.now = 0.0
        self.number = 0
        self.inside: list[int] = []

    @rule(name=NAMES, seconds=st.floats(0.5, 10.0))
    def begin(self, name: str, seconds: float) -> None:
        self.holds.begin(name, "t", until=self.now + seconds)

    @rule(name=NAMES)
    def wait(self, name: str) -> None:
        if self.holds.holds(name):
            self.number += 1
            taken = self.holds.wait(name, self.number, now=self.now)
            assert taken == (len(self.inside) < 5)
            self.inside += [self.number] if taken else []

    @rule(name=NAMES)
    def end(self, name: str) -> None:
        self.came_out(self.holds.end(name))

    @rule(seconds=st.floats(0.0, 4.0))
    def sweep(self, seconds: float) -> None:
        self.now += seconds
        released, expired = self.holds.sweep(self.now)
        self.came_out(released)
        self.came_out(expired)

    @rule(size=st.integers(0, 20))
    def grow(self, size: int) -> None:
        if self.inside and not self.holds.grew(self.inside[-1], size):
            self.leave()

    @rule()
    def leave(self) -> None:
        if self.inside:
            self.holds.leave(self.inside.pop())

    @invariant()
    def nobody_is_lost(self) -> None:
        assert sorted(self.holds.waiting()) == self.inside
        assert sum(each.waiting for each in self.holds.held().values()) == len(self.inside)

    def came_out(self, waiters: list[int]) -> None:
        for each in waiters:
            self.inside.remove(each)


TestAnyOrder = AnyOrder.TestCase

"""Who serves a request: the rule of the rollouts, and what a facade adds to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facade.decide import (
    Conditions,
    Decision,
    Upstream,
    after_failure,
    decide,
    decide_native,
    decide_not_built,
    decide_refused,
    decide_unrouted,
    decision,
    needs_actor,
)
from flags.access import Access
from flags.actor import ANONYMOUS, Actor
from flags.rollout import Rollout
from tests.flags.strategies import accesses, actors, courses, rollouts

UP, DOWN = Conditions(epoch=7, modern_up=True), Conditions(epoch=7, modern_up=False)
ADA = Actor(user_id=4, username="ada")
EVERYONE = Rollout(capability="enrollment", everyone=True)
conditions = st.builds(Conditions, epoch=st.integers(0, 99), modern_up=st.booleans())
anybody = actors | st.none()


def asked(access: Access, actor: Actor | None, now: Conditions) -> tuple[str, str]:
    found = decide(access, EVERYONE, actor, course_key=None, now=now)
    return found.upstream.value, found.reason


@given(accesses, rollouts, anybody, courses, conditions)
def test_modern_serves_only_whom_the_rollout_includes(
    access: Access, rollout: Rollout, actor: Actor | None, course: str | None, now: Conditions
) -> None:
    found = decide(access, rollout, actor, course_key=course, now=now)
    if found.upstream is Upstream.MODERN:
        assert now.modern_up
        assert actor is not None
        assert rollout.includes(actor, course, access)


@given(rollouts, anybody, courses, conditions)
def test_a_write_that_may_be_modern_s_never_reaches_legacy(
    rollout: Rollout, actor: Actor | None, course: str | None, now: Conditions
) -> None:
    found = decide(Access.WRITES, rollout, actor, course_key=course, now=now)
    may_be_modern = rollout.reason(actor or Actor(username="?"), course, Access.WRITES).included
    if may_be_modern is not False:
        assert found.upstream is not Upstream.LEGACY


@given(rollouts, anybody, courses, conditions)
def test_a_read_is_always_answered_by_somebody(
    rollout: Rollout, actor: Actor | None, course: str | None, now: Conditions
) -> None:
    found = decide(Access.READS, rollout, actor, course_key=course, now=now)
    assert found.upstream is not Upstream.NONE


@given(accesses, rollouts, anybody, courses, conditions)
def test_who_asks_matters_only_where_the_facade_says_so(
    access: Access, rollout: Rollout, actor: Actor | None, course: str | None, now: Conditions
) -> None:
    if not needs_actor(access, rollout):
        found = decide(access, rollout, actor, course_key=course, now=now)
        assert found == decide(access, rollout, ANONYMOUS, course_key=course, now=now)
        assert found.upstream is Upstream.LEGACY


@pytest.mark.parametrize(
    ("access", "actor", "now", "expected"),
    [
        (Access.READS, ADA, UP, ("modern", "everyone")),
        (Access.READS, ANONYMOUS, UP, ("modern", "everyone")),
        (Access.READS, ADA, DOWN, ("legacy", "modern-down")),
        (Access.WRITES, ADA, DOWN, ("none", "modern-down")),
        (Access.READS, None, UP, ("legacy", "actor-unknown")),
        (Access.WRITES, None, UP, ("none", "actor-unknown")),
        (Access.READS, Actor(username="new"), UP, ("legacy", "actor-unknown")),
        (Access.WRITES, Actor(username="new"), UP, ("none", "actor-unknown")),
    ],
)
def test_reads_fall_back_and_writes_wait(
    access: Access, actor: Actor | None, now: Conditions, expected: tuple[str, str]
) -> None:
    assert asked(access, actor, now) == expected


@pytest.mark.parametrize(
    ("failed", "access", "replayable", "expected"),
    [
        ((Upstream.MODERN, "users"), Access.READS, True, (Upstream.LEGACY, "modern-down")),
        ((Upstream.MODERN, "users"), Access.READS, False, (Upstream.NONE, "modern-down")),
        ((Upstream.MODERN, "users"), Access.WRITES, True, (Upstream.NONE, "modern-down")),
        ((Upstream.MODERN, "native"), Access.READS, True, (Upstream.NONE, "modern-down")),
        ((Upstream.LEGACY, "off"), Access.READS, True, (Upstream.NONE, "legacy-down")),
        ((Upstream.LEGACY, "modern-down"), Access.READS, True, (Upstream.NONE, "legacy-down")),
    ],
)
def test_only_a_replayable_read_of_modern_s_is_asked_again(
    failed: tuple[Upstream, str],
    access: Access,
    *,
    replayable: bool,
    expected: tuple[Upstream, str],
) -> None:
    found = after_failure(
        decision("enrollment", failed[0], 7, failed[1]), access, replayable=replayable
    )
    assert (found.upstream, found.reason) == expected


def test_what_no_flag_rules_has_its_place() -> None:
    assert decide_native("native", UP).upstream is Upstream.MODERN
    assert decide_native("native", DOWN).upstream is Upstream.NONE
    assert decide_unrouted(DOWN).upstream is Upstream.LEGACY
    assert decide_not_built("wiki", DOWN).upstream is Upstream.LEGACY
    assert decide_refused("enrollment", DOWN).upstream is Upstream.LEGACY


def test_a_decision_carries_its_receipt() -> None:
    receipt = Decision("enrollment", Upstream.MODERN, 7, "users").receipt
    assert receipt == b"X-Bridge-Decision: enrollment;modern;7;users"

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flags.access import Access
from flags.actor import ANONYMOUS, Actor
from flags.errors import BadRollout
from flags.rollout import BUCKETS, Reason, Rollout, Stage, bucket
from tests.flags.strategies import (
    accesses,
    actors,
    basis_points,
    courses,
    rollouts,
    salts,
    unresolved_actors,
    user_ids,
)

COURSE = "course-v1:edX+DemoX+Demo_Course"
ADA = Actor(user_id=2, username="ada", groups=frozenset({"beta"}))
SALT = "0123456789abcdef" * 2


def rollout(**parts: object) -> Rollout:
    return Rollout(capability="enrollment", salt=SALT, **parts)  # type: ignore[arg-type]  # any part


@given(salts, user_ids)
def test_a_user_stays_in_one_bucket_however_often_it_is_asked(salt: str, user: int) -> None:
    first = bucket(salt, user)
    bucket.cache_clear()

    assert bucket(salt, user) == first
    assert 0 <= first < BUCKETS


def test_the_bucket_is_the_one_that_other_implementations_compute() -> None:
    # printf 2 | openssl dgst -sha256 -hmac 0123...: its first 16 hex digits, modulo 10,000.
    assert bucket(SALT, 2) == 8285


@given(salts, user_ids, basis_points, basis_points)
def test_a_ramp_only_ever_adds_users_and_a_ramp_down_removes_the_last(
    salt: str, user: int, one: int, other: int
) -> None:
    low, high = sorted((one, other))
    actor = Actor(user_id=user, username="ada")
    small, large = (
        Rollout(capability="catalog", percent=percent, salt=salt) for percent in (low, high)
    )

    assert small.includes(actor, None, Access.READS) <= large.includes(actor, None, Access.READS)


@given(salts, user_ids)
def test_a_user_comes_in_with_the_basis_point_after_their_bucket(salt: str, user: int) -> None:
    at, actor = bucket(salt, user), Actor(user_id=user, username="ada")
    before, after = (
        Rollout(capability="catalog", percent=percent, salt=salt) for percent in (at, at + 1)
    )

    assert before.reason(actor, None, Access.READS) is Reason.NOT_INCLUDED
    assert after.reason(actor, None, Access.READS) is Reason.PERCENT


def test_each_basis_point_holds_its_share_of_users() -> None:
    users = 40_000
    chosen = sum(bucket(SALT, user) < 500 for user in range(1, users + 1))
    tenths = Counter(bucket(SALT, user) // 1000 for user in range(1, users + 1))

    # Five standard deviations of a fair draw; the draw is fixed by the salt.
    assert abs(chosen - users * 0.05) < 5 * (users * 0.05 * 0.95) ** 0.5
    assert all(
        abs(count - users / 10) < 5 * (users * 0.1 * 0.9) ** 0.5 for count in tenths.values()
    )


def test_two_salts_choose_independent_users() -> None:
    users = range(1, 20_001)
    both = sum(bucket("a" * 32, user) < 1000 and bucket("b" * 32, user) < 1000 for user in users)

    assert 130 < both < 270  # 200 of 20,000, were it a fair draw


@given(rollouts, actors, courses, accesses)
def test_included_is_what_the_reason_says(
    rule: Rollout, actor: Actor, course: str | None, access: Access
) -> None:
    reason = rule.reason(actor, course, access)

    assert rule.includes(actor, course, access) is (reason.included is True)


@given(rollouts, actors, courses, accesses)
def test_what_a_rule_does_not_need_does_not_matter(
    rule: Rollout, actor: Actor, course: str | None, access: Access
) -> None:
    seen = actor if rule.needs_actor else ANONYMOUS
    where = course if rule.needs_course else None

    assert rule.reason(seen, where, access) is rule.reason(actor, course, access)


@given(rollouts, actors, courses)
def test_reads_only_keeps_every_write_on_legacy(
    rule: Rollout, actor: Actor, course: str | None
) -> None:
    assert not replace(rule, reads_only=True).includes(actor, course, Access.WRITES)


@given(rollouts, actors, courses, accesses)
def test_a_killed_rollout_includes_nobody(
    rule: Rollout, actor: Actor, course: str | None, access: Access
) -> None:
    killed = replace(rule, everyone=False)

    assert killed.reason(actor, course, access) is Reason.OFF
    assert killed.stage is Stage.LEGACY
    assert not killed.needs_actor
    assert not killed.needs_course


@given(rollouts, courses, accesses)
def test_anonymous_visitors_count_only_for_everyone_and_courses(
    rule: Rollout, course: str | None, access: Access
) -> None:
    assert rule.reason(ANONYMOUS, course, access) not in {
        Reason.USERS,
        Reason.GROUPS,
        Reason.PERCENT,
        Reason.UNDECIDABLE,
    }


@given(rollouts, unresolved_actors, courses, accesses)
def test_somebody_without_an_id_is_undecidable_exactly_where_the_id_would_decide(
    rule: Rollout, actor: Actor, course: str | None, access: Access
) -> None:
    reason = rule.reason(actor, course, access)
    as_anonymous = rule.reason(ANONYMOUS, course, access)
    asks_for_id = rule.needs_actor and as_anonymous is Reason.NOT_INCLUDED

    assert reason is (Reason.UNDECIDABLE if asks_for_id else as_anonymous)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"everyone": True}, Reason.EVERYONE),
        ({"users": frozenset({2})}, Reason.USERS),
        ({"groups": frozenset({"beta"})}, Reason.GROUPS),
        ({"courses": frozenset({COURSE})}, Reason.COURSES),
        ({"orgs": frozenset({"edX"})}, Reason.ORGS),
        ({"percent": BUCKETS}, Reason.PERCENT),
        ({}, Reason.NOT_INCLUDED),
    ],
)
def test_each_part_includes_by_itself(parts: dict[str, object], reason: Reason) -> None:
    assert rollout(**parts).reason(ADA, COURSE, Access.WRITES) is reason


def test_the_highest_part_gives_the_reason() -> None:
    parts = {
        "everyone": True,
        "users": frozenset({2}),
        "groups": frozenset({"beta"}),
        "courses": frozenset({COURSE}),
        "orgs": frozenset({"edX"}),
        "percent": BUCKETS,
    }
    given_reasons = []
    while parts:
        given_reasons.append(rollout(**parts).reason(ADA, COURSE, Access.READS))
        parts.pop(next(iter(parts)))

    assert [str(reason) for reason in given_reasons] == [
        "everyone",
        "users",
        "groups",
        "courses",
        "orgs",
        "percent",
    ]


@pytest.mark.parametrize(
    ("parts", "stage"),
    [
        ({}, Stage.LEGACY),
        ({"shadow": 100}, Stage.SHADOW),
        ({"percent": 1}, Stage.CANARY),
        ({"courses": frozenset({COURSE})}, Stage.CANARY),
        ({"everyone": True, "reads_only": True}, Stage.CANARY),
        ({"everyone": True}, Stage.MODERN),
        ({"everyone": False, "percent": 100, "shadow": 100}, Stage.LEGACY),
    ],
)
def test_the_stage_names_the_state(parts: dict[str, object], stage: Stage) -> None:
    assert rollout(**parts).stage is stage


@given(
    st.integers().filter(lambda number: not 0 <= number <= BUCKETS),
    st.sampled_from(["percent", "shadow"]),
)
def test_a_percentage_out_of_range_is_refused(number: int, part: str) -> None:
    with pytest.raises(BadRollout, match="from 0 to 100 percent"):
        rollout(**{part: number})


@given(basis_points)
def test_a_percentage_without_salt_is_refused(percent: int) -> None:
    assume(percent)
    with pytest.raises(BadRollout, match="salt is missing"):
        Rollout(capability="catalog", percent=percent)

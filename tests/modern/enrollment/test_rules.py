"""The enrolment rules for every input, by property, and for the recorded cases, by example."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modern.lms.catalog.data import Course
from modern.lms.enrollment import rules
from modern.lms.enrollment.data import Attribute, CourseOffer, Mode
from modern.lms.enrollment.rules import State

NOW = datetime(2016, 9, 5, 7, tzinfo=UTC)
MOMENTS = st.datetimes(
    min_value=datetime.fromisoformat("2012-01-01"),
    max_value=datetime.fromisoformat("2030-01-01"),
    timezones=st.just(UTC),
)
SLUGS = st.sampled_from(["audit", "honor", "verified", "credit", "no-id-professional"])
MODES = st.lists(
    st.builds(Mode, slug=SLUGS, name=st.text(max_size=5), expires_at=st.none() | MOMENTS),
    max_size=6,
)
STATES = st.tuples(st.booleans(), SLUGS)


def an_offer(*slugs: str) -> CourseOffer:
    return CourseOffer(
        course_key="course-v1:Lab+1+2016",
        starts_at=None,
        ends_at=None,
        enrollment_starts_at=None,
        enrollment_ends_at=None,
        invitation_only=False,
        modes=tuple(Mode(slug=slug, name=slug.title()) for slug in slugs),
    )


def a_course(
    *, begins: datetime | None = None, ends: datetime | None = None, invitation_only: bool = False
) -> Course:
    nothing = dict.fromkeys(field.name for field in fields(Course))
    period = {"enrollment_starts_at": begins, "enrollment_ends_at": ends}
    return Course(**{**nothing, **period, "invitation_only": invitation_only})


@given(MODES, MOMENTS)
def test_an_expired_mode_is_offered_only_when_asked_for(modes: list[Mode], now: datetime) -> None:
    current = rules.available(modes, now=now)
    everything = rules.available(modes, now=now, include_expired=True)

    assert all(mode.expires_at is None or mode.expires_at >= now for mode in current)
    assert everything == (tuple(modes) or rules.ONLY_AUDIT)


def test_a_course_whose_modes_all_expired_offers_audit() -> None:
    gone = Mode(slug="verified", name="Verified", expires_at=NOW - timedelta(seconds=1))

    assert rules.available([gone], now=NOW) == rules.ONLY_AUDIT


def test_a_mode_can_be_chosen_in_the_very_moment_it_expires() -> None:
    last_call = Mode(slug="verified", name="Verified", expires_at=NOW)

    assert rules.available([last_call], now=NOW) == (last_call,)


@pytest.mark.parametrize(
    ("slugs", "expected"),
    [
        (["audit", "honor", "verified"], "audit"),
        (["honor", "verified"], "honor"),
        (["no-id-professional"], "audit"),
    ],
)
def test_the_default_mode_is_audit_then_honor(slugs: list[str], expected: str) -> None:
    assert rules.default_mode(an_offer(*slugs)) == expected


@pytest.mark.parametrize(
    "course",
    [a_course(), a_course(begins=NOW - timedelta(1), ends=NOW + timedelta(1))],
)
def test_a_course_admits_people_inside_its_period(course: Course) -> None:
    assert rules.admits(course, now=NOW)


@pytest.mark.parametrize(
    "course",
    [
        a_course(begins=NOW + timedelta(1)),
        a_course(ends=NOW - timedelta(1)),
        a_course(begins=NOW),
        a_course(ends=NOW),
        a_course(invitation_only=True),
    ],
)
def test_a_course_is_closed_outside_its_period_and_by_invitation(course: Course) -> None:
    assert not rules.admits(course, now=NOW)


def test_credit_needs_its_provider_once_any_attribute_is_given() -> None:
    provider = Attribute("credit", "provider_id", "hogwarts")
    other = Attribute("order", "order_number", "EDX-1")

    assert rules.missing_attributes("credit", [provider, other]) == ()
    assert rules.missing_attributes("credit", [other]) == ("credit:provider_id",)
    assert rules.missing_attributes("credit", []) == ()
    assert rules.missing_attributes("verified", [other]) == ()
    assert rules.missing_attributes(None, [other]) == ()


def test_enrolling_in_another_mode_than_the_default_is_two_events() -> None:
    assert rules.transitions(None, (True, "verified"), joined_as="audit") == [
        ("edx.course.enrollment.activated", "audit"),
        ("edx.course.enrollment.mode_changed", "verified"),
    ]


@given(STATES, STATES)
def test_a_change_tells_each_difference_once_in_the_mode_it_leads_to(
    before: State, after: State
) -> None:
    events = rules.transitions(before, after)

    named = [name.rpartition(".")[2] for name, _ in events]
    expected = [("activated" if after[0] else "deactivated")] if before[0] != after[0] else []
    expected += ["mode_changed"] if before[1] != after[1] else []
    assert named == expected
    assert all(mode == after[1] for _, mode in events)


@given(st.none() | st.tuples(st.sampled_from([False]), SLUGS), SLUGS, SLUGS)
def test_who_replays_the_events_of_joining_ends_in_the_mode_chosen(
    before: State | None, default: str, chosen: str
) -> None:
    events = rules.transitions(before, (True, chosen), joined_as=default)

    assert events[0] == ("edx.course.enrollment.activated", default)
    assert events[-1][1] == chosen
    assert len(events) <= 2

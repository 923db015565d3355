from datetime import timedelta
from typing import Any

import pytest

from modern.lms.catalog import api
from modern.lms.catalog.errors import UnknownCourse
from modern.shared.identity.data import Actor
from modern.shared.identity.models import User
from tests.modern.factories import (
    DEMO,
    FAR_OFF,
    LONG_AGO,
    NOW,
    make_course,
    make_invitation,
    make_role,
    make_user,
)

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)
CLOSED = {"enrollment_ends_at": NOW - A_DAY}


def sees(viewer: Actor | None = None) -> bool:
    """Say whether the course is in the list, having checked that the single look agrees."""
    listed = api.visible_courses(viewer=viewer, now=NOW).total == 1
    try:
        api.visible_course(DEMO, viewer=viewer, now=NOW)
    except UnknownCourse:
        assert not listed
    else:
        assert listed
    return listed


def person(**more: Any) -> Actor:
    user = make_user(**more)
    return Actor(
        id=user.pk,
        username=user.username,
        is_staff=user.is_staff,
        is_superuser=False,
        is_active=user.is_active,
    )


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({}, True),
        ({**CLOSED}, True),
        ({**CLOSED, "starts_at": None}, True),
        ({**CLOSED, "starts_at": NOW}, False),
        ({**CLOSED, "starts_at": FAR_OFF}, False),
        ({**CLOSED, "staff_only": True}, False),
        ({"starts_at": FAR_OFF}, True),
        ({"starts_at": FAR_OFF, "enrollment_starts_at": NOW + A_DAY}, False),
        ({"starts_at": FAR_OFF, "enrollment_starts_at": NOW - A_DAY}, True),
        ({"starts_at": FAR_OFF, "enrollment_ends_at": NOW}, False),
        ({"starts_at": FAR_OFF, "enrollment_ends_at": NOW + A_DAY}, True),
        ({"starts_at": FAR_OFF, "invitation_only": True}, False),
        ({"staff_only": True}, True),
    ],
)
def test_a_stranger_sees_what_they_could_open_or_enrol_in(
    fields: dict[str, Any], *, shown: bool
) -> None:
    make_course(**fields)

    assert sees() is shown


@pytest.mark.parametrize("role", ["staff", "instructor"])
@pytest.mark.parametrize("key", [DEMO, ""])
def test_its_staff_sees_a_course_before_anybody_else(role: str, key: str) -> None:
    make_course(starts_at=FAR_OFF, staff_only=True, **CLOSED)
    viewer = person()
    assert not sees(viewer)

    make_role(User(pk=viewer.id), role, course_key=key)

    assert sees(viewer)


def test_global_staff_sees_everything() -> None:
    make_course(starts_at=FAR_OFF, staff_only=True, **CLOSED)

    assert sees(person(is_staff=True))


def test_staff_who_are_not_confirmed_see_what_strangers_see() -> None:
    make_course(starts_at=FAR_OFF, **CLOSED)

    assert not sees(person(is_staff=True, is_active=False))


@pytest.mark.parametrize(("days", "shown"), [(None, False), (1.0, False), (2.5, True)])
def test_beta_testers_see_a_course_as_many_days_early_as_it_says(
    days: float | None, *, shown: bool
) -> None:
    make_course(starts_at=NOW + 2 * A_DAY, beta_days_early=days, **CLOSED)
    viewer = person()
    assert not sees(viewer)

    make_role(User(pk=viewer.id), "beta_testers")

    assert sees(viewer) is shown


@pytest.mark.parametrize("is_active", [True, False])
def test_who_is_invited_sees_a_course_that_nobody_else_can_enrol_in(*, is_active: bool) -> None:
    make_course(starts_at=FAR_OFF, staff_only=True, invitation_only=True)
    viewer = person(is_active=is_active)
    assert not sees(viewer)

    make_invitation("ADA@example.org")

    assert sees(viewer)
    assert not sees()


def test_a_course_that_exists_can_be_read_whoever_asks() -> None:
    make_course(starts_at=FAR_OFF, staff_only=True, **CLOSED)

    assert api.course(DEMO).starts_at == FAR_OFF
    assert api.courses([DEMO, "DemoU/None/Such"]).keys() == {DEMO}


def test_a_course_that_does_not_exist_is_unknown() -> None:
    with pytest.raises(UnknownCourse):
        api.course(DEMO)


def test_prerequisites_are_the_keys_of_courses() -> None:
    make_course(prerequisite_courses='["DemoU/CS100/2012"]')
    make_course("DemoU/CS100/2012", prerequisite_courses="")

    assert api.course(DEMO).prerequisite_courses == ("DemoU/CS100/2012",)
    assert api.course("DemoU/CS100/2012").prerequisite_courses == ()


def test_a_course_knows_its_own_dates() -> None:
    make_course(ends_at=NOW, enrollment_ends_at=NOW, starts_at=LONG_AGO)

    course = api.course(DEMO)

    assert course.has_started(NOW)
    assert not course.has_ended(NOW)
    assert course.has_ended(NOW + A_DAY)
    assert course.is_enrollment_open(NOW - A_DAY)
    assert not course.is_enrollment_open(NOW)

from typing import Any

import pytest

from modern.shared.identity.data import Actor
from modern.shared.identity.models import User
from modern.shared.keys import InvalidCourseKey
from modern.shared.permissions import api
from modern.shared.permissions.data import NOWHERE
from modern.shared.permissions.models import ForumRole
from tests.modern.factories import DEMO, make_role, make_user

pytestmark = pytest.mark.django_db
SIBLING = "course-v1:DemoU+CS102+2016_T3"
ELSEWHERE = "course-v1:LabU+CS101+2016_T3"


@pytest.fixture
def ada() -> User:
    return make_user()


def actor_of(user: User, **more: Any) -> Actor:
    powers = {"is_staff": False, "is_superuser": False, "is_active": True} | more
    return Actor(id=user.pk, username=user.username, **powers)


@pytest.mark.parametrize("role", ["staff", "instructor"])
def test_a_role_in_a_course_holds_in_that_course(ada: User, role: str) -> None:
    make_role(ada, role)

    assert api.is_course_staff(ada.pk, DEMO)
    assert not api.is_course_staff(ada.pk, SIBLING)


def test_a_role_of_an_organisation_holds_in_all_its_courses(ada: User) -> None:
    make_role(ada, "staff", course_key="")

    assert api.is_course_staff(ada.pk, DEMO)
    assert api.is_course_staff(ada.pk, "DemoU/Old/2012")
    assert not api.is_course_staff(ada.pk, ELSEWHERE)


@pytest.mark.parametrize(
    ("role", "org", "key"),
    [
        ("beta_testers", "DemoU", DEMO),
        ("staff", "LabU", DEMO),
        ("staff", "", DEMO),
        ("staff", "demou", ""),
        ("staff", "", ""),
    ],
)
def test_a_role_that_legacy_would_not_count_counts_for_nothing(
    ada: User, role: str, org: str, key: str
) -> None:
    make_role(ada, role, org=org, course_key=key)

    assert not api.is_course_staff(ada.pk, DEMO)
    assert not api.course_access(actor_of(ada)).is_staff_of(DEMO, org="DemoU")


def test_global_staff_is_staff_everywhere_once_confirmed(ada: User) -> None:
    assert api.has_staff_access(actor_of(ada, is_staff=True), DEMO)
    assert not api.has_staff_access(actor_of(ada, is_staff=True, is_active=False), DEMO)
    assert not api.has_staff_access(actor_of(ada), DEMO)
    assert not api.has_staff_access(None, DEMO)


def test_the_reach_of_all_roles_is_read_at_once(ada: User) -> None:
    make_role(ada, "instructor")
    make_role(ada, "staff", org="LabU", course_key="")
    make_role(ada, "beta_testers", course_key=SIBLING)

    access = api.course_access(actor_of(ada))

    assert access.is_staff_of(DEMO, org="DemoU")
    assert access.is_staff_of(ELSEWHERE, org="LabU")
    assert not access.is_staff_of(SIBLING, org="DemoU")
    assert access.beta.covers(SIBLING, org="DemoU")


def test_a_role_in_something_that_is_no_course_reaches_nothing(ada: User) -> None:
    make_role(ada, "staff", course_key="library-v1:DemoU+Lib")

    assert api.course_access(actor_of(ada)).staff.course_keys == frozenset()


def test_unconfirmed_and_unknown_people_have_no_access(ada: User) -> None:
    make_role(ada, "staff")

    assert api.course_access(actor_of(ada, is_active=False)) == NOWHERE
    assert api.course_access(None) == NOWHERE


def test_the_team_of_a_course_are_those_who_run_it_itself(ada: User) -> None:
    team = [make_user(name) for name in ("boss", "helper", "coach")]
    for user, role in zip(team, ("instructor", "staff", "ccx_coach"), strict=True):
        make_role(user, role)
    make_role(ada, "beta_testers")
    make_role(ada, "staff", course_key="")
    make_role(ada, "staff", course_key=SIBLING)

    assert api.course_team(DEMO) == {user.pk for user in team}


def test_what_is_no_course_key_has_no_staff(ada: User) -> None:
    with pytest.raises(InvalidCourseKey):
        api.is_course_staff(ada.pk, "DemoU")


def test_forum_roles_are_those_of_the_course(ada: User) -> None:
    for name, key in (("Moderator", DEMO), ("Administrator", ELSEWHERE)):
        role = ForumRole.objects.create(name=name, course_key=key)
        role.users.add(ada)

    assert api.forum_roles(ada.pk, DEMO) == {"Moderator"}


def test_rows_say_whose_they_are(ada: User) -> None:
    role = make_role(ada, "staff", course_key="")
    forum_role = ForumRole.objects.create(name="Student", course_key=DEMO)
    forum_role.users.add(ada)

    assert str(role) == f"{ada.pk} is staff of DemoU"
    assert str(forum_role) == f"Student in {DEMO}"

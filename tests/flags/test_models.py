from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from waffle import flag_is_active, get_waffle_flag_model

from flags.access import Access
from flags.actor import ANONYMOUS, Actor
from flags.capabilities import CAPABILITIES
from flags.errors import HistoryIsFinal
from flags.models import Flag, FlagChange
from flags.rollout import Rollout
from flags.store import _write
from tests.flags.conftest import make_user
from tests.flags.strategies import COURSES, GROUPS, rollouts

pytestmark = pytest.mark.django_db

COURSE = "course-v1:edX+DemoX+Demo_Course"


def request_of(user: Any, *, method: str = "GET", course: str = "", **cookies: str) -> Any:
    request = RequestFactory().generic(method, "/", QUERY_STRING=urlencode({"course_id": course}))
    request.user = user
    request.COOKIES.update(cookies)
    return request


def actor_by_hand(user: Any) -> Actor:
    if user.pk is None:
        return ANONYMOUS
    groups = frozenset(group.name for group in user.groups.all())
    return Actor(user_id=user.pk, username=user.username, groups=groups)


def test_waffle_takes_our_flag_and_every_capability_has_its_row() -> None:
    assert get_waffle_flag_model() is Flag
    assert {flag.name for flag in Flag.get_all()} == set(CAPABILITIES)
    assert len(set(Flag.objects.values_list("salt", flat=True))) == len(CAPABILITIES)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(rule=rollouts, data=st.data())
def test_django_decides_exactly_as_the_rule_does(rule: Rollout, data: st.DataObject) -> None:
    with transaction.atomic():
        people = [make_user(f"user{number}", *GROUPS[:number]) for number in range(4)]
        listed = data.draw(st.frozensets(st.sampled_from([user.pk for user in people])))
        rule = replace(rule, users=listed)
        flag = Flag.objects.get(name="enrollment")
        flag.salt = rule.salt
        _write(flag, rule)
        user = data.draw(st.sampled_from([*people, AnonymousUser()]))
        course = data.draw(st.sampled_from([*COURSES, ""]))
        method = data.draw(st.sampled_from(["GET", "HEAD", "POST", "DELETE"]))
        access = Access.READS if method in ("GET", "HEAD") else Access.WRITES
        actor = actor_by_hand(user)

        active = flag_is_active(request_of(user, method=method, course=course), "enrollment")

        assert Flag.get("enrollment").to_rollout() == rule
        assert active is rule.includes(actor, course or None, access)
        assert flag.is_active_for_user(user) is rule.includes(actor, None, Access.READS)
        transaction.set_rollback(True)


def test_waffles_percentage_cookie_decides_nothing() -> None:
    user = make_user("ada")
    Flag.objects.filter(name="enrollment").update(percent=Decimal(0))

    assert flag_is_active(request_of(user, dwf_enrollment="True"), "enrollment") is False


def test_a_killed_flag_is_off_at_once_though_waffle_would_have_cached_it() -> None:
    user = make_user("ada")
    flag = Flag.objects.get(name="enrollment")
    flag.everyone = True
    flag.save()
    assert flag_is_active(request_of(user), "enrollment") is True

    Flag.objects.filter(name="enrollment").update(everyone=False)

    assert flag_is_active(request_of(user), "enrollment") is False


def test_the_course_is_found_in_the_path_too() -> None:
    flag = Flag.objects.get(name="courseware")
    flag.courses = [COURSE]
    request = request_of(AnonymousUser())
    request.resolver_match = type("Match", (), {"kwargs": {"course_id": COURSE}})

    assert flag.is_active(request) is True
    assert flag.is_active(request_of(AnonymousUser())) is False


def test_a_capability_without_its_row_is_off() -> None:
    Flag.objects.filter(name="catalog").delete()

    assert flag_is_active(request_of(make_user("ada")), "catalog") is False


def test_a_flag_that_is_no_capability_is_off_and_makes_no_row() -> None:
    assert flag_is_active(request_of(make_user("ada")), "enrolment") is False
    assert not Flag.objects.filter(name="enrolment").exists()


@pytest.mark.parametrize("field", ["percent", "shadow"])
@pytest.mark.parametrize("value", [Decimal("100.01"), Decimal("-0.01")])
def test_the_database_refuses_a_percentage_out_of_range(field: str, value: Decimal) -> None:
    with pytest.raises(IntegrityError, match="in_range"), transaction.atomic():
        Flag.objects.filter(name="enrollment").update(**{field: value})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "enrolment"}, "did you mean enrollment"),
        ({"courses": ["edX"]}, "not a course key"),
        ({"courses": ["course-v1%3AedX%2BD%2BR"]}, "not a course key"),
        ({"orgs": ["edX/DemoX"]}, "not an organisation"),
        ({"percent": Decimal("100.5")}, "less than or equal to 100"),
    ],
)
def test_validation_says_what_is_wrong(fields: dict[str, Any], message: str) -> None:
    flag = Flag.objects.get(name="enrollment")
    for name, value in fields.items():
        setattr(flag, name, value)

    with pytest.raises(ValidationError, match=message):
        flag.full_clean()


def test_a_user_who_is_in_a_rollout_can_still_be_deleted() -> None:
    user = make_user("ada")
    flag = Flag.objects.get(name="enrollment")
    flag.users.add(user)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM identity_user WHERE id = %s", [user.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert flag.to_rollout().users == frozenset()


def test_waffles_own_command_still_works_and_its_other_switches_do_nothing() -> None:
    call_command(
        "waffle_flag", "enrollment", everyone=True, superusers=True, staff=True, verbosity=0
    )

    flag = Flag.objects.get(name="enrollment")
    assert flag.everyone is True
    assert flag.superusers is None


@pytest.fixture
def change() -> FlagChange:
    return FlagChange.objects.create(
        epoch=1, capability="catalog", who="ada", why="trial", before={}, after={}
    )


def test_the_history_is_not_rewritten_through_the_model(change: FlagChange) -> None:
    change.why = "another reason"
    for rewrite in (change.save, change.delete):
        with pytest.raises(HistoryIsFinal, match="flip back"):
            rewrite()


def test_the_history_is_not_rewritten_through_a_queryset(change: FlagChange) -> None:
    with pytest.raises(HistoryIsFinal):
        FlagChange.objects.update(why="another reason")
    with pytest.raises(HistoryIsFinal):
        FlagChange.objects.all().delete()


@pytest.mark.parametrize(
    "statement", ["UPDATE flags_flagchange SET why = 'x'", "DELETE FROM flags_flagchange"]
)
def test_the_history_is_not_rewritten_by_sql(change: FlagChange, statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert FlagChange.objects.get().why == "trial"

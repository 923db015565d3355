"""Enrolling and changing, on real rows."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from modern.lms.enrollment import api
from modern.lms.enrollment.data import NOBODY, Attribute, Cause
from modern.lms.enrollment.errors import (
    AlreadyEnrolled,
    AttributesMissing,
    CourseFull,
    CourseNotFound,
    EnrollmentClosed,
    EnrollmentNotFound,
    HeldByCertificate,
    ModeMismatch,
    ModeUnavailable,
)
from modern.lms.enrollment.models import Attribute as AttributeRow
from modern.lms.enrollment.models import Enrollment, History, Mode
from modern.lms.invitations.models import Invitation
from modern.shared.permissions.api import forum_roles
from tests.modern.enrollment.world import (
    DEMO,
    Tracked,
    enrolled,
    history,
    learner,
    open_course,
    row_of,
)
from tests.modern.factories import make_certificate, make_invitation, make_role

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_enrolling_makes_a_row_its_history_and_a_student_of_the_forum() -> None:
    ada = learner()
    open_course("audit", "verified")

    made = api.enroll(ada, DEMO)

    assert (made.username, made.course_key, made.mode, made.active) == ("ada", DEMO, "audit", True)
    assert made == api.enrollment(ada.id, DEMO)
    assert history() == [("+", True, "audit")]
    assert forum_roles(ada.id, DEMO) == {"Student"}


def test_a_course_without_modes_takes_people_in_audit() -> None:
    open_course()

    assert api.enroll(learner(), DEMO).mode == "audit"


def test_the_history_says_who_did_it() -> None:
    grace = learner("grace")
    open_course()

    api.enroll(learner(), DEMO, cause=Cause(grace.id, "grace", NOBODY.client))

    assert History.objects.get().actor_id == grace.id


def test_enrolling_in_a_paid_mode_is_two_events_and_one_history_row(tracked: Tracked) -> None:
    open_course("audit", "verified")

    with tracked.committed():
        api.enroll(learner(), DEMO, mode="verified")

    assert tracked.events() == [("activated", "audit"), ("mode_changed", "verified")]
    assert history() == [("+", True, "verified")]


def test_an_event_names_course_user_and_mode(tracked: Tracked) -> None:
    ada = learner()
    open_course()

    with tracked.committed():
        api.enroll(ada, DEMO, cause=Cause(ada.id, "ada", NOBODY.client))

    (record,) = tracked.records()
    assert record["event"] == {"course_id": DEMO, "user_id": ada.id, "mode": "audit"}
    assert record["context"]["course_id"] == DEMO
    assert record["context"]["org_id"] == "DemoU"
    assert (record["username"], record["context"]["user_id"]) == ("ada", ada.id)


def test_who_left_comes_back_in_the_default_mode_with_the_old_date(tracked: Tracked) -> None:
    ada = learner()
    open_course("audit", "verified")
    before = enrolled(ada, mode="verified", active=False)

    with tracked.committed():
        again = api.enroll(ada, DEMO)

    assert (again.id, again.mode, again.active) == (before.pk, "audit", True)
    assert again.enrolled_at == before.enrolled_at
    assert history() == [("~", True, "audit")]
    assert tracked.events() == [("activated", "audit"), ("mode_changed", "audit")]


def test_enrolling_twice_changes_nothing() -> None:
    ada = learner()
    open_course("audit", "honor")
    first = api.enroll(ada, DEMO)

    with pytest.raises(AlreadyEnrolled):
        api.enroll(ada, DEMO, mode="honor")

    assert api.enrollment(ada.id, DEMO) == first
    assert history() == [("+", True, "audit")]


def test_enrolling_inactive_leaves_a_row_that_was_left_at_once(tracked: Tracked) -> None:
    open_course()

    with tracked.committed():
        made = api.enroll(learner(), DEMO, active=False)

    assert made.active is False
    assert history() == [("+", False, "audit")]
    assert tracked.events() == [("activated", "audit"), ("deactivated", "audit")]


def test_an_unknown_course_takes_nobody() -> None:
    with pytest.raises(CourseNotFound):
        api.enroll(learner(), DEMO)

    assert not Enrollment.objects.exists()


def test_a_professional_course_does_not_offer_the_default_mode() -> None:
    open_course("no-id-professional")

    with pytest.raises(ModeUnavailable) as caught:
        api.enroll(learner(), DEMO)

    assert caught.value.offered == ("no-id-professional",)
    assert not Enrollment.objects.exists()


def test_an_expired_mode_is_refused_to_who_joins_and_given_to_who_leaves() -> None:
    ada = learner()
    open_course("audit")
    Mode.objects.create(
        course_key=DEMO, slug="verified", name="Verified", expires_at=timezone.now() - HOUR
    )
    enrolled(ada, mode="verified")

    with pytest.raises(ModeUnavailable):
        api.change(ada, DEMO, mode="verified", active=True)
    left = api.change(ada, DEMO, mode="verified", active=False)
    never_in = api.enroll(learner("grace"), DEMO, mode="verified", active=False)

    assert (left.mode, left.active) == ("verified", False)
    assert (never_in.mode, never_in.active) == ("verified", False)


@pytest.mark.parametrize(
    "closed",
    [
        {"enrollment_starts_at": timezone.now() + HOUR},
        {"enrollment_ends_at": timezone.now() - HOUR},
        {"invitation_only": True},
    ],
)
def test_a_closed_course_takes_its_staff_and_whom_it_invited(closed: dict[str, Any]) -> None:
    ada, grace, alan = learner(), learner("grace"), learner("alan")
    open_course(**closed)
    make_role(row_of(grace), "staff", course_key=DEMO)
    make_invitation("Alan@example.org")

    with pytest.raises(EnrollmentClosed):
        api.enroll(ada, DEMO)

    assert api.enroll(grace, DEMO).active
    assert api.enroll(alan, DEMO).active
    assert {row.user_id for row in Enrollment.objects.all()} == {grace.id, alan.id}


def test_an_invitation_stays_so_that_who_left_may_come_back() -> None:
    ada = learner()
    open_course(invitation_only=True)
    make_invitation("ada@example.org", enrolls_at_once=True)
    api.enroll(ada, DEMO)
    api.change(ada, DEMO, active=False)

    assert api.enroll(ada, DEMO).active
    assert [row.email for row in Invitation.objects.all()] == ["ada@example.org"]


def test_an_invitation_makes_no_place_in_a_full_course() -> None:
    open_course(invitation_only=True, max_enrollments=0)
    make_invitation("ada@example.org")

    with pytest.raises(CourseFull):
        api.enroll(learner(), DEMO)


def test_an_invitation_to_another_course_opens_nothing() -> None:
    open_course(invitation_only=True)
    make_invitation("ada@example.org", "course-v1:DemoU+CS102+2016_T3")

    with pytest.raises(EnrollmentClosed):
        api.enroll(learner(), DEMO)


def test_staff_take_no_place_but_get_none_either() -> None:
    open_course(max_enrollments=1)
    grace = learner("grace")
    make_role(row_of(grace), "staff", course_key=DEMO)
    enrolled(grace)
    api.enroll(learner("ada"), DEMO)
    instructor = learner("barbara")
    make_role(row_of(instructor), "instructor", course_key=DEMO)

    with pytest.raises(CourseFull):
        api.enroll(instructor, DEMO)


def test_a_change_of_nothing_leaves_no_trace(tracked: Tracked) -> None:
    ada = learner()
    open_course("audit")
    enrolled(ada)

    with tracked.committed():
        api.change(ada, DEMO, mode="audit", active=True)

    assert history() == []
    assert tracked.events() == []


def test_mode_and_activity_change_together(tracked: Tracked) -> None:
    ada = learner()
    open_course("audit", "verified")
    enrolled(ada, active=False)

    with tracked.committed():
        changed = api.change(ada, DEMO, mode="verified", active=True)

    assert (changed.mode, changed.active) == ("verified", True)
    assert history() == [("~", True, "verified")]
    assert tracked.events() == [("activated", "verified"), ("mode_changed", "verified")]


def test_leaving_a_mode_one_is_not_in_is_a_misunderstanding() -> None:
    ada = learner()
    open_course("audit", "verified")
    enrolled(ada)

    with pytest.raises(ModeMismatch) as caught:
        api.change(ada, DEMO, mode="verified", active=False)

    assert (caught.value.actual, caught.value.requested) == ("audit", "verified")
    assert Enrollment.objects.get().active


def test_attributes_are_kept_beside_those_there_are() -> None:
    ada = learner()
    open_course("audit", "credit")
    enrolled(ada)
    provider = Attribute("credit", "provider_id", "hogwarts")

    api.change(ada, DEMO, mode="credit", attributes=[provider])
    api.change(ada, DEMO, attributes=[Attribute("order", "number", "EDX-1")])

    kept = AttributeRow.objects.order_by("pk").values_list("namespace", "name", "value")
    assert list(kept) == [("credit", "provider_id", "hogwarts"), ("order", "number", "EDX-1")]


def test_credit_without_its_provider_among_the_attributes_changes_nothing() -> None:
    ada = learner()
    open_course("audit", "credit")
    enrolled(ada)

    with pytest.raises(AttributesMissing):
        api.change(ada, DEMO, mode="credit", attributes=[Attribute("a", "b", "c")])

    assert Enrollment.objects.get().mode == "audit"
    assert not AttributeRow.objects.exists()


def test_who_never_enrolled_has_nothing_to_change() -> None:
    open_course()

    with pytest.raises(EnrollmentNotFound):
        api.change(learner(), DEMO, active=False)


def test_a_certificate_that_is_shown_keeps_its_learner_in_the_course() -> None:
    ada = learner()
    open_course("audit", certificates_show_before_end=True)
    enrolled(ada)
    make_certificate(row_of(ada), status="generating")

    with pytest.raises(HeldByCertificate):
        api.leave(ada, DEMO)

    assert Enrollment.objects.get().active
    assert history() == []
    assert not api.change(ada, DEMO, active=False).active


def test_one_leaves_a_course_without_a_certificate_and_may_say_so_twice() -> None:
    ada = learner()
    open_course("audit")
    enrolled(ada)

    left = [api.leave(ada, DEMO), api.leave(ada, DEMO, mode="audit")]

    assert [row.active for row in left] == [False, False]
    assert history() == [("~", False, "audit")]
    with pytest.raises(EnrollmentNotFound):
        api.leave(learner("grace"), DEMO)

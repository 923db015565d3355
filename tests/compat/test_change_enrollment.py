"""The website's form to enrol and to leave."""

from urllib.parse import urlencode

import pytest
from django.http import HttpResponse

from compat.change_enrollment import free_mode
from modern.lms.enrollment.data import CourseOffer, Mode
from modern.lms.enrollment.models import Enrollment
from tests.compat.calls import Caller
from tests.modern.enrollment.world import DEMO, enrolled, learner, open_course, row_of
from tests.modern.factories import make_certificate


def sent(caller: Caller, form: dict[str, str], **headers: str) -> HttpResponse:
    body, kind = urlencode(form), "application/x-www-form-urlencoded"
    return caller.send("POST", "/change_enrollment", body, kind, **headers)


def answered(**form: str) -> tuple[int, str]:
    answer = sent(Caller("ada"), form)
    return answer.status_code, answer.content.decode()


def offer_of(*modes: Mode) -> CourseOffer:
    return CourseOffer(
        course_key=DEMO,
        starts_at=None,
        ends_at=None,
        enrollment_starts_at=None,
        enrollment_ends_at=None,
        invitation_only=False,
        modes=modes,
    )


AUDIT, HONOR, VERIFIED = (Mode(slug, slug) for slug in ("audit", "honor", "verified"))


@pytest.mark.parametrize(
    ("modes", "expected"),
    [
        ((AUDIT,), "audit"),
        ((AUDIT, HONOR, VERIFIED), "honor"),
        ((VERIFIED,), None),
        ((AUDIT, Mode("professional", "P")), None),
        ((Mode("no-id-professional", "P"),), None),
        ((Mode("honor", "H", min_price=10),), None),
        ((Mode("honor", "H", suggested_prices="10,20"),), None),
        ((AUDIT, Mode("honor", "H", min_price=10)), "honor"),
    ],
)
def test_the_website_prefers_honor_and_gives_nothing_behind_a_paywall(
    modes: tuple[Mode, ...], expected: str | None
) -> None:
    assert free_mode(offer_of(*modes)) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"enrollment_action": "enroll"}, "Course id not specified"),
        ({"course_id": "garbage"}, "Invalid course id"),
        ({"course_id": DEMO}, "Enrollment action is invalid"),
        ({"course_id": DEMO, "enrollment_action": "enroll"}, "Course id is invalid"),
        (
            {"course_id": DEMO, "enrollment_action": "unenroll"},
            "You are not enrolled in this course",
        ),
    ],
)
def test_a_form_that_cannot_be_is_told_why_in_plain_text(
    form: dict[str, str], sentence: str
) -> None:
    learner()

    assert answered(**form) == (400, sentence)


@pytest.mark.django_db
def test_enrolling_leads_on_to_the_choice_of_a_track_where_there_is_one() -> None:
    learner()
    open_course("audit")
    open_course("audit", "verified", key="course-v1:DemoU+Two+1")

    plain = answered(course_id=DEMO, enrollment_action="enroll")
    choice = answered(course_id="course-v1:DemoU+Two+1", enrollment_action="enroll")

    assert plain == (200, "")
    assert choice == (200, "/course_modes/choose/course-v1:DemoU+Two+1/")
    assert Enrollment.objects.filter(active=True, mode="audit").count() == 2


@pytest.mark.django_db
def test_a_professional_course_only_leads_on_to_its_choice() -> None:
    learner()
    open_course("professional")

    answer = answered(course_id=DEMO, enrollment_action="enroll")

    assert answer == (200, f"/course_modes/choose/{DEMO}/")
    assert not Enrollment.objects.exists()


@pytest.mark.django_db
def test_closed_or_in_already_is_one_sentence() -> None:
    enrolled(learner())
    open_course("audit")

    assert answered(course_id=DEMO, enrollment_action="enroll") == (400, "Could not enroll")


@pytest.mark.django_db
def test_leaving_keeps_the_row_and_works_once() -> None:
    enrolled(learner())
    open_course("audit")

    first = answered(course_id=DEMO, enrollment_action="unenroll")
    second = answered(course_id=DEMO, enrollment_action="unenroll")

    assert (first, second) == ((200, ""), (400, "You are not enrolled in this course"))
    assert Enrollment.objects.get().active is False


@pytest.mark.django_db
def test_a_certificate_that_is_shown_is_why_nobody_leaves() -> None:
    ada = learner()
    open_course("audit", certificates_display_behavior="early_with_info")
    enrolled(ada)
    make_certificate(row_of(ada), status="regenerating")

    answer = answered(course_id=DEMO, enrollment_action="unenroll")

    assert answer == (400, "Your certificate prevents you from unenrolling from this course")
    assert Enrollment.objects.get().active


@pytest.mark.django_db
def test_only_a_session_with_its_csrf_token_may_send_the_form() -> None:
    learner()
    open_course("audit")
    form = {"course_id": DEMO, "enrollment_action": "enroll"}

    anonymous = sent(Caller(), form, X_CSRFToken="c" * 32, Cookie="csrftoken=" + "c" * 32)
    bearer = sent(Caller("ada", "bearer"), form)
    forged = sent(Caller("ada"), form, X_CSRFToken="d" * 32)

    assert (anonymous.status_code, anonymous.content) == (403, b"")
    assert (bearer.status_code, forged.status_code) == (403, 403)
    assert not Enrollment.objects.exists()
    assert sent(Caller("ada"), form).status_code == 200

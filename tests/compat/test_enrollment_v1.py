"""The enrollment API beyond the recorded run: the order of checks, and what broke legacy."""

import json
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.utils import timezone

from modern.lms.enrollment.models import Attribute, Enrollment, Mode
from modern.shared.databases import caches
from modern.shared.identity.models import OrgTag
from tests.compat.calls import Caller, key_holder, message
from tests.modern.enrollment.world import DEMO, enrolled, learner, open_course, row_of
from tests.modern.factories import make_profile, make_role, make_user

pytestmark = pytest.mark.django_db
URL = "/api/enrollment/v1/enrollment"
COURSE_URL = "/api/enrollment/v1/course"
WISH = {"course_details": {"course_id": DEMO}}


def test_the_checks_of_a_post_come_in_legacys_order() -> None:
    learner()
    ada, server = Caller("ada"), key_holder()
    everything_wrong = {"user": "grace", "mode": "verified", "is_active": "yes"}
    bad_key = everything_wrong | {"course_details": {"course_id": "garbage"}}
    unknown = everything_wrong | {"course_details": {"course_id": "course-v1:No+Such+Course"}}

    answers = [
        ada.post(URL, everything_wrong),
        ada.post(URL, bad_key),
        ada.post(URL, unknown),
        ada.post(URL, unknown | {"user": "ada"}),
        server.post(URL, unknown),
        server.post(URL, unknown | {"user": "ada"}),
        server.post(URL, unknown | {"user": "ada", "is_active": True}),
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 404, 403, 406, 400, 400]
    assert [message(answer) for answer in answers if answer.content] == [
        "Course ID must be specified to create a new enrollment.",
        "No course 'garbage' found for enrollment",
        "User does not have permission to create enrollment with mode [verified].",
        "The user grace does not exist.",
        "'yes' is an invalid enrollment activation status.",
        "No course 'course-v1:No+Such+Course' found for enrollment",
    ]


def test_staff_do_not_enrol_others_without_the_key() -> None:
    make_user("admin", is_staff=True, is_superuser=True)
    make_user("ada")
    open_course()

    answer = Caller("admin").post(URL, WISH | {"user": "ada"})

    assert (answer.status_code, answer.content) == (404, b"")
    assert "Content-Type" not in answer.headers


@pytest.mark.parametrize(
    "body",
    [
        [],
        "text",
        {"course_details": "course-v1:A+B+C"},
        {"course_details": {"course_id": ""}},
        {"course_details": None},
    ],
)
def test_a_body_without_a_course_is_told_so(body: object) -> None:
    learner()

    answer = Caller("ada").post(URL, body)

    assert message(answer) == "Course ID must be specified to create a new enrollment."


def test_a_form_is_read_and_names_no_course() -> None:
    learner()

    answer = Caller("ada").send(
        "POST", URL, "course_details=x", content_type="application/x-www-form-urlencoded"
    )

    assert message(answer) == "Course ID must be specified to create a new enrollment."


def test_broken_json_and_other_types_are_refused() -> None:
    learner()
    ada = Caller("ada")

    broken = ada.send("POST", URL, "{bad")
    text = ada.send("POST", URL, "x", content_type="text/plain")
    unacceptable = ada.get(URL, Accept="application/xml")

    assert broken.status_code == 400
    assert json.loads(broken.content)["detail"].startswith("JSON parse error - Expecting property")
    assert (text.status_code, json.loads(text.content)) == (
        415,
        {"detail": 'Unsupported media type "text/plain" in request.'},
    )
    assert (unacceptable.status_code, json.loads(unacceptable.content)) == (
        406,
        {"detail": "Could not satisfy the request Accept header."},
    )


HALF = "\ud800"


@pytest.mark.parametrize(
    "wish",
    [
        {"course_details": {"course_id": HALF}},
        WISH | {"mode": HALF},
        WISH | {"user": HALF},
        WISH | {"is_active": False, "enrollment_attributes": [{HALF: HALF}]},
    ],
)
def test_half_a_character_is_refused_before_it_is_stored_or_sent_back(wish: object) -> None:
    open_course()
    enrolled(learner())

    for caller in (Caller("ada"), key_holder()):
        answer = caller.post(URL, wish)
        detail = {"detail": "JSON parse error - surrogates not allowed"}
        assert (answer.status_code, json.loads(answer.content)) == (400, detail)


def test_a_body_nested_beyond_measure_is_refused() -> None:
    answer = key_holder().send("POST", URL, "[" * 100_000)

    detail = {"detail": "JSON parse error - nested too deeply"}
    assert (answer.status_code, json.loads(answer.content)) == (400, detail)


def test_enrolling_goes_on_uncounted_while_the_cache_is_away(settings: LazySettings) -> None:
    open_course()
    learner()
    settings.CACHES = settings.CACHES | {"default": caches("redis://127.0.0.1:1/0")["default"]}

    assert Caller("ada").post(URL, WISH).status_code == 200


def test_without_the_key_nobody_leaves_and_who_was_out_stays_out() -> None:
    open_course("audit")
    row = enrolled(learner())

    staying = Caller("ada").post(URL, WISH | {"is_active": False})
    Enrollment.objects.update(active=False)
    out = Caller("ada").post(URL, WISH | {"is_active": False})

    assert json.loads(staying.content)["is_active"] is True
    assert json.loads(out.content)["is_active"] is False
    assert Enrollment.objects.get().pk == row.pk


def test_a_server_deactivates_whom_it_knows_the_mode_of() -> None:
    open_course("audit", "verified")
    enrolled(learner())
    leave = WISH | {"user": "ada", "is_active": False}

    mistaken = key_holder().post(URL, leave | {"mode": "verified"})
    right = key_holder().post(URL, leave | {"mode": "audit"})

    assert message(mistaken) == (
        "Enrollment mode mismatch: active mode=audit, requested mode=verified. Won't deactivate."
    )
    assert json.loads(right.content)["is_active"] is False


def test_a_server_leaves_attributes_only_where_something_changes() -> None:
    open_course("audit", "credit")
    enrolled(learner())
    provider = {"namespace": "credit", "name": "provider_id", "value": "hogwarts"}
    order = {"namespace": "order", "name": "number", "value": "EDX-1"}
    wish = WISH | {"user": "ada", "mode": "credit"}

    missing = key_holder().post(URL, wish | {"enrollment_attributes": [order]})
    changed = key_holder().post(URL, wish | {"enrollment_attributes": [provider]})
    again = key_holder().post(URL, wish | {"enrollment_attributes": [provider]})

    assert message(missing) == (
        "Missing enrollment attributes: requested mode=credit "
        "required attributes=[u'credit:provider_id']"
    )
    assert (changed.status_code, again.status_code) == (200, 200)
    assert Attribute.objects.get().value == "hogwarts"


LONG = {"namespace": "credit", "name": "provider_id", "value": "x" * 256}
NUL = {"namespace": "credit", "name": "provider_id", "value": "\0"}


@pytest.mark.parametrize(
    "attributes", ["text", {"a": 1}, [1], [{"namespace": "credit"}], 7, [LONG], [NUL]]
)
def test_attributes_of_another_shape_are_refused(attributes: object) -> None:
    open_course("audit", "credit")
    enrolled(learner())
    wish = WISH | {"user": "ada", "mode": "credit", "enrollment_attributes": attributes}

    answer = key_holder().post(URL, wish)

    assert answer.status_code == 400
    assert message(answer).endswith("are invalid enrollment attributes.")
    assert Enrollment.objects.get().mode == "audit"


def test_a_server_finds_a_user_whatever_the_case_of_the_name() -> None:
    learner("Ada")
    open_course()

    answer = key_holder().post(URL, WISH | {"user": "ADA"})

    assert json.loads(answer.content)["user"] == "Ada"


def test_a_name_with_a_nul_is_nobodys() -> None:
    open_course()

    posted = key_holder().post(URL, WISH | {"user": "ada\0"})
    listed = key_holder().get(f"{URL}?user=ada%00")

    assert posted.status_code == 406
    assert (listed.status_code, json.loads(listed.content)) == (200, [])


def test_a_long_list_costs_no_more_queries_than_a_short_one(
    django_assert_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    ada = learner()
    for number in range(12):
        key = open_course("audit", "verified", key=f"course-v1:DemoU+C{number}+1")
        enrolled(ada, key)

    # the caller and whether disabled, the user asked for and the groups, rows, courses, modes
    with django_assert_num_queries(6):
        rows = json.loads(Caller("ada").get(URL).content)

    assert len(rows) == 12


def test_the_change_a_server_asks_for_is_logged_by_ids(caplog: pytest.LogCaptureFixture) -> None:
    ada = learner()
    open_course()
    caplog.set_level(logging.INFO, logger="audit")

    key_holder().post(URL, WISH | {"user": "ada"})
    Caller("ada").post(URL, WISH)

    (record,) = [each.message for each in caplog.records if each.name == "audit"]
    assert record == (
        f"enrollment_change_requested: course={DEMO} user={ada.id} mode=None active=None "
        "now=('audit', True)"
    )


@pytest.mark.parametrize(
    ("born", "choice", "kept"),
    [(1985, True, "True"), (1985, False, "False"), (None, True, "True"), ("child", True, "False")],
)
def test_the_callers_choice_about_mail_is_kept_and_children_are_spared(
    born: int | str | None, choice: object, kept: str
) -> None:
    ada = learner()
    make_profile(row_of(ada), year_of_birth=timezone.now().year - 13 if born == "child" else born)
    open_course()

    Caller("ada").post(URL, WISH | {"email_opt_in": choice})

    tag = OrgTag.objects.get()
    assert (tag.user_id, tag.org, tag.key, tag.value) == (ada.id, "DemoU", "email-optin", kept)


def test_a_choice_about_mail_of_nobody_undoes_the_enrolment() -> None:
    learner()
    open_course()

    answer = key_holder().post(URL, WISH | {"user": "ada", "email_opt_in": True})

    assert answer.status_code == 400
    assert not Enrollment.objects.exists()
    assert not OrgTag.objects.exists()


def test_a_list_leaves_out_courses_that_are_gone_and_keeps_the_order() -> None:
    ada = learner()
    for key in ("course-v1:U+B+1", "course-v1:U+A+1"):
        open_course(key=key)
        enrolled(ada, key)
    enrolled(ada, "course-v1:U+Gone+1")
    Enrollment.objects.filter(course_key="course-v1:U+A+1").update(
        enrolled_at=datetime(2015, 1, 1, tzinfo=UTC)
    )
    Enrollment.objects.filter(course_key="course-v1:U+B+1").update(enrolled_at=None)

    rows = json.loads(Caller("ada").get(URL).content)
    gone = json.loads(Caller("ada").get(f"{URL}/course-v1:U+Gone+1").content)

    assert [row["course_details"]["course_id"] for row in rows] == [
        "course-v1:U+B+1",
        "course-v1:U+A+1",
    ]
    assert [row["created"] for row in rows] == [None, "2015-01-01T00:00:00Z"]
    assert gone["course_details"] is None


def test_course_staff_see_of_another_what_is_in_their_course() -> None:
    ada, grace, donald = learner(), learner("grace"), learner("donald")
    open_course()
    open_course(key="course-v1:DemoU+Other+1")
    for key in (DEMO, "course-v1:DemoU+Other+1"):
        enrolled(ada, key)
    make_role(row_of(grace), "instructor", course_key=DEMO)
    make_role(row_of(donald), "staff", course_key="")

    def seen_by(username: str) -> int:
        return len(json.loads(Caller(username).get(f"{URL}?user=ada").content))

    make_user("staff", is_staff=True)
    assert (seen_by("grace"), seen_by("donald"), seen_by("staff")) == (1, 0, 2)


def test_superusers_read_one_enrolment_of_others_and_staff_do_not() -> None:
    enrolled(learner())
    make_user("staff", is_staff=True)
    make_user("root", is_superuser=True)
    path = f"{URL}/ada,{DEMO}"

    assert json.loads(Caller("root").get(path).content)["user"] == "ada"
    assert Caller("staff").get(path).status_code == 404
    assert Caller("ada").get(f"{URL}/ADA,{DEMO}").status_code == 404


def test_a_malformed_key_is_an_error_and_not_a_breakdown() -> None:
    learner()

    one = Caller("ada").get(f"{URL}/a+b+c")
    course = Caller().get(f"{COURSE_URL}/a+b+c")

    assert message(one) == (
        "An error occurred while retrieving enrollments for user 'ada' in course 'a+b+c'"
    )
    assert message(course) == "No course found for course ID 'a+b+c'"


def test_expired_modes_show_when_asked_for_and_bad_tokens_are_not_looked_at() -> None:
    open_course("audit")
    past = timezone.now() - timedelta(days=1)
    Mode.objects.create(course_key=DEMO, slug="verified", name="V", expires_at=past)
    anybody = Caller(Authorization="Bearer nonsense")

    def slugs(query: str) -> list[str]:
        body = json.loads(anybody.get(f"{COURSE_URL}/{DEMO}{query}").content)
        return [mode["slug"] for mode in body["course_modes"]]

    assert slugs("") == slugs("?include_expired=") == ["audit"]
    assert slugs("?include_expired=0") == ["audit", "verified"]


def test_head_answers_as_get_without_the_body_and_a_post_may_stand_for_another_method() -> None:
    learner()
    ada = Caller("ada")

    head = ada.send("HEAD", URL)
    overridden = ada.post(URL, {}, X_HTTP_Method_Override="GET")
    unknown = ada.post(URL, {}, X_HTTP_Method_Override="PATCH")

    assert (head.status_code, head.content) == (200, b"")
    assert (overridden.status_code, json.loads(overridden.content)) == (200, [])
    assert json.loads(unknown.content) == {"detail": 'Method "PATCH" not allowed.'}


def test_the_minute_is_counted_per_user_and_the_key_is_not_counted() -> None:
    first, second = learner("throttled1"), learner("throttled2")
    statuses = [Caller(first.username).get(URL).status_code for _ in range(41)]
    beyond = Caller(first.username).get(f"{URL}/{DEMO}")

    assert statuses == [200] * 40 + [429]
    assert beyond.status_code == 429
    assert 0 < int(beyond.headers["Retry-After"]) <= 60
    assert Caller(second.username).get(URL).status_code == 200
    assert {key_holder().get(URL).status_code for _ in range(41)} == {200}

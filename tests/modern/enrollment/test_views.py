"""`/api/v2/enrollments` over Django's own client: who may do what, and the shapes of answers."""

import pytest
from django.test import Client

from modern.lms.enrollment.models import Enrollment, History
from modern.shared.identity.data import Actor
from tests.modern.enrollment.world import DEMO, enrolled, history, learner, open_course, row_of
from tests.modern.factories import make_certificate, make_role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("modern_alone")]
URL = "/api/v2/enrollments"


def signed_in(user: Actor) -> Client:
    client = Client()
    client.force_login(row_of(user))
    return client


def staff(username: str = "grace") -> Actor:
    user = learner(username)
    make_role(row_of(user), "staff", course_key=DEMO)
    return user


def test_nobody_sees_nothing() -> None:
    answer = Client().get(URL)

    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"


def test_a_body_nested_beyond_measure_is_refused() -> None:
    client = signed_in(learner())

    answer = client.post(URL, "[" * 100_000, content_type="application/json")

    assert answer.status_code == 400
    assert answer.json()["detail"] == "JSON parse error - nested too deeply"


def test_a_learner_enrols_and_sees_it() -> None:
    ada = learner()
    open_course("audit")

    made = signed_in(ada).post(URL, {"course_key": DEMO}, content_type="application/json")
    listed = signed_in(ada).get(URL)

    assert made.status_code == 201
    assert made.json() == {
        "id": Enrollment.objects.get().pk,
        "username": "ada",
        "course_key": DEMO,
        "mode": "audit",
        "active": True,
        "enrolled_at": made.json()["enrolled_at"],
    }
    assert listed.json() == {"results": [made.json()], "next_after": None}
    assert History.objects.get().actor_id == ada.id


def test_one_lists_ones_own_active_or_left_ones() -> None:
    ada = learner()
    open_course(key="course-v1:DemoU+A+1")
    enrolled(ada, "course-v1:DemoU+A+1")
    enrolled(ada, "course-v1:DemoU+B+1", active=False)

    left = signed_in(ada).get(URL, {"active": "false"}).json()["results"]
    everything = signed_in(ada).get(URL).json()["results"]

    assert [each["course_key"] for each in left] == ["course-v1:DemoU+B+1"]
    assert len(everything) == 2


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "bad_input"),
        ({"course_key": "garbage"}, 400, "invalid_course_key"),
        ({"course_key": "course-v1:No+Such+Course"}, 404, "course_not_found"),
        ({"course_key": DEMO, "mode": "verified"}, 403, "staff_only"),
        ({"course_key": DEMO, "username": "grace"}, 403, "staff_only"),
        ({"course_key": DEMO, "mode": "honor"}, 400, "mode_unavailable"),
    ],
)
def test_a_wish_that_cannot_be_is_told_why(body: dict[str, str], status: int, code: str) -> None:
    learner("grace")
    open_course("audit", "verified")

    answer = signed_in(learner()).post(URL, body, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Enrollment.objects.exists()


def test_a_second_enrolment_is_a_conflict() -> None:
    ada = learner()
    open_course()
    enrolled(ada)

    answer = signed_in(ada).post(URL, {"course_key": DEMO}, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (409, "already_enrolled")


def test_course_staff_enrol_others_in_any_mode() -> None:
    learner()
    open_course("audit", "verified")
    body = {"course_key": DEMO, "username": "ada", "mode": "verified"}

    answer = signed_in(staff()).post(URL, body, content_type="application/json")

    assert (answer.status_code, answer.json()["mode"]) == (201, "verified")
    assert Enrollment.objects.get().user.username == "ada"


def test_course_staff_page_through_their_course() -> None:
    open_course()
    rows = [enrolled(learner(name)) for name in ("ada", "barbara", "edsger")]
    client = signed_in(staff())

    first = client.get(URL, {"course_key": DEMO, "limit": 2}).json()
    second = client.get(URL, {"course_key": DEMO, "limit": 2, "after": first["next_after"]}).json()

    assert [each["username"] for each in first["results"]] == ["ada", "barbara"]
    assert first["next_after"] == rows[1].pk
    assert [each["username"] for each in second["results"]] == ["edsger"]
    assert second["next_after"] is None


def test_a_learner_does_not_list_a_course() -> None:
    open_course()

    answer = signed_in(learner()).get(URL, {"course_key": DEMO})

    assert (answer.status_code, answer.json()["code"]) == (403, "staff_only")


def test_strangers_do_not_learn_that_an_enrolment_exists() -> None:
    open_course()
    row = enrolled(learner())
    stranger = signed_in(learner("eve"))

    hidden = stranger.get(f"{URL}/{row.pk}")
    absent = stranger.get(f"{URL}/{row.pk + 1}")

    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.json()["code"] == absent.json()["code"] == "enrollment_not_found"


def test_owner_and_staff_read_one_enrolment() -> None:
    ada = learner()
    open_course()
    row = enrolled(ada)

    for user in (ada, staff()):
        assert signed_in(user).get(f"{URL}/{row.pk}").json()["username"] == "ada"


def change(client: Client, row: Enrollment, **wish: object) -> tuple[int, str]:
    answer = client.patch(f"{URL}/{row.pk}", wish, content_type="application/json")
    return answer.status_code, answer.json().get("code", "")


def test_a_learner_leaves_and_comes_back() -> None:
    ada = learner()
    open_course("audit")
    row = enrolled(ada)
    client = signed_in(ada)

    assert change(client, row, active=False) == (200, "")
    assert change(client, row, active=True) == (200, "")

    assert history() == [("~", False, "audit"), ("~", True, "audit")]


def test_a_learner_does_not_come_back_to_a_closed_course() -> None:
    ada = learner()
    open_course("audit", invitation_only=True)
    row = enrolled(ada, active=False)

    assert change(signed_in(ada), row, active=True) == (403, "enrollment_closed")
    assert not Enrollment.objects.get().active


def test_a_learner_does_not_take_a_paid_mode() -> None:
    ada = learner()
    open_course("audit", "verified")
    row = enrolled(ada)

    assert change(signed_in(ada), row, mode="verified") == (403, "staff_only")
    assert Enrollment.objects.get().mode == "audit"


def test_a_learner_does_not_come_back_to_the_paid_mode_they_left() -> None:
    ada = learner()
    open_course("audit", "verified")
    row = enrolled(ada, mode="verified", active=False)

    assert change(signed_in(ada), row, active=True, mode="verified") == (403, "staff_only")
    assert change(signed_in(ada), row, active=True) == (200, "")
    assert history() == [("~", True, "audit")]


def test_a_learner_whose_certificate_is_there_does_not_leave_but_staff_may_end_it() -> None:
    ada = learner()
    open_course("audit", certificates_show_before_end=True)
    row = enrolled(ada)
    make_certificate(row_of(ada))

    assert change(signed_in(ada), row, active=False) == (409, "held_by_certificate")
    assert change(signed_in(staff()), row, active=False) == (200, "")


def test_a_learner_leaves_naming_the_paid_mode_they_have() -> None:
    ada = learner()
    open_course("audit", "verified")
    row = enrolled(ada, mode="verified")

    assert change(signed_in(ada), row, active=True, mode="verified") == (200, "")
    assert change(signed_in(ada), row, active=False, mode="verified") == (200, "")
    assert history() == [("~", False, "verified")]


def test_course_staff_give_a_paid_mode_and_take_back_into_a_closed_course() -> None:
    ada = learner()
    open_course("audit", "verified", invitation_only=True)
    row = enrolled(ada, active=False)

    assert change(signed_in(staff()), row, mode="verified", active=True) == (200, "")
    assert history() == [("~", True, "verified")]


def test_the_openapi_document_names_the_four_operations() -> None:
    document = Client().get("/api/v2/schema", headers={"accept": "application/json"}).content

    for operation in ("list", "create", "get", "change"):
        assert f"enrollments_{operation}".encode() in document

"""Enrolling beyond the recording: every refusal, and exactly the rows that legacy writes."""

import json

import pytest

from tests.recorded import Send
from tests.stand_in.browser import Browser, World, body

LIST = "/api/enrollment/v1/enrollment"
VER101 = "course-v1:LabU+VER101+2016_T3"
CAT01 = "course-v1:LabU+CAT01+2016"
DEMO = "course-v1:edX+DemoX+Demo_2016"
OLD100 = "course-v1:LabU+OLD100+2015"
HELD = b"Your certificate prevents you from unenrolling from this course"
WRITTEN = (
    "student_courseenrollment",
    "student_historicalcourseenrollment",
    "django_comment_client_role_users",
)


def wish(course_id: str, **more: object) -> dict[str, object]:
    return {"course_details": {"course_id": course_id}, **more}


def growth(world: World, before: dict[str, int]) -> list[int]:
    after = world.counts(*WRITTEN)
    return [after[table] - before[table] for table in WRITTEN]


def test_a_new_enrollment_writes_one_row_four_of_history_and_a_forum_role(
    ada: Browser, world: World
) -> None:
    before = world.counts(*WRITTEN)

    assert ada.post_json(LIST, wish(CAT01)).status == 200

    assert growth(world, before) == [1, 4, 1]
    history = world.rows(
        "SELECT history_type, is_active, mode FROM student_historicalcourseenrollment"
        " WHERE course_id = %s AND user_id = 7 ORDER BY history_id",
        CAT01,
    )
    assert [tuple(row.values()) for row in history] == [
        ("+", 1, "audit"),
        ("~", 0, "audit"),
        ("~", 1, "audit"),
        ("~", 1, "audit"),
    ]


def test_enrolling_again_writes_nothing(ada: Browser, world: World) -> None:
    ada.post_json(LIST, wish(CAT01))
    before = world.counts(*WRITTEN)

    assert ada.post_json(LIST, wish(CAT01, is_active=False)).status == 200

    assert growth(world, before) == [0, 0, 0]


@pytest.mark.parametrize("change", [{"mode": "verified"}, {"is_active": False}])
def test_a_change_by_key_writes_two_rows_of_history(
    integration: Browser, world: World, change: dict[str, object]
) -> None:
    before = world.counts(*WRITTEN)

    answer = integration.post_json(LIST, wish(VER101, user="leslie", **change))

    assert answer.status == 200
    assert {name: body(answer)[name] for name in change} == change
    assert growth(world, before) == [0, 2, 0]


def test_the_website_writes_three_rows_to_enroll_and_one_to_leave(
    ada: Browser, world: World
) -> None:
    before = world.counts(*WRITTEN)
    form = {"course_id": CAT01}

    assert ada.post_form("/change_enrollment", enrollment_action="enroll", **form).body == b""
    assert growth(world, before) == [1, 3, 1]
    assert ada.post_form("/change_enrollment", enrollment_action="unenroll", **form).body == b""
    assert growth(world, before) == [1, 4, 1]


def test_the_role_of_a_course_without_forum_is_made(ada: Browser, world: World) -> None:
    world.run("DELETE FROM django_comment_client_role_users WHERE user_id = 7")
    world.run("DELETE FROM django_comment_client_role WHERE course_id = %s", CAT01)

    ada.post_json(LIST, wish(CAT01))

    roles = world.rows(
        "SELECT name, user_id FROM django_comment_client_role AS role"
        " JOIN django_comment_client_role_users ON role_id = role.id WHERE course_id = %s",
        CAT01,
    )
    assert roles == [{"name": "Student", "user_id": 7}]


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (wish(CAT01, is_active="yes"), "'yes' is an invalid enrollment activation status."),
        (
            wish(VER101, user="leslie", mode="verified", is_active=False),
            (
                "Enrollment mode mismatch: active mode=audit, requested mode=verified."
                " Won't deactivate."
            ),
        ),
        (
            wish(
                VER101,
                user="leslie",
                mode="credit",
                enrollment_attributes=[{"namespace": "a", "name": "b", "value": "c"}],
            ),
            (
                "Missing enrollment attributes: requested mode=credit"
                " required attributes=[u'credit:provider_id']"
            ),
        ),
    ],
    ids=["state", "mismatch", "attributes"],
)
def test_a_key_call_that_makes_no_sense_is_refused_and_writes_nothing(
    integration: Browser, world: World, sent: dict[str, object], message: str
) -> None:
    before = world.counts(*WRITTEN)

    answer = integration.post_json(LIST, {"user": "ada", **sent})

    assert (answer.status, body(answer)) == (400, {"message": message})
    assert growth(world, before) == [0, 0, 0]


def test_the_provider_of_a_credit_enrollment_is_kept(integration: Browser, world: World) -> None:
    provider = {"namespace": "credit", "name": "provider_id", "value": "hogwarts"}

    integration.post_json(
        LIST, wish(VER101, user="leslie", mode="credit", enrollment_attributes=[provider])
    )

    kept = world.rows(
        "SELECT namespace, name, value FROM student_courseenrollmentattribute WHERE id > 1"
    )
    assert kept == [provider]


def test_an_expired_mode_can_only_be_left(integration: Browser, world: World) -> None:
    world.run(
        "UPDATE course_modes_coursemode SET expiration_datetime = '2016-01-01'"
        " WHERE mode_slug = 'verified'"
    )
    sent = wish(VER101, user="grace", mode="verified")

    assert integration.post_json(LIST, sent | {"is_active": False}).status == 200
    again = integration.post_json(LIST, sent | {"is_active": True})
    assert again.status == 400
    slugs = [mode["slug"] for mode in body(again)["course_details"]["course_modes"]]
    assert slugs == ["audit", "credit"]


def test_an_invitation_opens_a_closed_course(ada: Browser, world: World) -> None:
    assert ada.post_json(LIST, wish(OLD100)).status == 400
    world.run(
        "INSERT INTO student_courseenrollmentallowed (email, course_id, auto_enroll, created)"
        " VALUES ('ada@example.com', %s, 0, UTC_TIMESTAMP())",
        OLD100,
    )

    assert ada.post_json(LIST, wish(OLD100)).status == 200


def test_a_full_course_takes_nobody(ada: Browser, world: World) -> None:
    world.run(
        "UPDATE course_overviews_courseoverview SET max_student_enrollments_allowed = 0"
        " WHERE id = %s",
        CAT01,
    )

    assert ada.post_json(LIST, wish(CAT01)).status == 400
    closed = ada.post_form("/change_enrollment", course_id=CAT01, enrollment_action="enroll")
    assert (closed.status, closed.body) == (400, b"Could not enroll")


def test_a_learner_may_ask_for_mail_of_the_organization(ada: Browser, world: World) -> None:
    ada.post_json(LIST, wish(CAT01, email_opt_in=True))

    tag = world.value("SELECT value FROM user_api_userorgtag WHERE user_id = 7 AND org = 'LabU'")
    assert tag == "True"


def test_a_request_that_fails_at_its_end_leaves_nothing_behind(
    integration: Browser, world: World
) -> None:
    before = world.counts(*WRITTEN)

    answer = integration.post_json(LIST, wish(CAT01, user="leslie", email_opt_in=True))

    assert answer.status == 500
    assert growth(world, before) == [0, 0, 0]


@pytest.mark.parametrize(
    ("reader", "courses"), [("staff", 4), ("barbara", 1), ("donald", 1), ("honor", 0)]
)
def test_staff_of_a_course_see_its_enrollments_in_the_list_of_others(
    send: Send, reader: str, courses: int
) -> None:
    answer = Browser(send).logged_in(reader).get(f"{LIST}?user=grace")

    assert len(body(answer)) == courses


def test_only_a_superuser_reads_one_enrollment_of_another(send: Send) -> None:
    path = f"{LIST}/ada,{VER101}"

    assert body(Browser(send).logged_in("admin").get(path))["user"] == "ada"
    refused = Browser(send).logged_in("staff").get(path)
    assert (refused.status, refused.body, refused.header("Content-Type")) == (404, b"", None)


def test_an_enrollment_in_a_course_that_is_gone_leaves_the_list(ada: Browser, world: World) -> None:
    world.run("DELETE FROM course_overviews_courseoverview WHERE id = %s", VER101)

    listed = [each["course_details"]["course_id"] for each in body(ada.get(LIST))]
    assert VER101 not in listed
    assert len(listed) == 3
    assert body(ada.get(f"{LIST}/{VER101}"))["course_details"] is None


def test_another_content_type_is_refused(ada: Browser) -> None:
    answer = ada.request("POST", LIST, "x", {"Content-Type": "text/plain"})

    assert answer.status == 415
    assert body(answer) == {"detail": 'Unsupported media type "text/plain" in request.'}


def test_a_course_that_nobody_knows_has_no_details(browser: Browser) -> None:
    answer = browser.get("/api/enrollment/v1/course/course-v1:No+Such+Course")

    assert answer.status == 400
    assert body(answer) == {"message": "No course found for course ID 'course-v1:No+Such+Course'"}


def test_a_bad_key_in_the_path_is_the_server_error_it_was(ada: Browser) -> None:
    answer = ada.get(f"{LIST}/a+b+c")

    assert (answer.status, answer.header("Content-Type")) == (500, "text/html; charset=utf-8")


def test_the_41st_call_of_a_minute_waits_and_a_key_never_does(
    ada: Browser, integration: Browser, send: Send
) -> None:
    assert {ada.get(LIST).status for _ in range(40)} == {200}

    throttled = ada.get(LIST)

    assert throttled.status == 429
    assert 55 <= int(throttled.header("Retry-After") or 0) <= 60
    assert {integration.get(LIST).status for _ in range(45)} == {200}
    assert Browser(send).logged_in("honor").get(LIST).status == 200


def test_the_limit_can_be_switched_off(ada: Browser, world: World) -> None:
    world.run("UPDATE util_ratelimitconfiguration SET enabled = 0")

    assert {ada.get(LIST).status for _ in range(45)} == {200}


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"enrollment_action": "enroll"}, 400, "Course id not specified"),
        ({"course_id": "garbage", "enrollment_action": "enroll"}, 400, "Invalid course id"),
        (
            {"course_id": "course-v1:No+Such+One", "enrollment_action": "enroll"},
            400,
            "Course id is invalid",
        ),
        ({"course_id": CAT01, "enrollment_action": "x"}, 400, "Enrollment action is invalid"),
        ({"course_id": CAT01, "enrollment_action": "unenroll"}, 400, "You are not enrolled"),
        ({"course_id": DEMO, "enrollment_action": "enroll"}, 200, f"/course_modes/choose/{DEMO}/"),
        (
            {"course_id": "course-v1:LabU+CAT02+2016", "enrollment_action": "enroll"},
            200,
            "/course_modes/choose/course-v1:LabU+CAT02+2016/",
        ),
    ],
)
def test_the_website_is_told_in_words(
    ada: Browser, form: dict[str, str], status: int, words: str
) -> None:
    answer = ada.post_form("/change_enrollment", **form)

    assert answer.status == status
    assert answer.body.decode().startswith(words)


@pytest.mark.parametrize(
    ("status", "behavior", "words"),
    [
        ("generating", "early_with_info", HELD),
        ("downloadable", "early_with_info", HELD),
        ("regenerating", "early_no_info", HELD),
        ("generating", "early_no_info", b""),
        ("notpassing", "early_with_info", b""),
        ("downloadable", "end", b""),
    ],
)
def test_a_certificate_that_the_dashboard_shows_keeps_one_enrolled(
    ada: Browser, world: World, status: str, behavior: str, words: bytes
) -> None:
    world.run(f"UPDATE certificates_generatedcertificate SET status = '{status}' WHERE user_id = 7")
    world.run(
        f"UPDATE course_overviews_courseoverview SET certificates_display_behavior = '{behavior}'"
    )

    answer = ada.post_form("/change_enrollment", course_id=VER101, enrollment_action="unenroll")

    assert answer.body == words


def test_the_website_prefers_honor_where_the_api_prefers_audit(send: Send) -> None:
    website, api = Browser(send).logged_in("edsger"), Browser(send).logged_in("margaret")

    website.post_form("/change_enrollment", course_id=DEMO, enrollment_action="unenroll")
    website.post_form("/change_enrollment", course_id=DEMO, enrollment_action="enroll")
    api.post_form("/change_enrollment", course_id=DEMO, enrollment_action="unenroll")
    api.post_json(LIST, wish(DEMO))

    assert body(website.get(f"{LIST}/{DEMO}"))["mode"] == "honor"
    assert body(api.get(f"{LIST}/{DEMO}"))["mode"] == "audit"


def test_a_phone_may_post_a_patch(ada: Browser) -> None:
    headers = {
        "X-HTTP-Method-Override": "PATCH",
        "Content-Type": "application/merge-patch+json",
    }

    answer = ada.request("POST", "/api/user/v1/accounts/ada", json.dumps({"goals": "x"}), headers)

    assert (answer.status, body(answer)["goals"]) == (200, "x")

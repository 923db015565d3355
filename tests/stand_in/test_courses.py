"""The catalogue beyond the recording: who sees which courses, and how a start is shown."""

import pytest

from tests.recorded import Send
from tests.stand_in.browser import Browser, World, body

COURSES = "/api/courses/v1/courses/"
CAT01 = "course-v1:LabU+CAT01+2016"


def ids(browser: Browser, query: str = "?page_size=100") -> list[str]:
    return [each["id"] for each in body(browser.get(f"{COURSES}{query}"))["results"]]


@pytest.fixture
def hidden(world: World) -> str:
    """CAT01, for its staff only and closed for enrollment."""
    world.run(
        "UPDATE course_overviews_courseoverview"
        " SET visible_to_staff_only = 1, invitation_only = 1 WHERE id = %s",
        CAT01,
    )
    return CAT01


def test_a_hidden_course_is_there_for_staff_alone(send: Send, hidden: str) -> None:
    staff, stranger = Browser(send).logged_in("staff"), Browser(send)

    assert hidden not in ids(stranger)
    assert hidden not in ids(staff), "without a username everybody is a stranger"
    assert hidden in ids(staff, "?page_size=100&username=staff")
    assert hidden not in ids(staff, "?page_size=100&username=ada")
    missing = stranger.get(f"{COURSES}{hidden}")
    assert (missing.status, body(missing)) == (404, {"developer_message": "Course not found."})
    assert stranger.get(f"/courses/{hidden}/about").status == 404


def test_a_hidden_course_is_there_for_whom_it_invited(
    send: Send, world: World, hidden: str
) -> None:
    world.run(
        "INSERT INTO student_courseenrollmentallowed (email, course_id, auto_enroll, created)"
        " VALUES ('ada@example.com', %s, 0, UTC_TIMESTAMP())",
        hidden,
    )
    ada, honor = Browser(send).logged_in("ada"), Browser(send).logged_in("honor")

    assert hidden in ids(ada, "?page_size=100&username=ada")
    assert hidden not in ids(honor, "?page_size=100&username=honor")


def test_only_staff_looks_through_the_eyes_of_others(send: Send) -> None:
    unknown = Browser(send).logged_in("staff").get(f"{COURSES}?username=ghost")
    refused = Browser(send).logged_in("ada").get(f"{COURSES}?username=honor")

    assert body(unknown) == {"developer_message": "User matching query does not exist."}
    assert refused.status == 403


@pytest.mark.parametrize(
    ("query", "count"), [("mobile=true", 2), ("mobile=0", 12), ("org=labu", 11), ("org=x", 0)]
)
def test_the_list_is_filtered(browser: Browser, query: str, count: int) -> None:
    page = body(browser.get(f"{COURSES}?{query}"))

    assert page["pagination"]["count"] == count


def test_a_filter_that_is_no_truth_is_an_error_of_its_field(browser: Browser) -> None:
    answer = browser.get(f"{COURSES}?mobile=perhaps")

    assert answer.status == 400
    assert body(answer) == {
        "field_errors": {"mobile": {"developer_message": "Invalid Boolean Value."}}
    }


def test_the_last_page_can_be_asked_for_by_name(browser: Browser) -> None:
    page = body(browser.get(f"{COURSES}?page=last&page_size=4"))

    assert len(page["results"]) == 2
    assert page["pagination"]["next"] is None
    assert page["pagination"]["previous"] == f"http://lms.test{COURSES}?page=3&page_size=4"


def test_a_key_that_is_none_is_an_error_of_its_field(browser: Browser) -> None:
    answer = browser.get(f"{COURSES}a:b+c+d")

    assert answer.status == 400
    assert body(answer)["field_errors"]["course_key"] == {
        "developer_message": "'a:b+c+d' is not a valid course key."
    }


@pytest.mark.parametrize(
    ("columns", "kind", "shown"),
    [
        ("advertised_start = 'soon'", "string", "soon"),
        ("start = '2030-01-01'", "empty", None),
        ("start = NULL", "empty", None),
        ("start = '2016-05-09 12:00:00'", "timestamp", "May 9, 2016"),
    ],
)
def test_a_start_is_shown_as_it_was_announced(
    browser: Browser, world: World, columns: str, kind: str, shown: str | None
) -> None:
    world.run(f"UPDATE course_overviews_courseoverview SET {columns} WHERE id = %s", CAT01)

    course = body(browser.get(f"{COURSES}{CAT01}"))

    assert (course["start_type"], course["start_display"]) == (kind, shown)


def test_a_name_loses_its_brackets_and_keeps_its_ampersand(browser: Browser, world: World) -> None:
    world.run(
        "UPDATE course_overviews_courseoverview SET display_name = '<b>A & B</b>' WHERE id = %s",
        CAT01,
    )

    assert body(browser.get(f"{COURSES}{CAT01}"))["name"] == "&lt;b&gt;A & B&lt;/b&gt;"


def test_a_bad_token_is_an_error_inside_a_developer_message(browser: Browser) -> None:
    answer = browser.get(COURSES, {"Authorization": "Bearer nonsense"})

    assert answer.status == 401
    assert answer.header("WWW-Authenticate") is None
    assert body(answer)["developer_message"]["error_code"] == "token_nonexistent"


def test_the_dashboard_lists_the_learners_courses(ada: Browser) -> None:
    page = ada.get("/dashboard").body.decode()

    assert "course-v1:LabU+VER101+2016_T3 (verified)" in page
    assert "CAT01" not in page


def test_the_catalogue_page_leaves_out_what_is_not_advertised(browser: Browser) -> None:
    page = browser.get("/courses").body.decode()

    assert "Verified Course 101" in page
    assert "Ended Course 100" not in page


def test_the_login_page_leads_on_to_where_one_wanted_to_go(ada: Browser) -> None:
    answer = ada.get("/login?next=/courses")

    assert answer.header("Location") == "http://lms.test/courses"

from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from tests.modern.factories import DEMO, FAR_OFF, LONG_AGO, make_course, make_role, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("modern_alone")]


def keys(answer: Any) -> list[str]:
    return [course["key"] for course in answer.json()["results"]]


def test_a_course_is_told_in_full(client: Client) -> None:
    make_course(ends_at=FAR_OFF, display_org="Demo University", mobile_available=True)

    assert client.get(f"/api/v2/courses/{DEMO}").json() == {
        "key": DEMO,
        "title": "Introduction",
        "number": "CS101",
        "org": "Demo University",
        "short_description": None,
        "effort": None,
        "starts_at": "2014-01-01T00:00:00Z",
        "ends_at": "2030-01-01T00:00:00Z",
        "advertised_start": None,
        "enrollment_starts_at": None,
        "enrollment_ends_at": None,
        "invitation_only": False,
        "self_paced": False,
        "mobile_available": True,
        "image_url": "",
        "video_url": None,
        "prerequisite_courses": [],
    }


@pytest.mark.parametrize("key", ["DemoU/CS101/2012", "course-v1%3ADemoU%2BCS101%2B2016_T3"])
def test_a_course_is_found_by_either_kind_of_key(client: Client, key: str) -> None:
    make_course()
    make_course("DemoU/CS101/2012")

    assert client.get(f"/api/v2/courses/{key}").status_code == 200


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [("nonsense", 400, "invalid_course_key"), (DEMO, 404, "unknown_course")],
)
def test_a_course_that_is_not_there_is_no_course(
    client: Client, key: str, status: int, code: str
) -> None:
    answer = client.get(f"/api/v2/courses/{key}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_pages_follow_each_other_by_number_of_the_course(client: Client) -> None:
    for number in ("CS103", "CS101", "CS102"):
        make_course(f"course-v1:DemoU+{number}+1")

    first = client.get("/api/v2/courses?page_size=2")
    second = client.get("/api/v2/courses?page_size=2&page=2")
    beyond = client.get("/api/v2/courses?page_size=2&page=3")

    assert keys(first) == ["course-v1:DemoU+CS101+1", "course-v1:DemoU+CS102+1"]
    assert keys(second) == ["course-v1:DemoU+CS103+1"]
    assert (first.json()["next"], second.json()["next"], keys(beyond)) == (2, None, [])
    assert first.json()["count"] == 3


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("org=demou", ["CS101", "CS102"]),
        ("org=Demo", []),
        ("mobile=true", ["CS102"]),
        ("mobile=false", ["CS101", "BIO"]),
        ("search=GENES", ["BIO"]),
        ("search=of+life", ["BIO"]),
        ("search=of+stones", []),
        ("search=%25", []),
        ("search=", ["BIO", "CS101", "CS102"]),
        ("org=LabU&search=life", ["BIO"]),
    ],
)
def test_a_list_can_be_narrowed(client: Client, query: str, found: list[str]) -> None:
    make_course("course-v1:DemoU+CS101+1")
    make_course("course-v1:DemoU+CS102+1", mobile_available=True)
    make_course("LabU/BIO/1", title="Book of Life", short_description="Cells and genes")

    answer = client.get(f"/api/v2/courses?{query}")

    assert sorted(key.replace("+", "/").split("/")[1] for key in keys(answer)) == sorted(found)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("page=x", "page"),
        ("page_size=101", "page_size"),
        ("mobile=perhaps", "mobile"),
        ("search=" + "x" * 201, "search"),
        ("search=%00", "search"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_by_its_field(
    client: Client, query: str, field: str
) -> None:
    answer = client.get(f"/api/v2/courses?{query}")

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]


def test_staff_see_their_own_hidden_course_and_others_do_not(
    client: Client, modern_alone: LazySettings
) -> None:
    make_course(starts_at=FAR_OFF, enrollment_ends_at=LONG_AGO)
    user = make_user()
    make_role(user, "staff")
    assert keys(client.get("/api/v2/courses")) == []

    client.force_login(user)

    assert keys(client.get("/api/v2/courses")) == [DEMO]
    assert client.get(f"/api/v2/courses/{DEMO}").status_code == 200

import csv
from pathlib import Path

import pytest

from flags.access import Access
from flags.routes import NATIVE, ROUTES, CourseAt, Place, Service, find, of_capability

_FIXTURE = Path(__file__).parent / "fixtures" / "legacy_urls.csv"

LEGACY = list(csv.DictReader(_FIXTURE.read_text().splitlines()))
"""What legacy's two URL configurations hold; `samples` are requests of a row: `[METHOD|]path`."""

COURSE = "course-v1:edX+DemoX+Demo_Course"


def requests_of(row: dict[str, str]) -> list[tuple[str, bytes]]:
    methods = ["GET", "POST"] if row["methods"] in ("ANY", "*") else row["methods"].split(",")
    requests = []
    for sample in row["samples"].split():
        method, _, path = sample.rpartition("|")
        requests += [(one, path.encode()) for one in ([method] if method else methods)]
    return requests


@pytest.mark.parametrize("row", LEGACY, ids=lambda row: f"{row['service']} {row['path']}"[:60])
def test_every_request_that_legacy_knows_reaches_its_capability(row: dict[str, str]) -> None:
    for method, path in requests_of(row):
        route = find(Service(row["service"]), method, path)

        assert route is not None, path
        assert route.capability == row["capability"], path
        assert route.serves(method), path


def test_every_declared_route_is_the_answer_to_some_request_of_legacy() -> None:
    answered = {
        find(Service(row["service"]), method, path)
        for row in LEGACY
        for method, path in requests_of(row)
    }
    unheard = {route.pattern for route in ROUTES if route not in answered}

    # REST routers' second spelling, creation in Studio, and modern's own.
    assert {pattern for pattern in unheard if not pattern.startswith("/api/v2/")} == {
        "/user_api/v1/users.json",
        "/user_api/v1/users/{id}.json",
        "/xblock/",
    }


@pytest.mark.parametrize(
    ("method", "path", "capability", "access"),
    [
        ("GET", "/logout", "auth-session", Access.WRITES),
        ("GET", "/activate/0123", "registration", Access.WRITES),
        ("GET", "/password_reset_confirm/2s-4a-0d9f/", "password-reset", Access.WRITES),
        ("GET", f"/courses/{COURSE}/courseware/a/b/", "courseware", Access.WRITES),
        ("POST", "/search/course_discovery/", "catalog", Access.READS),
        ("POST", f"/search/{COURSE}", "courseware", Access.READS),
        (
            "POST",
            f"/courses/{COURSE}/instructor/api/list_email_content",
            "instructor",
            Access.READS,
        ),
        ("POST", f"/courses/{COURSE}/instructor/api/send_email", "instructor", Access.WRITES),
        ("HEAD", "/api/enrollment/v1/enrollment", "enrollment", Access.READS),
        ("OPTIONS", "/api/enrollment/v1/enrollment", "enrollment", Access.READS),
        ("POST", "/api/enrollment/v1/enrollment", "enrollment", Access.WRITES),
    ],
)
def test_reads_and_writes_go_by_the_method_except_where_legacy_does_otherwise(
    method: str, path: str, capability: str, access: Access
) -> None:
    route = find(Service.LMS, method, path.encode())

    assert route is not None
    assert (route.capability, route.access(method)) == (capability, access)


@pytest.mark.parametrize(
    ("method", "path", "place"),
    [
        ("GET", f"/api/enrollment/v1/enrollment/ada,{COURSE}", CourseAt(Place.PATH, "course_id")),
        ("GET", "/api/courses/v1/blocks/", CourseAt(Place.QUERY, "course_id")),
        ("POST", "/change_enrollment", CourseAt(Place.FORM, "course_id")),
        (
            "POST",
            "/api/enrollment/v1/enrollment",
            CourseAt(Place.JSON, "course_details.course_id"),
        ),
        ("GET", "/api/enrollment/v1/enrollment", None),
        ("GET", "/xblock/block-v1:a+b+c+type@d+block@e", CourseAt(Place.PATH, "usage_key")),
    ],
)
def test_a_route_says_where_its_course_key_sits(
    method: str, path: str, place: CourseAt | None
) -> None:
    route = find(Service.LMS, method, path.encode())

    assert route is not None
    assert route.course == place


def test_a_method_that_nobody_serves_goes_to_the_owner_of_the_path() -> None:
    route = find(Service.LMS, "DELETE", b"/api/enrollment/v1/enrollment")

    assert route is not None
    assert route.capability == "enrollment"
    assert not route.serves("DELETE")


def test_the_same_path_belongs_to_different_capabilities_of_the_two_services() -> None:
    lms, cms = (find(service, "GET", b"/") for service in Service)

    assert lms is not None
    assert cms is not None
    assert (lms.capability, cms.capability) == ("catalog", "studio-home")


def test_a_path_that_legacy_does_not_know_has_no_route() -> None:
    assert find(Service.LMS, "GET", b"/wp-login.php") is None
    assert find(Service.CMS, "GET", b"/api/enrollment/v1/enrollment") is None


@pytest.mark.parametrize(
    ("path", "capability"),
    [
        (b"/api/v2/enrollments", "enrollment"),
        (b"/api/v2/enrollments/7/", "enrollment"),
        (b"/api/v2/courses/course-v1:edX+DemoX+Demo_Course/", "catalog"),
        (b"/api/v2/identity/actor", NATIVE),
        (b"/api/v2/schema/", NATIVE),
        (b"/api/v2/docs/", NATIVE),
    ],
)
def test_moderns_own_api_follows_its_capability_or_is_always_moderns(
    path: bytes, capability: str
) -> None:
    route = find(Service.LMS, "GET", path)

    assert route is not None
    assert route.capability == capability


def test_nobody_is_led_to_sign_in_to_a_studio_that_does_not_believe_the_facade() -> None:
    assert find(Service.CMS, "POST", b"/api/v2/identity/session") is None
    assert find(Service.CMS, "GET", b"/api/v2/schema") is not None


def test_no_two_routes_of_a_service_answer_the_same_pattern_and_method() -> None:
    claims = [
        (route.service, route.pattern, method)
        for route in ROUTES
        for method in route.methods or {"any"}
    ]

    assert len(claims) == len(set(claims))


def test_the_routes_of_a_capability_are_in_the_order_they_are_tried() -> None:
    own = of_capability("enrollment")

    assert {route.capability for route in own} == {"enrollment"}
    assert list(own) == [route for route in ROUTES if route.capability == "enrollment"]

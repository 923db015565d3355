"""Which course a request is about, wherever its route says that it is."""

import pytest

from facade.course import MAX_BODY, course_in_body, course_in_head, is_in_body
from facade.request import RequestHead, parse_request
from facade.routes import Match
from flags.access import Access
from flags.routes import CourseAt, Place, Route, Service, of_capability

COURSE = "course-v1:edX+DemoX+2016"
JSON = b"Content-Type: application/json; charset=utf-8"
FORM = b"Content-Type: application/x-www-form-urlencoded"


def match(place: Place | None, name: str = "course_id", text: str | None = None) -> Match:
    at = CourseAt(place, name) if place else None
    route = Route(
        service=Service.LMS,
        capability="enrollment",
        methods=frozenset(),
        pattern="/x",
        course=at,
    )
    return Match(route, Access.WRITES, is_built=True, course_text=text)


def post(*lines: bytes) -> RequestHead:
    return parse_request(b"\r\n".join([b"POST /x HTTP/1.1", b"Host: a", *lines]))


@pytest.mark.parametrize(
    ("found", "query", "expected"),
    [
        (match(None), b"course_id=" + COURSE.encode(), None),
        (match(Place.PATH, text=COURSE), b"", COURSE),
        (match(Place.PATH), b"", None),
        (match(Place.QUERY), b"a=b&course_id=course-v1%3AedX%2BDemoX%2B2016", COURSE),
        (match(Place.QUERY), b"course_id=x&course_id=edX/DemoX/2016", "edX/DemoX/2016"),
        # A raw plus is a space in a query: legacy finds no course there either.
        (match(Place.QUERY), b"course_id=course-v1:edX+DemoX+2016", None),
        (match(Place.QUERY), b"", None),
        (match(Place.JSON), b"course_id=" + COURSE.encode(), None),
    ],
)
def test_path_and_query_are_read_as_legacy_reads_them(
    found: Match, query: bytes, expected: str | None
) -> None:
    assert course_in_head(found, query) == expected


@pytest.mark.parametrize(
    ("found", "lines", "expected"),
    [
        (match(Place.JSON), (JSON, b"Content-Length: 5"), True),
        (match(Place.JSON), (JSON, b"Transfer-Encoding: chunked"), True),
        (match(Place.JSON), (JSON, b"Content-Length: %d" % (MAX_BODY + 1)), False),
        (match(Place.JSON), (JSON,), False),
        (match(Place.JSON), (FORM, b"Content-Length: 5"), False),
        (match(Place.JSON), (JSON, b"Content-Encoding: gzip", b"Content-Length: 5"), False),
        (match(Place.FORM), (FORM, b"Content-Length: 5"), True),
        (match(Place.FORM), (b"Content-Type: multipart/form-data", b"Content-Length: 5"), False),
        (match(Place.QUERY), (JSON, b"Content-Length: 5"), False),
        (match(None), (JSON, b"Content-Length: 5"), False),
    ],
)
def test_a_body_is_waited_for_only_where_it_can_name_a_course(
    found: Match, lines: tuple[bytes, ...], *, expected: bool
) -> None:
    assert is_in_body(found, post(*lines)) is expected


@pytest.mark.parametrize(
    ("found", "body", "expected"),
    [
        (match(Place.JSON, "a.b"), b'{"a": {"b": "%b"}}' % COURSE.encode(), COURSE),
        (match(Place.JSON, "a.b"), b'{"a": ["b"]}', None),
        (match(Place.JSON, "a"), b'{"a": 5}', None),
        (match(Place.JSON, "a"), b'{"a": "no course"}', None),
        (match(Place.JSON, "a"), b"{", None),
        (match(Place.JSON, "a"), b"\xff", None),
        (match(Place.FORM), b"course_id=edX%2FDemoX%2F2016", "edX/DemoX/2016"),
        (match(Place.FORM), b"", None),
        (match(None), b"", None),
    ],
)
def test_a_body_names_a_course_or_none(found: Match, body: bytes, expected: str | None) -> None:
    assert course_in_body(found, post(b"Content-Length: 5"), [body[:3], body[3:]]) == expected


def test_a_chunked_body_is_read_without_its_framing() -> None:
    body = [b"8\r\n", b'{"a": "e\r\n', b'e\r\ndX/DemoX/2016"\r\n1\r\n}\r\n0\r\n\r\n']
    head = post(b"Transfer-Encoding: chunked")
    assert course_in_body(match(Place.JSON, "a"), head, body) == "edX/DemoX/2016"
    assert course_in_body(match(Place.JSON, "a"), head, [b"nonsense\r\n"]) is None


def test_the_enrollment_api_names_its_course_in_the_body() -> None:
    places = {route.course for route in of_capability("enrollment") if route.course}
    assert CourseAt(Place.JSON, "course_details.course_id") in places

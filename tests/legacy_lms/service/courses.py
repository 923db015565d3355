"""The catalogue: courses API v1, list and detail."""

from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from tests.legacy_lms.service import catalog
from tests.legacy_lms.service.api import Endpoint, Place, anybody, reply
from tests.legacy_lms.service.call import Call
from tests.legacy_lms.service.errors import RefusalError
from tests.legacy_lms.service.messages import Answer
from tests.legacy_lms.service.moments import drf_moment
from tests.legacy_lms.service.tables import Row, User, user_where

PAGE_SIZE = 10
NO_START_YET = "2030-01-01T00:00:00Z"
MONTHS = (
    "Jan.",
    "Feb.",
    "March",
    "April",
    "May",
    "June",
    "July",
    "Aug.",
    "Sept.",
    "Oct.",
    "Nov.",
    "Dec.",
)
TRUTHS = {"true": True, "1": True, "t": True, "false": False, "0": False, "f": False}


def list_courses(call: Call, _place: Place) -> Answer:
    """GET the courses that `username`, by default nobody, may see: filtered, sorted, in pages."""
    query = call.request.query
    viewer = _viewer(call)
    courses = [
        course
        for course in catalog.overviews(call.tables)
        if catalog.is_visible(call.tables, viewer, course, now=call.now) and _matches(course, query)
    ]
    return _page(call, courses)


def one_course(call: Call, place: Place) -> Answer:
    """GET a course; an unknown or invisible one is not found, a bad key a field error."""
    course_id = place["course_id"].rstrip("/")
    if not catalog.is_course_key(course_id):
        return _field_error("course_key", f"'{course_id}' is not a valid course key.")
    viewer = _viewer(call)
    course = catalog.overview(call.tables, course_id)
    if course is None or not catalog.is_visible(call.tables, viewer, course, now=call.now):
        raise RefusalError(404, "Course not found.")
    # The text of the about page lives in the course store, which the stand-in does not have.
    return reply({**_course(call, course), "overview": None})


def start_display(course: Row) -> tuple[str, str | None]:
    """How a start is shown: its kind, and the text in Django's English date format."""
    start = course["start"]
    if course["advertised_start"]:
        return "string", course["advertised_start"]
    if start is None or drf_moment(start) == NO_START_YET:
        return "empty", None
    return "timestamp", f"{MONTHS[start.month - 1]} {start.day}, {start.year}"


def _viewer(call: Call) -> User | None:
    username = call.request.query.get("username")
    if not username:
        return None
    if call.user and username == call.username:
        return call.user
    if not (call.user and call.user.is_staff):
        raise RefusalError(403, "You do not have permission to perform this action.")
    user = user_where(call.tables, "username", username)
    if user is None:
        raise RefusalError(404, "User matching query does not exist.")
    return user


def _matches(course: Row, query: dict[str, str]) -> bool:
    org = query.get("org")
    return not org or course["org"].lower() == org.lower()


def _page(call: Call, courses: list[Row]) -> Answer:
    query = call.request.query
    mobile = query.get("mobile")
    if mobile is not None and mobile.lower() not in TRUTHS:
        return _field_error("mobile", "Invalid Boolean Value.")
    if mobile is not None:
        wanted = TRUTHS[mobile.lower()]
        courses = [each for each in courses if bool(each["mobile_available"]) is wanted]
    size = _positive(query.get("page_size")) or PAGE_SIZE
    pages = max(1, -(-len(courses) // size))
    number = _page_number(query.get("page", "1"), pages)
    shown = courses[(number - 1) * size : number * size]
    pagination = {
        "count": len(courses),
        "num_pages": pages,
        "previous": _page_url(call, number - 1) if number > 1 else None,
        "next": _page_url(call, number + 1) if number < pages else None,
    }
    return reply({"pagination": pagination, "results": [_course(call, each) for each in shown]})


def _page_number(text: str, pages: int) -> int:
    if text == "last":
        return pages
    if not text.isdigit():
        raise RefusalError(404, f'Invalid page "{text}": That page number is not an integer.')
    if not 1 <= int(text) <= pages:
        raise RefusalError(404, f'Invalid page "{text}": That page contains no results.')
    return int(text)


def _page_url(call: Call, number: int) -> str:
    pairs = dict(parse_qsl(call.request.query_string, keep_blank_values=True))
    pairs.pop("page", None)
    if number > 1:
        pairs["page"] = str(number)
    query = urlencode(sorted(pairs.items()))
    return call.request.absolute(call.request.path) + (f"?{query}" if query else "")


def _positive(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _field_error(field: str, words: str) -> Answer:
    return reply({"field_errors": {field: {"developer_message": words}}}, 400)


def _course(call: Call, course: Row) -> dict[str, Any]:
    key, start = quote(course["id"], safe=""), start_display(course)
    return {
        "id": course["id"],
        "course_id": course["id"],
        "name": _safe_name(course["display_name"] or ""),
        "number": course["display_number_with_default"],
        "org": course["display_org_with_default"],
        "short_description": course["short_description"],
        "effort": course["effort"],
        "start": drf_moment(course["start"]),
        "start_type": start[0],
        "start_display": start[1],
        "end": drf_moment(course["end"]),
        "enrollment_start": drf_moment(course["enrollment_start"]),
        "enrollment_end": drf_moment(course["enrollment_end"]),
        "pacing": "self" if course["self_paced"] else "instructor",
        "blocks_url": call.request.absolute(f"/api/courses/v1/blocks/?course_id={key}"),
        "media": _media(call, course),
    }


def _safe_name(name: str) -> str:
    # Legacy escapes the two brackets and leaves the ampersand alone.
    return name.replace("<", "&lt;").replace(">", "&gt;")


def _media(call: Call, course: Row) -> dict[str, Any]:
    image = course["course_image_url"]
    absolute = call.request.absolute(image)
    return {
        "course_image": {"uri": image},
        "course_video": {"uri": course["course_video_url"]},
        "image": {"raw": absolute, "small": absolute, "large": absolute},
    }


LIST = Endpoint(
    name="Course List",
    methods={"GET": list_courses},
    permits=anybody,
    error_key="developer_message",
)
ONE = Endpoint(
    name="Course Detail",
    methods={"GET": one_course},
    permits=anybody,
    error_key="developer_message",
)

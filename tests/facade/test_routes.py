"""The compiled table says what the plain rule says, only faster."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facade.routes import MAX_REMEMBERED, RouteTable
from flags.routes import NATIVE, ROUTES, Service, find

TABLES = {service: RouteTable(ROUTES, service) for service in Service}
COURSES = ("course-v1:edX+DemoX+2016", "edX/DemoX/2016", "ccx-v1:A+B+C+ccx@7", "half/key")
WORDS = ("x", "ada", "courseware", "about", "a.b", "i4x://edX/D/problem/p", "7", "ü", "v1")


@st.composite
def paths(draw: st.DrawFn) -> str:
    """Paths as patterns have them, with something in each placeholder, perhaps cut or prolonged."""
    pattern = draw(st.sampled_from(ROUTES)).pattern
    text = re.sub(r"\[([^\]]*)\]", lambda found: draw(st.sampled_from(["", found[1]])), pattern)
    text = re.sub(
        r"\{(\w+)\}",
        lambda found: draw(st.sampled_from(COURSES if "course" in found[1] else WORDS)),
        text,
    ).replace("...", draw(st.sampled_from(["", "more", "/more"])))
    text += draw(st.sampled_from(["", "", "/", "/x", "x"]))
    return text[: draw(st.sampled_from([len(text), len(text), len(text) // 2])) or 1]


@given(
    st.sampled_from(Service), st.sampled_from(["GET", "HEAD", "POST", "PATCH", "OPTIONS"]), paths()
)
def test_it_finds_the_route_of_the_plain_rule(service: Service, method: str, path: str) -> None:
    found = TABLES[service].find(method, path.encode())
    assert (found.route if found else None) is find(service, method, path.encode())


@given(st.sampled_from(Service), st.text(max_size=30))
def test_any_path_at_all_has_the_plain_rule_s_answer(service: Service, rest: str) -> None:
    path = b"/" + rest.encode("utf-8", "surrogatepass")
    found = TABLES[service].find("GET", path)
    assert (found.route if found else None) is find(service, "GET", path)


@pytest.mark.parametrize(
    "path",
    [
        b"/courses/course-v1:edX+DemoX+2016/about",
        b"/courses/course-v1%3AedX%2BDemoX%2B2016/about",
        b"/courses/edX/DemoX/2016/about",
    ],
)
def test_the_course_in_the_path_comes_with_the_route(path: bytes) -> None:
    match = TABLES[Service.LMS].match(b"GET", path)
    assert match is not None
    assert match.route.pattern == "/courses/{course_id}/about"
    assert match.course_text in ("course-v1:edX+DemoX+2016", "edX/DemoX/2016")


@given(
    st.sampled_from(Service), st.sampled_from(["GET", "POST", "PATCH", "DELETE", "HEAD"]), paths()
)
def test_it_says_whether_modern_serves_the_route(service: Service, method: str, path: str) -> None:
    found = TABLES[service].find(method, path.encode())
    if found:
        assert found.is_built is (found.route.access(method) in found.route.built)


def test_modern_s_own_paths_are_told_apart() -> None:
    match = TABLES[Service.LMS].match(b"GET", b"/api/v2/identity/actor")
    assert match is not None
    assert match.is_native
    assert match.route.capability == NATIVE


def test_the_memory_of_paths_is_bounded() -> None:
    table = RouteTable(ROUTES, Service.LMS)
    for number in range(MAX_REMEMBERED + 10):
        table.match(b"GET", b"/u/%d" % number)
    assert len(table._remembered) <= MAX_REMEMBERED


def test_patterns_can_be_logged_as_they_are() -> None:
    assert not [route.pattern for route in ROUTES if re.search(r'["\\\x00-\x1f]', route.pattern)]

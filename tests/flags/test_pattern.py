import pytest
from hypothesis import given
from hypothesis import strategies as st

from flags.errors import BadPattern
from flags.pattern import compile_pattern, names, specificity
from flags.routes import ROUTES

COURSE = b"course-v1:edX+DemoX+Demo_Course"


def groups(pattern: str, path: bytes) -> dict[str, bytes] | None:
    found = compile_pattern(pattern).match(path)
    return None if found is None else found.groupdict()


@pytest.mark.parametrize(
    "key",
    [
        COURSE,
        b"edX/Open_DemoX/edx_demo_course",
        b"course-v1%3AedX%2BDemoX%2BDemo_Course",
        b"edX%2fOpen_DemoX%2Fedx_demo_course",
        b"ccx-v1:edX+DemoX+Demo_Course+ccx@7",
    ],
)
def test_a_course_key_is_three_parts_in_any_spelling(key: bytes) -> None:
    assert groups("/courses/{course_id}/about", b"/courses/" + key + b"/about") == {
        "course_id": key
    }


@pytest.mark.parametrize("key", [b"edX", b"edX/DemoX", b"edX+DemoX", b"//", b"a//b"])
def test_two_parts_or_empty_ones_are_no_course_key(key: bytes) -> None:
    assert groups("/courses/{course_id}/about", b"/courses/" + key + b"/about") is None


def test_a_name_ends_at_the_character_that_follows_it() -> None:
    found = groups("/enrollment/{username},{course_id}", b"/enrollment/ada," + COURSE)

    assert found == {"username": b"ada", "course_id": COURSE}
    assert groups("/{username}/x", b"/a/b/x") is None
    assert groups("/{username}/x", b"//x") is None


def test_a_usage_key_is_one_segment_or_an_old_key_with_its_slashes() -> None:
    old = b"i4x://edX/DemoX/problem/a1"

    assert groups("/xblock/{usage_key}", b"/xblock/" + old) == {"usage_key": old}
    assert groups("/xblock/{usage_key}", b"/xblock/block-v1:a") == {"usage_key": b"block-v1:a"}
    assert groups("/xblock/{usage_key}", b"/xblock/a/b") is None


def test_a_library_key_is_no_course_key() -> None:
    assert groups("/library/{library_key}", b"/library/library-v1:edX+Lib") is not None
    assert groups("/library/{library_key}", b"/library/" + COURSE) is None
    assert groups("/import/{courselike_key}", b"/import/library-v1:edX+Lib") is not None
    assert groups("/import/{courselike_key}", b"/import/" + COURSE) is not None


@pytest.mark.parametrize(
    ("pattern", "taken", "left"),
    [
        ("/courses[/]", [b"/courses", b"/courses/"], [b"/courses//", b"/coursesx"]),
        ("/admin/...", [b"/admin/", b"/admin/a/b"], [b"/admin"]),
        (
            "/api/v2/courses[/...]",
            [b"/api/v2/courses", b"/api/v2/courses/a/b"],
            [b"/api/v2/coursesx"],
        ),
        ("/a/{key}...", [b"/a/x", b"/a/x/y"], [b"/a/"]),
        ("/grades.csv", [b"/grades.csv"], [b"/gradesxcsv", b"/grades.csv\n"]),
    ],
)
def test_optional_rests_and_tails(pattern: str, taken: list[bytes], left: list[bytes]) -> None:
    assert [groups(pattern, path) for path in left] == [None] * len(left)
    assert None not in [groups(pattern, path) for path in taken]


@pytest.mark.parametrize(
    "pattern",
    ["courses", "", "/a{b", "/a}b", "/a[b]c", "/[a][b]", "/a...b", "/a]", "/a[b", "/a[b...c]"],
)
def test_what_is_not_in_the_language_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern, match=r"pattern language|optional part|only at the end"):
        compile_pattern(pattern)


def test_names_are_given_in_their_order() -> None:
    assert names("/a/{one}/{two}[/{three}]") == ("one", "two", "three")


def test_the_more_literal_pattern_comes_first() -> None:
    ordered = [
        "/courses/{course_id}/info",
        "/courses/{course_id}/x-{tab}",
        "/courses/{course_id}/{tab}",
        "/courses/{course_id}/{usage_key}",
        "/courses/{course_id}/...",
    ]

    backwards = ordered[::-1]

    assert sorted(backwards, key=specificity) == ordered


@pytest.mark.parametrize("pattern", sorted({route.pattern for route in ROUTES}))
def test_every_declared_pattern_is_in_the_language(pattern: str) -> None:
    assert compile_pattern(pattern).groups >= len(names(pattern))


@given(st.binary(max_size=60))
def test_no_path_is_too_strange_to_be_matched(path: bytes) -> None:
    for pattern in ("/courses/{course_id}/{tab_slug}/", "/xblock/{usage_key}", "/{username},{key}"):
        found = groups(pattern, b"/" + path)
        assert found is None or all(found.values())

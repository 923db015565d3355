import pytest
from hypothesis import given
from hypothesis import strategies as st

from flags.course_keys import course_key, organisation


@pytest.mark.parametrize(
    ("text", "key", "org"),
    [
        ("edX/Open_DemoX/edx_demo_course", "edX/Open_DemoX/edx_demo_course", "edX"),
        ("course-v1:edX+DemoX+Demo_Course", "course-v1:edX+DemoX+Demo_Course", "edX"),
        ("course-v1%3AedX%2BDemoX%2BDemo_Course", "course-v1:edX+DemoX+Demo_Course", "edX"),
        ("course-v1:edX:EU+Demo:X+R:1", "course-v1:edX:EU+Demo:X+R:1", "edX:EU"),
        ("block-v1:edX+DemoX+R:1+type@html+block@a", "course-v1:edX+DemoX+R:1", "edX"),
        ("ccx-v1:edX+DemoX+R+ccx@7", "ccx-v1:edX+DemoX+R+ccx@7", "edX"),
        ("library-v1:edX+Lib", "library-v1:edX+Lib", "edX"),
        ("block-v1:edX+DemoX+R+type@problem+block@a1", "course-v1:edX+DemoX+R", "edX"),
        ("asset-v1:edX+DemoX+R+type@asset+block@p.png", "course-v1:edX+DemoX+R", "edX"),
        ("ccx-block-v1:edX+DemoX+R+ccx@7+type@html+block@a", "ccx-v1:edX+DemoX+R+ccx@7", "edX"),
        ("lib-block-v1:edX+Lib+type@html+block@a", "library-v1:edX+Lib", "edX"),
    ],
)
def test_a_key_gives_its_course_and_its_organisation(text: str, key: str, org: str) -> None:
    assert course_key(text) == key
    assert organisation(key) == org


@pytest.mark.parametrize(
    "text",
    [
        "",
        "edX",
        "edX/DemoX",
        "i4x://edX/DemoX/problem/a1",
        "course-v1:edX DemoX Demo_Course",
        "course-v1:edX+DemoX",
        "course-v1:edX/DemoX/R",
        "edX/DemoX/R/about",
        "block-v1:edX+DemoX+R",
    ],
)
def test_what_names_no_single_course_gives_none(text: str) -> None:
    assert course_key(text) is None


@given(st.text())
def test_a_canonical_key_is_its_own_canonical_form(text: str) -> None:
    key = course_key(text)

    assert key is None or course_key(key) == key

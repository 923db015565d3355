import pytest
from hypothesis import given
from hypothesis import strategies as st

from modern.shared.keys import CourseKey, InvalidCourseKey

PART = st.text(
    st.characters(categories=["L", "Nd"], include_characters="_-~.:"), min_size=1, max_size=40
)


@given(org=PART, number=PART, run=PART)
def test_a_key_is_written_back_byte_by_byte(org: str, number: str, run: str) -> None:
    for text in (f"course-v1:{org}+{number}+{run}", f"{org}/{number}/{run}"):
        key = CourseKey.parse(text)

        assert str(key) == text
        assert (key.org, key.number, key.run) == (org, number, run)


def test_a_course_within_a_course_belongs_to_the_organisation_of_the_course() -> None:
    assert CourseKey.parse("ccx-v1:DemoU+CS101+2016+ccx@7").org == "DemoU"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "DemoU",
        "DemoU/CS101",
        "DemoU/CS101/2016/more",
        "course-v1:DemoU+CS101",
        "course-v1:DemoU+CS101+2016+branch@draft",
        "course-v1:DemoU CS101 2016",
        "course-v1:DemoU+CS101+2016\n",
        " course-v1:DemoU+CS101+2016",
        "Course-v1:DemoU+CS101+2016",
        "library-v1:DemoU+Lib",
        "ccx-v1:DemoU+CS101+2016+ccx@",
        "DemoU/CS101/" + "r" * 250,
    ],
)
def test_what_is_no_key_is_refused_with_the_form_of_one(text: str) -> None:
    with pytest.raises(InvalidCourseKey, match=r"write course-v1:Org\+Number\+Run"):
        CourseKey.parse(text)

"""The keys of course runs, read strictly and written back byte by byte.

`course-v1:Org+Number+Run`, the older `Org/Number/Run`, and `ccx-v1:Org+Number+Run+ccx@7` for a
course within a course. The text is the key: the same course in two notations is two courses, as it
always was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from modern.shared.errors import BadInput

__all__ = ["CourseKey", "InvalidCourseKey"]

MAX_LENGTH = 255
PART = r"[\w\-~.:]+"
OLD_PART = r"[\w\-~.:%]+"
FORMS = (
    re.compile(rf"course-v1:(?P<org>{PART})\+(?P<number>{PART})\+(?P<run>{PART})"),
    re.compile(rf"(?P<org>{OLD_PART})/(?P<number>{OLD_PART})/(?P<run>{OLD_PART})"),
    re.compile(
        rf"ccx-v1:(?P<org>{PART})\+(?P<number>{PART})\+(?P<run>{PART})\+ccx@(?P<ccx>[0-9]+)"
    ),
)


class InvalidCourseKey(BadInput):
    """This is no course key: write course-v1:Org+Number+Run or Org/Number/Run."""

    code = "invalid_course_key"


@dataclass(frozen=True, slots=True)
class CourseKey:
    """The key of one course run; `str` gives the text it was read from."""

    text: str
    org: str
    number: str
    run: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key; raises InvalidCourseKey for anything else, a blank or newline at its end
        included.
        """
        shapes = (form.fullmatch(text) for form in FORMS)
        shape = next((found for found in shapes if found), None)
        if shape is None or len(text) > MAX_LENGTH:
            raise InvalidCourseKey
        return cls(text=text, org=shape["org"], number=shape["number"], run=shape["run"])

    def __str__(self) -> str:
        return self.text

"""Course keys as legacy spells them: text in, canonical text out.

Only what routing needs: the key of a course, the course inside a usage key or an asset key, and the
organisation. A key without a run (`i4x://Org/Num/...`, `/c4x/Org/Num/...`) names no single course
and gives `None`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

__all__ = ["course_key", "organisation"]

# opaque_keys' rules: three parts, of characters that survive in a URL path and in XML. An old key
# with a colon could not be told from a new one.
_PART = r"[\w.\-~:]+"
_OLD_PART = r"[\w.\-~]+"
_COURSE = re.compile(
    rf"""(?: (?P<old> {_OLD_PART}/{_OLD_PART}/{_OLD_PART} )
         | course-v1:(?P<course> {_PART}\+{_PART}\+{_PART} )
         | ccx-v1:(?P<ccx> {_PART}\+{_PART}\+{_PART}\+ccx@\d+ )
         | library-v1:(?P<library> {_PART}\+{_PART} )
         | (?:block|asset)-v1:(?P<in_course> {_PART}\+{_PART}\+{_PART} )\+type@.+
         | ccx-block-v1:(?P<in_ccx> {_PART}\+{_PART}\+{_PART}\+ccx@\d+ )\+type@.+
         | lib-block-v1:(?P<in_library> {_PART}\+{_PART} )\+type@.+
         )""",
    re.VERBOSE,
)
_PREFIX = {
    "old": "",
    "course": "course-v1:",
    "in_course": "course-v1:",
    "ccx": "ccx-v1:",
    "in_ccx": "ccx-v1:",
    "library": "library-v1:",
    "in_library": "library-v1:",
}


@lru_cache(maxsize=4096)
def course_key(text: str) -> str | None:
    """Give the canonical course (or library) key that `text` is, or lies in; percent-encoded
    spellings count too.

    `None` if it is no key, or one that does not say which run of a course it belongs to.
    """
    found = _COURSE.fullmatch(unquote(text))
    if found is None or found.lastgroup is None:
        return None
    return _PREFIX[found.lastgroup] + found[found.lastgroup]


def organisation(key: str) -> str:
    """Give the organisation of a canonical key: `Org` of `Org/Num/Run` and of
    `course-v1:Org+Num+Run`.
    """
    first = re.split(r"[+/]", key, maxsplit=1)[0]
    return first.partition(":")[2] or first

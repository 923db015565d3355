"""The certificate rules that need no database: legacy's of 2016, as pure functions."""

from datetime import datetime

from modern.lms.catalog.data import Course
from modern.lms.certificates.data import Status

__all__ = ["binds"]

EARLY_WITHOUT_INFO = "early_no_info"

# What a learner's dashboard shows as being made, or as ready.
_SHOWN = frozenset({Status.GENERATING, Status.REGENERATING, Status.DOWNLOADABLE})


def binds(status: str, course: Course, *, now: datetime) -> bool:
    """Whether a certificate under way or issued keeps its learner in the course.

    It does where the learner is shown that there is one: legacy's website refuses to unenrol by
    what its dashboard says, which hides a first certificate in the making from `early_no_info`.
    """
    if not course.shows_certificates(now):
        return False
    is_hidden = (
        course.certificates_display_behavior == EARLY_WITHOUT_INFO and status == Status.GENERATING
    )
    return status in _SHOWN and not is_hidden

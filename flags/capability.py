"""The shape of a capability. The 40 of them are declared by area in `flags.legacy`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["EVERY_OTHER", "Capability", "CourseScope"]

EVERY_OTHER = ("*",)
"""Value of `may_flip_before`: no other capability has to be modern first."""


class CourseScope(StrEnum):
    """Whether requests of a capability name one course, so that it can be rolled out course by
    course.
    """

    YES = "yes"
    NO = "no"
    PART = "part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """The unit that is migrated and flipped: what it reads and writes in legacy, and what it is
    tied to.

    `reads` and `writes` name legacy tables (`*` ends a prefix) or other stores in words.
    `must_flip_with` and `may_flip_before` name capabilities; `note` says under which condition they
    bind. `wave` is an order of flipping in which nothing needs a later wave.
    """

    name: str
    wave: int
    course_scoped: CourseScope
    reads: tuple[str, ...]
    writes: tuple[str, ...] = ()
    must_flip_with: tuple[str, ...] = ()
    may_flip_before: tuple[str, ...] = ()
    needs: str = ""
    checks: str = ""
    note: str = ""

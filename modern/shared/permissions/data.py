"""What leaves the permissions app: the reach of a person's roles."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NOWHERE", "CourseAccess", "Reach"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The courses that a role covers: all of some organisations, and single ones."""

    orgs: frozenset[str] = frozenset()
    course_keys: frozenset[str] = frozenset()

    def covers(self, course_key: str, *, org: str) -> bool:
        """Say whether the course is among them."""
        return course_key in self.course_keys or org in self.orgs


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseAccess:
    """Where a person sees more than learners do: as global staff, course staff, beta tester."""

    everywhere: bool = False
    staff: Reach = Reach()
    beta: Reach = Reach()

    def is_staff_of(self, course_key: str, *, org: str) -> bool:
        """Say whether the person is staff of the course, by whatever way."""
        return self.everywhere or self.staff.covers(course_key, org=org)


NOWHERE = CourseAccess()

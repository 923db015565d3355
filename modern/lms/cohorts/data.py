"""What leaves the cohorts app: values without behaviour."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["UNDIVIDED", "Cohort", "Cohorting", "ContentGroup"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentGroup:
    """A group of content, by the ids that the course gave it and its partition."""

    partition_id: int
    group_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """A part of a course's learners; `is_random` lets chance put people in who are in none.

    `content_group` is what its members see beside what all see, None where that is nothing.
    """

    id: int
    course_key: str
    name: str
    is_random: bool
    content_group: ContentGroup | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohorting:
    """Whether a course divides its learners, and which of its discussions with them."""

    is_on: bool
    divided_discussions: tuple[str, ...]
    divides_inline_discussions: bool


UNDIVIDED = Cohorting(is_on=False, divided_discussions=(), divides_inline_discussions=True)

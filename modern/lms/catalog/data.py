"""What leaves the catalogue: courses, who offers them, the trees of their blocks; times in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

__all__ = ["Block", "Course", "CourseFilter", "CoursePage", "Organization", "Structure"]

EARLY = frozenset({"early_with_info", "early_no_info"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A course run. `org` is the one in the key; `number` and `display_org` are what authors want
    shown.

    `starts_at` None means always open, 2030-01-01 that no date was set. '' and None are kept apart
    as stored.
    """

    key: str
    modified: datetime
    title: str | None
    number: str
    display_org: str
    org: str
    starts_at: datetime | None
    ends_at: datetime | None
    advertised_start: str | None
    announced_at: datetime | None
    image_url: str
    video_url: str | None
    social_sharing_url: str | None
    survey_url: str | None
    short_description: str | None
    effort: str | None
    certificates_display_behavior: str | None
    certificates_show_before_end: bool
    certificates_html_view_enabled: bool
    has_active_web_certificate: bool
    certificate_name_short: str
    certificate_name_long: str
    passing_grade: Decimal | None
    beta_days_early: float | None
    mobile_available: bool
    staff_only: bool
    prerequisite_courses: tuple[str, ...]
    catalog_visibility: str | None
    self_paced: bool
    enrollment_starts_at: datetime | None
    enrollment_ends_at: datetime | None
    enrollment_domain: str | None
    invitation_only: bool
    max_enrollments: int | None

    def has_started(self, now: datetime) -> bool:
        """Say whether the course is open to its learners."""
        return self.starts_at is None or self.starts_at < now

    def has_ended(self, now: datetime) -> bool:
        """Say whether the course is over; courses without an end never are."""
        return self.ends_at is not None and self.ends_at < now

    def shows_certificates(self, now: datetime) -> bool:
        """Say whether learners are shown how their certificates stand: early, or at the end."""
        early = self.certificates_display_behavior in EARLY or self.certificates_show_before_end
        return early or self.has_ended(now)

    def is_enrollment_open(self, now: datetime) -> bool:
        """Say whether `now` is strictly inside the enrolment period; whom it admits is another
        question.
        """
        begun = self.enrollment_starts_at is None or self.enrollment_starts_at < now
        over = self.enrollment_ends_at is not None and self.enrollment_ends_at <= now
        return begun and not over


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseFilter:
    """Which courses to list; None and '' ask for all."""

    org: str | None = None
    mobile: bool | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoursePage:
    """A slice of a list, and how long the list is."""

    courses: tuple[Course, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """Who offers courses; `logo_path` is below the media root, None or '' where there is none."""

    id: int
    name: str
    short_name: str
    description: str
    logo_path: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block of a course: a chapter, a problem; `format` is the kind of assignment it counts for.

    `children` are usage keys in the order in which learners meet them.
    """

    usage_key: str
    type: str
    display_name: str | None
    graded: bool
    format: str | None
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """The blocks of a course by usage key, and the one that all others are below."""

    course_key: str
    root: str
    blocks: Mapping[str, Block]

"""The enrolment rules that need no database: which mode, who may, and what a change is called.

They are legacy's rules of 2016, written as pure functions so that a property test can hold them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from modern.lms.catalog.data import Course
from modern.lms.enrollment.data import AUDIT, CREDIT, HONOR, Attribute, CourseOffer, Mode

__all__ = [
    "ONLY_AUDIT",
    "REQUIRED_ATTRIBUTES",
    "State",
    "admits",
    "available",
    "default_mode",
    "missing_attributes",
    "transitions",
]

# What a course without any row of its own offers.
ONLY_AUDIT = (Mode(slug=AUDIT, name="Audit"),)

REQUIRED_ATTRIBUTES = {CREDIT: ("credit:provider_id",)}

ACTIVATED = "edx.course.enrollment.activated"
DEACTIVATED = "edx.course.enrollment.deactivated"
MODE_CHANGED = "edx.course.enrollment.mode_changed"

State = tuple[bool, str]
"""Active or not, and the mode."""


def available(
    modes: Sequence[Mode], *, now: datetime, include_expired: bool = False
) -> tuple[Mode, ...]:
    """The modes on offer at `now`, or plain audit where a course declares none that is left."""
    kept = tuple(
        mode
        for mode in modes
        if include_expired or mode.expires_at is None or mode.expires_at >= now
    )
    return kept or ONLY_AUDIT


def default_mode(offer: CourseOffer) -> str:
    """Audit where offered, else honor; audit again where neither is, and it will be refused."""
    return HONOR if offer.has(HONOR) and not offer.has(AUDIT) else AUDIT


def admits(course: Course, *, now: datetime) -> bool:
    """Whether the course takes everybody: in its period, and unless it is by invitation."""
    return course.is_enrollment_open(now) and not course.invitation_only


def missing_attributes(mode: str | None, attributes: Iterable[Attribute]) -> tuple[str, ...]:
    """What the mode requires and is absent; nothing when no attributes were given at all.

    Legacy accepts credit without any attribute and refuses it only with the wrong ones.
    """
    given = {attribute.label for attribute in attributes}
    required = REQUIRED_ATTRIBUTES.get(mode or "", ())
    return tuple(label for label in required if label not in given) if given else ()


def transitions(
    before: State | None, after: State, *, joined_as: str | None = None
) -> list[tuple[str, str]]:
    """The tracking events, as (name, mode), that lead from one state to the other.

    Someone who enrols is activated in the course's default mode `joined_as` and then changes to the
    mode asked for: two events, as legacy's reports expect.
    """
    was_active, was_mode = before or (False, joined_as or after[1])
    active, mode = after
    events = []
    if active != was_active:
        events.append((ACTIVATED, joined_as or mode) if active else (DEACTIVATED, mode))
    if {was_mode, joined_as or mode} != {mode}:
        events.append((MODE_CHANGED, mode))
    return events

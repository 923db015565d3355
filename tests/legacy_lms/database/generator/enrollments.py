"""Rows of who learns what: enrolments, their history, certificates. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.legacy_lms.database.generator.clock import SPAN_SECONDS, at
from tests.legacy_lms.database.generator.courses import course_key
from tests.legacy_lms.database.generator.people import joined
from tests.legacy_lms.database.generator.plan import Record, World

__all__ = ["Enrollment", "certificates", "enrollment", "enrollment_row", "history"]

_TABLE = "student_courseenrollment"
_MODES = ("audit",) * 10 + ("honor",) * 6 + ("verified",) * 3 + ("professional",)


class Enrollment(NamedTuple):
    """One learner in one course, by their indexes; ``since`` in seconds after the beginning."""

    user: int
    course: int
    since: int
    microseconds: int
    mode: str
    is_active: bool


def enrollment(world: World, index: int) -> Enrollment:
    """Say who enrolled in what, when and how; later rows are later, but for who joined later."""
    dice = world.dice(_TABLE, index)
    user, course = world.seat(index)
    since = max(SPAN_SECONDS * index // world.plan.enrollments, joined(world, user) + 60)
    return Enrollment(
        user, course, since, dice.below(1_000_000), dice.pick(_MODES), not dice.one_in(8)
    )


def enrollment_row(world: World, index: int) -> Record:
    """Make the ``student_courseenrollment`` row."""
    seat = enrollment(world, index)
    return (
        world.row_id(_TABLE, index),
        course_key(world, seat.course),
        at(seat.since, seat.microseconds),
        int(seat.is_active),
        seat.mode,
        world.row_id("auth_user", seat.user),
    )


def history(world: World, index: int) -> Iterator[Record]:
    """Make the ``student_historicalcourseenrollment`` rows: made as audit, then as it is now."""
    row_id, course, created, is_active, mode, user_id = enrollment_row(world, index)
    seat = enrollment(world, index)
    for step, (kind, active, as_mode) in enumerate((("+", 1, "audit"), ("~", is_active, mode))):
        yield (
            *(row_id, course, created, active, as_mode),
            world.row_id("student_historicalcourseenrollment", 2 * index + step),
            *(at(seat.since + 86_400 * step, seat.microseconds + 300), kind, None, user_id),
        )


def certificates(world: World, index: int) -> Iterator[Record]:
    """Make the ``certificates_generatedcertificate`` row of a third of the verified learners."""
    seat = enrollment(world, index)
    dice = world.dice("certificate", index)
    if seat.mode != "verified" or dice.below(3):
        return
    passed, hundredths = bool(dice.below(4)), dice.below(50)
    uuids = [f"{dice.below(2**96):032x}" for _ in range(3)] if passed else ["", "", ""]
    made = at(seat.since + 90 * 86_400, seat.microseconds)
    yield (
        *(world.row_id("certificates_generatedcertificate", index), course_key(world, seat.course)),
        *(uuids[0], uuids[1], "", str((hundredths + 50 * passed) / 100), uuids[2], 0),
        *("downloadable" if passed else "notpassing", "verified", f"Learner {seat.user}"),
        *(made, made, "", world.row_id("auth_user", seat.user)),
    )

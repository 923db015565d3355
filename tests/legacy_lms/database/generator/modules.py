"""Rows of what learners did: ``courseware_studentmodule`` and its history. Pure."""

from collections.abc import Iterator
from hashlib import blake2b

from tests.legacy_lms.database.generator.clock import at
from tests.legacy_lms.database.generator.courses import course_key, usage_key
from tests.legacy_lms.database.generator.enrollments import enrollment
from tests.legacy_lms.database.generator.plan import Record, World
from tests.legacy_lms.database.generator.state import KINDS, first_view, state

__all__ = ["history", "studentmodule"]

_TABLE = "courseware_studentmodule"
_SECONDS_BETWEEN_BLOCKS = 1_200


def studentmodule(world: World, index: int) -> Record:
    """Make the ``courseware_studentmodule`` row: one learner's state of one block."""
    at_enrollment, number = world.visit(index)
    seat = enrollment(world, at_enrollment)
    course, kind = course_key(world, seat.course), _kind(seat.course, number)
    block, dice = _block(course, kind, number), world.dice(_TABLE, index)
    made, held = seat.since + number * _SECONDS_BETWEEN_BLOCKS, state(kind, block, dice)
    return (
        world.row_id(_TABLE, index),
        kind,
        usage_key(course, kind, block),
        course,
        held.text,
        held.grade,
        held.max_grade,
        "na",
        at(made, seat.microseconds),
        at(made + dice.below(3_600), dice.below(1_000_000)),
        world.row_id("auth_user", seat.user),
    )


def history(world: World, index: int) -> Iterator[Record]:
    """Make the two ``courseware_studentmodulehistory`` rows of a problem: first view, last save."""
    row_id, kind, module_id, _course, text, grade, top, _done, made, saved, _ = studentmodule(
        world, index
    )
    if kind != "problem":
        return
    block = str(module_id).replace("@", "/").rpartition("/")[2]
    seen = first_view(block, world.dice("first view", index))
    for step, row in enumerate(((made, seen.text, None, None), (saved, text, grade, top))):
        history_id = world.row_id("courseware_studentmodulehistory", 2 * index + step)
        yield (history_id, None, *row, row_id)


def _kind(course: int, number: int) -> str:
    return KINDS[(number + 5 * course) % len(KINDS)]


def _block(course: str, kind: str, number: int) -> str:
    return blake2b(f"{course}/{kind}/{number}".encode(), digest_size=16).hexdigest()

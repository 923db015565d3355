"""How much of everything is wanted, and what follows from it once for all rows. Pure."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from tests.legacy_lms.database.errors import PlanError
from tests.legacy_lms.database.generator.dice import Dice, Shuffle

__all__ = ["Plan", "Record", "World", "quotas"]

Record = tuple[str | int | float | None, ...]

# One course in a handful has most of the learners; this exponent puts half of the enrolments of a
# catalogue of 300 into its first 40.
POPULARITY_EXPONENT = 0.8

# Most who enrol never open a unit.
ENROLMENTS_PER_ACTIVE_ONE = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """How many rows are wanted of each kind; ``ugly`` mixes in what only old databases hold."""

    seed: int = 1
    users: int = 1_000
    courses: int = 20
    enrollments: int = 5_000
    studentmodules: int = 20_000
    ugly: bool = False

    def __post_init__(self) -> None:
        if self.users < 1 or self.courses < 1 or min(self.enrollments, self.studentmodules) < 0:
            raise PlanError("needs at least one user and one course, and no negative number")
        if self.enrollments > self.users * self.courses:
            raise PlanError("has more enrolments than users times courses allow")
        if self.studentmodules and not self.enrollments:
            raise PlanError("has learner state without any enrolment")


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A plan and what its rows share: where ids begin, how courses are filled, and by whom."""

    plan: Plan
    first_ids: Mapping[str, int]
    enrolled_before: Sequence[int]
    order: Shuffle
    members: Sequence[Shuffle]
    active: Shuffle

    @classmethod
    def of(cls, plan: Plan, first_ids: Mapping[str, int]) -> "World":
        """Lay out the world; ``first_ids`` gives the first id, an odd number, of each table."""
        sizes = quotas(plan.enrollments, courses=plan.courses, most=plan.users)
        return cls(
            plan=plan,
            first_ids=first_ids,
            enrolled_before=[0, *accumulate(sizes)],
            order=Shuffle.of(Dice(plan.seed, "order", 0), max(plan.enrollments, 1)),
            members=[
                Shuffle.of(Dice(plan.seed, "members", course), plan.users)
                for course in range(plan.courses)
            ],
            active=Shuffle.of(Dice(plan.seed, "active", 0), max(plan.enrollments, 1)),
        )

    def dice(self, label: str, index: int) -> Dice:
        """Give the throws of one row."""
        return Dice(self.plan.seed, label, index)

    def row_id(self, table: str, index: int) -> int:
        """Give the id of the row with this index; ids are odd, as the legacy server counts."""
        return self.first_ids[table] + 2 * index

    def seat(self, enrollment: int) -> tuple[int, int]:
        """Give user and course (their indexes) of an enrolment; no pair comes twice."""
        place = self.order(enrollment)
        course = bisect_right(self.enrolled_before, place) - 1
        return self.members[course](place - self.enrolled_before[course]), course

    def visit(self, studentmodule: int) -> tuple[int, int]:
        """Give enrolment and block (their indexes) of a learner's state; no pair comes twice."""
        active = max(1, self.plan.enrollments // ENROLMENTS_PER_ACTIVE_ONE)
        block, learner = divmod(studentmodule, active)
        return self.active(learner), block


def quotas(enrollments: int, *, courses: int, most: int) -> list[int]:
    """Share enrolments out among courses by a power law of their rank, none above ``most``."""
    weights = [(rank + 1) ** -POPULARITY_EXPONENT for rank in range(courses)]
    scale = enrollments / sum(weights)
    sizes = [min(most, int(weight * scale)) for weight in weights]
    left = enrollments - sum(sizes)
    for rank, size in enumerate(sizes):
        extra = min(left, most - size)
        sizes[rank] += extra
        left -= extra
    return sizes

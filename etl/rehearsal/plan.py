"""How large a rehearsal is: what is generated, how long and how hard both sides write; pure."""

from dataclasses import dataclass
from typing import Self

ROWS_PER_LEARNER = 20
ENROLMENTS_PER_LEARNER = 4
_LEARNERS_PER_COURSE = 50
_FEWEST_COURSES, _MOST_COURSES = ENROLMENTS_PER_LEARNER + 1, 300


@dataclass(frozen=True, slots=True)
class Plan:
    """Numbers of what is generated; `seconds` of writes at about `rate` a second on each side."""

    learners: int
    rows: int
    seconds: float
    rate: int

    @classmethod
    def of(cls, *, learners: int | None, rows: int | None, seconds: float, rate: int) -> Self:
        """Work out the one of both sizes that is not given; `rows` are those of learner state."""
        if rows is None:
            learners = learners or 1_000
            rows = learners * ROWS_PER_LEARNER
        return cls(learners or max(rows // ROWS_PER_LEARNER, 10), rows, seconds, rate)

    @property
    def courses(self) -> int:
        """How many courses these learners have."""
        return min(max(self.learners // _LEARNERS_PER_COURSE, _FEWEST_COURSES), _MOST_COURSES)

    @property
    def enrolments(self) -> int:
        """How often they are enrolled."""
        return self.learners * ENROLMENTS_PER_LEARNER

    @property
    def options(self) -> tuple[str, ...]:
        """The same as options of the generator."""
        return (
            *("--users", str(self.learners), "--courses", str(self.courses)),
            *("--enrollments", str(self.enrolments), "--studentmodules", str(self.rows), "--ugly"),
        )

    def pace(self, elapsed: float) -> float:
        """Writes a second on each side after so many seconds: calm, then busy, then a burst."""
        third = min(int(3 * elapsed / self.seconds), 2)
        return self.rate * (0.25, 1.0, 2.0)[third]

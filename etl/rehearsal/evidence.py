"""What a rehearsal shows: claims that held or not, and the tables they rest on; values, no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from etl.rehearsal.plan import Plan


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that has to be true of a migration that works, and what was seen."""

    words: str
    held: bool
    seen: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that a person looks for first, and what it counts."""

    number: str
    words: str


@dataclass(frozen=True, slots=True)
class Part:
    """A table of the page: `tone` is blocker, warning, note or ok, as on every page.

    Of its columns the first `brief` are shown where there is little room, None for all.
    """

    title: str
    tone: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    brief: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it; `complete` says that every step was taken."""

    made_at: datetime
    plan: Plan
    seconds: float
    complete: bool
    claims: Sequence[Claim]
    figures: Sequence[Figure]
    parts: Sequence[Part]

    @property
    def held(self) -> int:
        """How many claims held."""
        return sum(claim.held for claim in self.claims)

    @property
    def passed(self) -> bool:
        """Whether the migration of this database works."""
        return self.complete and self.held == len(self.claims)

    @property
    def verdict(self) -> str:
        """The same in one sentence."""
        size = f"{self.plan.learners:,} learners, {self.plan.rows:,} states"
        scope = f"{size}, {self.seconds:.0f} s"
        if self.passed:
            return f"rehearsal passed: {scope}; every claim held"
        missed = [claim.words for claim in self.claims if not claim.held]
        return f"rehearsal FAILED: {scope}; not true: {'; '.join(missed)}"

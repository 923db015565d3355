"""What leaves the learner state app: frozen values without Django.

Usage and course keys are their exact texts, scores raw points, times aware UTC datetimes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

__all__ = ["BlockState", "Moment", "Place", "Score"]


@dataclass(frozen=True, slots=True)
class Place:
    """A block in a course: keys of old courses name no run, so the course's key belongs to it."""

    course_key: str
    usage_key: str


@dataclass(frozen=True, slots=True)
class Score:
    """Points earned of those possible; legacy holds either without the other."""

    earned: float | None
    possible: float | None


@dataclass(frozen=True, slots=True)
class BlockState:
    """What one learner left in one block; `state` is None where there is none that can be read.

    `unreadable` tells a document that neither side can parse from one that was never there.
    """

    user_id: int
    place: Place
    block_type: str
    state: Mapping[str, object] | None
    score: Score
    created_at: datetime
    modified_at: datetime
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A state as it was at a moment."""

    recorded_at: datetime
    state: Mapping[str, object] | None
    score: Score
    version: str | None
    unreadable: bool = False

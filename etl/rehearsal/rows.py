"""Which rows of a generated database are written in a rehearsal, and by which side."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from etl.postgres import Connection

_ENROLMENTS, _STATES = 2_000, 5_000
# Rows that both sides write, and how often a write is to one of them.
_CONTESTED, _CONTEST_SHARE = 10, 0.02


@dataclass(frozen=True, slots=True)
class Shared:
    """The keys of rows in one table: each side writes its half of them, and both a few."""

    keys: Sequence[int]

    @property
    def contested(self) -> Sequence[int]:
        """Those that both sides write."""
        return self.keys[:_CONTESTED]

    def of(self, side: int) -> Sequence[int]:
        """Those of one side, 0 or 1."""
        return self.keys[_CONTESTED + side :: 2]

    def pick(self, side: int, draw: random.Random) -> int:
        """Draw one for a write of a side."""
        is_contested = draw.random() < _CONTEST_SHARE
        return draw.choice(self.contested if is_contested else self.of(side))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that may be written: enrolments, learner states, a learner for what is new."""

    enrolments: Shared
    states: Shared
    learner: int


def choose(modern: Connection) -> Rows:
    """Choose rows that modern has, which are on both sides."""
    enrolments = modern.execute(
        "SELECT id FROM enrollment_enrollment ORDER BY id DESC LIMIT %s", (_ENROLMENTS,)
    )
    states = modern.execute(
        "SELECT id FROM learner_state_blockstate ORDER BY id LIMIT %s", (_STATES,)
    )
    learner = modern.execute("SELECT max(id) FROM identity_user")
    ((newest,),) = learner.fetchall()
    return Rows(
        Shared([int(str(key)) for (key,) in enrolments.fetchall()]),
        Shared([int(str(key)) for (key,) in states.fetchall()]),
        int(str(newest)),
    )

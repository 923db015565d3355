"""What a modern write does to a legacy row: written, already there, or in conflict; pure.

An update is judged by the columns it changes alone: legacy may have changed others meanwhile, and
both changes then stand. There is no version column, because legacy's own writers would not keep it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from etl.rows import Parameter

Image = Mapping[str, Parameter]
"""A row as legacy column -> value, in the values that a MySQL statement takes."""


class Verdict(Enum):
    """What becomes of an outbox entry."""

    WRITE = "write"
    SAME = "same"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Intent:
    """What the modern writer meant: the row before and after, in legacy's columns.

    An insert has no `before`, a delete no `after`.
    """

    before: Image | None
    after: Image | None

    @property
    def changed(self) -> dict[str, Parameter]:
        """The columns that an update sets, all of them for an insert, none for a delete."""
        after = self.after or {}
        if self.before is None:
            return dict(after)
        before = self.before
        return {name: value for name, value in after.items() if before.get(name) != value}

    @property
    def expected(self) -> Image:
        """What legacy must still hold for the write to be the only one: the changed columns."""
        before = self.before or {}
        if self.after is None:
            return before
        return {name: before[name] for name in self.changed if name in before}


def judge(intent: Intent, legacy: Image | None) -> Verdict:
    """Compare an intent with the legacy row under lock; None means that legacy has no such row."""
    if legacy is None:
        return _judge_absent(intent)
    if intent.after is not None and _holds(legacy, intent.changed):
        return Verdict.SAME
    if intent.before is not None and _holds(legacy, intent.expected):
        return Verdict.WRITE
    return Verdict.CONFLICT


def _judge_absent(intent: Intent) -> Verdict:
    if intent.after is None:
        return Verdict.SAME
    return Verdict.WRITE if intent.before is None else Verdict.CONFLICT


def _holds(legacy: Image, values: Image) -> bool:
    return all(legacy.get(name) == value for name, value in values.items())

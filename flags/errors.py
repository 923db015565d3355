"""What can go wrong in flags, and what to do about it.

FlagsError
├── BadRequest         correct the input: UnknownCapability, UnknownMember, NotBuilt, BadRollout,
│                      BadPattern
├── SnapshotInvalid    keep the snapshot you have, write a good one with `flags publish`
├── StoreUnavailable   nothing was changed: try again when the database answers
└── HistoryIsFinal     a flip cannot be unsaid: flip back, which is recorded too
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "BadPattern",
    "BadRequest",
    "BadRollout",
    "FlagsError",
    "HistoryIsFinal",
    "NotBuilt",
    "SnapshotInvalid",
    "StoreUnavailable",
    "UnknownCapability",
    "UnknownMember",
]


class FlagsError(Exception):
    """The root: whatever this package raises on purpose."""


class BadRequest(FlagsError):
    """The input is wrong; nothing was changed."""


class UnknownCapability(BadRequest):
    """No capability has this name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        close = get_close_matches(name, list(known), n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(close)}?" if close else "`flags list` shows all of them"
        super().__init__(f"no capability is called {name!r}: {hint}")


class UnknownMember(BadRequest):
    """A user or a group that a rollout names does not exist."""

    def __init__(self, kind: str, names: Iterable[str]) -> None:
        self.names = tuple(sorted(names))
        super().__init__(f"no {kind} is called {', '.join(self.names)}: check the spelling")


class NotBuilt(BadRequest):
    """A rollout would ask modern for a capability of which it serves nothing."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"modern serves no route of {name} yet, so it stays on legacy:"
            " `flags list` shows what is built"
        )


class BadRollout(BadRequest):
    """A rollout holds a value outside its range; the message names the field."""


class BadPattern(BadRequest):
    """A pattern is not in the language of routes; raised at import, so a test sees it first."""


class SnapshotInvalid(FlagsError):
    """A snapshot document is damaged, forged or of another key; the message names the field."""

    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        super().__init__(f"snapshot refused: {field} {problem}; repair it with `flags publish`")


class StoreUnavailable(FlagsError):
    """The database of the flags cannot be reached or lacks its tables; nothing was changed."""

    def __init__(self, cause: Exception) -> None:
        said = str(cause).strip().partition("\n")[0]
        super().__init__(f"the database does not answer ({said}): check DATABASE_URL, and migrate")


class HistoryIsFinal(FlagsError):
    """Somebody tried to change or to delete a recorded flip."""

    def __init__(self) -> None:
        super().__init__("the history of flips is append-only: flip back, which is recorded too")

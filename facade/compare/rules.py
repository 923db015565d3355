"""The rules of a comparison: what is compared in another way, what may be shown, what is ignored
for a while and who answers for that. `facade.compare.rules_file` reads them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import datetime as dt

    from facade.compare.difference import Found, Kind, Subject

EVERY: Final = "*"
DEFAULT_HEADERS: Final = (
    "allow",
    "content-disposition",
    "content-language",
    "content-type",
    "link",
    "location",
    "www-authenticate",
)
"""Fields that clients act on and that do not change from one answer to the next."""

_name = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class Treatment(StrEnum):
    """How values at a path are compared where they are not simply to be equal."""

    UNORDERED = "unordered"
    MOMENT = "moment"
    NUMBER = "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """Values at a path are compared in another way."""

    path: str
    compare: Treatment
    capability: str = EVERY
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowRule:
    """Values at a path may be kept as they are."""

    path: str
    capability: str = EVERY


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoreRule:
    """A difference does not count until the end of a day; who answers for that, and why."""

    name: str
    path: str
    owner: str
    reason: str
    expires: dt.date
    capability: str = EVERY
    route: str = EVERY
    kind: Kind | None = None

    def covers(self, subject: Subject, found: Found) -> bool:
        """Say whether a difference is meant, whether or not the rule has expired."""
        return (
            self.capability in (EVERY, subject.capability)
            and self.route in (EVERY, subject.route)
            and self.kind in (None, found.kind)
            and fits(self.path, found.path)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All rules of an installation."""

    headers: tuple[str, ...] = DEFAULT_HEADERS
    names: frozenset[str] = frozenset()
    fields: tuple[FieldRule, ...] = ()
    shows: tuple[ShowRule, ...] = ()
    ignores: tuple[IgnoreRule, ...] = ()
    known: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Let paths show the names that a rule speaks of, or it could never apply."""
        paths = [rule.path for rule in self.fields]
        paths += [rule.path for rule in self.shows]
        paths += [rule.path for rule in self.ignores]
        named = {name for path in paths for name in _name.findall(path)}
        object.__setattr__(self, "known", _field_names() | self.names | named)

    def step(self, path: str, key: str) -> str:
        """Give the path of a member; a name that may be data becomes `*`."""
        return f"{path}.{key}" if key in self.known else f"{path}.*"

    def treatment(self, subject: Subject, path: str) -> FieldRule | None:
        """Give the rule by which the values at a path are compared."""
        return next((rule for rule in self.fields if _applies(rule, subject, path)), None)

    def shows_values(self, subject: Subject, path: str) -> bool:
        """Say whether samples may hold the values at a path."""
        return any(_applies(rule, subject, path) for rule in self.shows)


def fits(pattern: str, path: str) -> bool:
    """Say whether a path is the one of a rule, or below it where the rule ends with `.**`."""
    if not pattern.endswith(".**"):
        return path == pattern
    stem = pattern[:-3]
    return path == stem or path.startswith((f"{stem}.", f"{stem}["))


def _applies(rule: FieldRule | ShowRule, subject: Subject, path: str) -> bool:
    return rule.capability in (EVERY, subject.capability) and fits(rule.path, path)


@cache
def _field_names() -> frozenset[str]:
    text = resources.files("facade.compare").joinpath("field_names.txt").read_text()
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(" ".join(lines).split())

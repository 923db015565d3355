"""Reads the rules of a comparison from TOML; `docs/reference/comparison-rules.md` has the format.

Everything is checked when the file is read; what is not understood is refused.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from typing import TYPE_CHECKING, Any, TypeVar

from facade.compare.difference import Kind
from facade.compare.errors import RulesInvalid
from facade.compare.rules import (
    DEFAULT_HEADERS,
    EVERY,
    FieldRule,
    IgnoreRule,
    Rules,
    ShowRule,
    Treatment,
)
from flags.capabilities import CAPABILITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

T = TypeVar("T")

_is_name = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]*").fullmatch
_is_path = re.compile(
    r"\$(?:\.(?:[A-Za-z_][A-Za-z0-9_\-]*|\*)|\[\*\])*(?:\.\*\*)?"
    r"|status .+|header [a-z0-9\-]+|body|html[/@a-z0-9*\-]*(?:\.\*\*)?"
).fullmatch


def read_rules(path: Path | None) -> Rules:
    """Read a file of rules; none gives the rules of nobody. Raises RulesInvalid."""
    if path is None:
        return Rules()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RulesInvalid(str(path), f"cannot be read ({error}): mend FACADE_PARITY_RULES") from (
            error
        )
    return parse_rules(text)


def parse_rules(text: str) -> Rules:
    """Read rules from TOML; raises RulesInvalid with the place that is wrong."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RulesInvalid("the file", f"is not TOML: {error}") from error
    table = _Table("the file", document)
    headers = table.texts("headers", DEFAULT_HEADERS)
    rules = Rules(
        headers=tuple(header.lower() for header in headers),
        names=frozenset(table.names()),
        fields=tuple(_field_rule(each) for each in table.tables("field")),
        shows=tuple(_show_rule(each) for each in table.tables("show")),
        ignores=tuple(_ignore_rule(each) for each in table.tables("ignore")),
    )
    table.close()
    _check_names([rule.name for rule in rules.ignores])
    return rules


def _field_rule(table: _Table) -> FieldRule:
    rule = FieldRule(
        capability=table.capability(),
        path=table.path(),
        compare=table.choice("compare", Treatment),
        key=table.text("key", ""),
    )
    table.close()
    if rule.key and rule.compare is not Treatment.UNORDERED:
        raise RulesInvalid(table.where, "has a key, which only `unordered` knows")
    return rule


def _show_rule(table: _Table) -> ShowRule:
    rule = ShowRule(capability=table.capability(), path=table.path())
    table.close()
    return rule


def _ignore_rule(table: _Table) -> IgnoreRule:
    rule = IgnoreRule(
        name=table.text("name"),
        capability=table.capability(),
        route=table.text("route", EVERY),
        path=table.path(),
        kind=table.choice("kind", Kind) if "kind" in table.content else None,
        owner=table.text("owner"),
        reason=table.text("reason"),
        expires=table.date("expires"),
    )
    table.close()
    return rule


class _Table:
    """Typed access to a TOML table, with one way of complaining; `close` refuses what is left."""

    def __init__(self, where: str, content: dict[str, Any]) -> None:
        self.where = where
        self.content = content
        self._left = set(content)

    def text(self, name: str, default: str | None = None) -> str:
        value: str = self._take(name, str, default)
        if default is None and not value.strip():
            raise RulesInvalid(self.where, f"has an empty `{name}`")
        return value

    def texts(self, name: str, default: Iterable[str]) -> list[str]:
        values: list[Any] = self._take(name, list, list(default))
        if not all(isinstance(value, str) and value for value in values):
            raise RulesInvalid(self.where, f"has a `{name}` that is no list of texts")
        return values

    def names(self) -> list[str]:
        for name in (names := self.texts("names", ())):
            if not _is_name(name):
                raise RulesInvalid(self.where, f"has a name that no field has: {name}")
        return names

    def path(self) -> str:
        path = self.text("path")
        if not _is_path(path):
            raise RulesInvalid(self.where, f"has a `path` that none can have: {path}")
        return path

    def capability(self) -> str:
        name = self.text("capability", EVERY)
        if name != EVERY and name not in CAPABILITIES:
            raise RulesInvalid(self.where, f"names no capability: {name} (see `flags list`)")
        return name

    def choice(self, name: str, of: Callable[[str], T]) -> T:
        try:
            return of(self.text(name))
        except ValueError as error:
            raise RulesInvalid(self.where, f"has a `{name}` that is unknown: {error}") from error

    def date(self, name: str) -> dt.date:
        # A date with a time is a date to Python: the day alone is what the file may say.
        value: dt.date = self._take(name, dt.date, None)
        if isinstance(value, dt.datetime):
            raise RulesInvalid(self.where, f"has an `{name}` that is not a day, as in 2027-03-01")
        return value

    def tables(self, name: str) -> list[_Table]:
        found: list[Any] = self._take(name, list, [])
        if not all(isinstance(each, dict) for each in found):
            raise RulesInvalid(self.where, f"has a `{name}` that is no [[{name}]]")
        return [_Table(f"[[{name}]] number {n}", each) for n, each in enumerate(found, start=1)]

    def close(self) -> None:
        if self._left:
            raise RulesInvalid(self.where, f"has a `{min(self._left)}`, which is not known")

    def _take(self, name: str, kind: type, default: object) -> Any:
        self._left.discard(name)
        value = self.content.get(name, default)
        if value is None:
            raise RulesInvalid(self.where, f"lacks `{name}`")
        if not isinstance(value, kind):
            raise RulesInvalid(self.where, f"has a `{name}` that is no {kind.__name__}")
        return value


def _check_names(names: list[str]) -> None:
    """Refuse two rules of one name: what they hide is counted by it."""
    for name in names:
        if names.count(name) > 1:
            raise RulesInvalid("[[ignore]]", f"has the name `{name}` twice")

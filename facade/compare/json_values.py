"""Differences of two JSON values, by structure: the type of a number, null and absence, the order
of lists and the spelling of moments all count unless a rule says otherwise.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from facade.compare.difference import ABSENT, Found, Kind, Subject
from facade.compare.redaction import spelled
from facade.compare.rules import FieldRule, Rules, Treatment

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH: Final = 100
"""Levels of a document; one that has more is compared as bytes, or it could exhaust the stack."""

_is_moment = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+\-]\d\d:?\d\d)?"
).fullmatch


class JsonComparison:
    """Compares values of one subject by its rules."""

    def __init__(self, rules: Rules, subject: Subject) -> None:
        self._rules = rules
        self._subject = subject

    def differences(self, legacy: Any, modern: Any, path: str = "$") -> Iterator[Found]:
        """Yield where two values differ, none where they are equal."""
        rule = self._rules.treatment(self._subject, path)
        if isinstance(legacy, dict) and isinstance(modern, dict):
            yield from self._objects(legacy, modern, path)
        elif isinstance(legacy, list) and isinstance(modern, list):
            yield from self._lists(legacy, modern, path, rule)
        else:
            kind = _kind(legacy, modern, rule)
            if kind is not None:
                yield Found(path, kind, legacy, modern)

    def _objects(
        self, legacy: dict[str, Any], modern: dict[str, Any], path: str
    ) -> Iterator[Found]:
        for key in legacy | modern:
            one, other = legacy.get(key, ABSENT), modern.get(key, ABSENT)
            below = self._rules.step(path, key)
            if one is ABSENT or other is ABSENT:
                yield Found(below, _kind_of_absence(one, other), one, other)
            else:
                yield from self.differences(one, other, below)

    def _lists(
        self, legacy: list[Any], modern: list[Any], path: str, rule: FieldRule | None
    ) -> Iterator[Found]:
        if rule is not None and rule.compare is Treatment.UNORDERED:
            pairs = _paired(legacy, modern, rule.key)
        else:
            spellings = [spelled(each) for each in legacy], [spelled(each) for each in modern]
            if spellings[0] == spellings[1]:
                return
            if sorted(spellings[0]) == sorted(spellings[1]):
                yield Found(path, Kind.ORDER, legacy, modern)
                return
            if len(legacy) != len(modern):
                yield Found(path, Kind.LENGTH, len(legacy), len(modern))
                return
            pairs = list(zip(legacy, modern, strict=True))
        below = f"{path}[*]"
        for one, other in pairs:
            if one is ABSENT or other is ABSENT:
                yield Found(below, _kind_of_absence(one, other), one, other)
            else:
                yield from self.differences(one, other, below)


def is_shallow(value: Any) -> bool:
    """Say whether a document has no more than MAX_DEPTH levels."""
    level = [value]
    for _ in range(MAX_DEPTH):
        inner = [
            each.values() if isinstance(each, dict) else each for each in level if _holds(each)
        ]
        level = [value for values in inner for value in values]
        if not level:
            return True
    return False


def _holds(value: Any) -> bool:
    return isinstance(value, (dict, list))


def _paired(legacy: list[Any], modern: list[Any], key: str) -> list[tuple[Any, Any]]:
    """Pair the items of the same key; what has no partner is paired with ABSENT."""
    waiting: defaultdict[str, list[Any]] = defaultdict(list)
    for item in modern:
        waiting[_identity(item, key)].append(item)
    pairs = []
    for item in legacy:
        same = waiting[_identity(item, key)]
        pairs.append((item, same.pop(0) if same else ABSENT))
    pairs += [(ABSENT, item) for rest in waiting.values() for item in rest]
    return pairs


def _identity(item: Any, key: str) -> str:
    if key and isinstance(item, dict) and key in item:
        return spelled(item[key])
    return spelled(item)


def _kind(legacy: Any, modern: Any, rule: FieldRule | None) -> Kind | None:
    """Name the difference of two values that are not both objects or both lists."""
    if legacy is None or modern is None:
        return None if legacy is modern else Kind.NULL
    if _is_number(legacy) and _is_number(modern):
        return _kind_of_numbers(legacy, modern, rule)
    if type(legacy) is not type(modern):
        return Kind.TYPE
    if legacy == modern:
        return None
    return _kind_of_texts(legacy, modern, rule) if isinstance(legacy, str) else Kind.VALUE


def _kind_of_numbers(legacy: float, modern: float, rule: FieldRule | None) -> Kind | None:
    # Their spellings, because the NaN that Python 2 writes does not equal itself.
    if legacy != modern:
        return None if spelled(legacy) == spelled(modern) else Kind.VALUE
    is_lenient = rule is not None and rule.compare is Treatment.NUMBER
    return None if is_lenient or type(legacy) is type(modern) else Kind.NUMBER_TYPE


def _kind_of_texts(legacy: str, modern: str, rule: FieldRule | None) -> Kind | None:
    moment = _moment(legacy)
    if moment is None or moment != _moment(modern):
        return Kind.VALUE
    is_lenient = rule is not None and rule.compare is Treatment.MOMENT
    return None if is_lenient else Kind.DATE_SPELLING


def _kind_of_absence(legacy: Any, modern: Any) -> Kind:
    if legacy is None or modern is None:
        return Kind.NULL_OR_MISSING
    return Kind.MISSING if modern is ABSENT else Kind.EXTRA


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _moment(text: str) -> dt.datetime | None:
    """Read ISO 8601 as both systems write it; without an offset it is UTC, as legacy stores it."""
    if not _is_moment(text):
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)

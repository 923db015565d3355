"""Compares two answers: status, chosen headers, then bodies as what they are; says what differs,
what a rule hid, and which rules have expired.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from facade.compare.answers import Answer, Content, read_answer
from facade.compare.difference import Difference, Found, Kind, Subject, signature
from facade.compare.html_text import html_differences
from facade.compare.json_values import JsonComparison, is_shallow
from facade.compare.redaction import Redactor, shown

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from facade.compare.rules import IgnoreRule, Rules

MAX_FOUND: Final = 1000
"""Differences of one pair of answers that are looked at; the rest is more of the same."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison found: one difference for each signature, and for each difference that a
    rule hid, or would have hidden if it had not expired, the rule's name.
    """

    differences: tuple[Difference, ...] = ()
    ignored: tuple[str, ...] = ()
    expired: tuple[str, ...] = ()


class Comparison:
    """Compares answers by the rules of an installation; `today` decides which rules ignore."""

    def __init__(self, rules: Rules, redactor: Redactor) -> None:
        self._rules = rules
        self._redactor = redactor

    def compare(
        self, legacy: Answer, modern: Answer, subject: Subject, *, today: dt.date
    ) -> Verdict:
        """Say how modern's answer differs from legacy's."""
        differences: dict[str, Difference] = {}
        ignored, expired = [], []
        for found in islice(self._found(legacy, modern, subject), MAX_FOUND):
            rule = self._rule(subject, found)
            if rule is not None and today <= rule.expires:
                ignored.append(rule.name)
                continue
            if rule is not None:
                expired.append(rule.name)
            difference = self._kept(subject, found)
            differences.setdefault(difference.signature, difference)
        return Verdict(tuple(differences.values()), tuple(ignored), tuple(expired))

    def compare_raw(
        self, legacy: bytes, modern: bytes, subject: Subject, *, today: dt.date
    ) -> Verdict:
        """Compare answers as clients get them; raises BrokenAnswer where one of them is none."""
        return self.compare(read_answer(legacy), read_answer(modern), subject, today=today)

    def _rule(self, subject: Subject, found: Found) -> IgnoreRule | None:
        """Give the rule that covers a difference: of several the one that ignores longest."""
        covering = [rule for rule in self._rules.ignores if rule.covers(subject, found)]
        return max(covering, key=lambda rule: rule.expires, default=None)

    def _found(self, legacy: Answer, modern: Answer, subject: Subject) -> Iterator[Found]:
        if legacy.status != modern.status:
            # Bodies and headers of another status differ anyway: that is one cause, not ten.
            path = f"status {legacy.status} > {modern.status}"
            yield Found(path, Kind.STATUS, legacy.status, modern.status)
            return
        for name in self._rules.headers:
            one, other = _header(legacy, name), _header(modern, name)
            if one != other:
                yield Found(f"header {name}", Kind.HEADER, one, other)
        yield from self._bodies(legacy, modern, subject)

    def _bodies(self, legacy: Answer, modern: Answer, subject: Subject) -> Iterator[Found]:
        if legacy.body == modern.body:
            return
        if legacy.content is modern.content is Content.HTML:
            yield from html_differences(_text(legacy), _text(modern))
            return
        one, other = _json(legacy), _json(modern)
        if one is not None and other is not None:
            yield from JsonComparison(self._rules, subject).differences(one[0], other[0])
            return
        yield Found("body", Kind.BYTES, _digest(legacy), _digest(modern))

    def _kept(self, subject: Subject, found: Found) -> Difference:
        is_open = found.kind in _OPEN or self._rules.shows_values(subject, found.path)
        keep = shown if is_open else self._redactor.redacted
        return Difference(
            found.path,
            found.kind,
            signature(subject, found.path, found.kind),
            keep(found.legacy),
            keep(found.modern),
        )


_OPEN: Final = frozenset((Kind.STATUS, Kind.LENGTH))
"""Kinds whose values are numbers of the protocol or of items."""


def _header(answer: Answer, name: str) -> list[str]:
    values = answer.values(name)
    if name == "content-type":
        return ["".join(value.lower().split()).replace('"', "") for value in values]
    if name == "allow":
        return sorted(word.strip() for value in values for word in value.split(","))
    return values


def _json(answer: Answer) -> tuple[Any] | None:
    """Read a body as JSON, in a tuple because null is JSON too; None when it is none."""
    if answer.content is not Content.JSON:
        return None
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return (value,) if is_shallow(value) else None


def _text(answer: Answer) -> str:
    return answer.body.decode("utf-8", "replace")


def _digest(answer: Answer) -> str:
    return hashlib.sha256(answer.body).hexdigest()

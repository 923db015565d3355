"""An HTML page as lines of what a person reads and follows, so that pages can be compared that were
written by different templates.

Left out: scripts, styles, comments, whitespace, CSRF tokens, and the parts of texts and addresses
that are new in every answer (request ids, versions of static files).
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from html.parser import HTMLParser
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

from facade.compare.difference import ABSENT, Found, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PAIRS: Final = 4_000_000
"""Lines times lines that are aligned; pages that differ more are said to differ as a whole."""

_SILENT: Final = frozenset(("script", "style", "template", "noscript"))
_is_void = re.compile("area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr").fullmatch
_is_read = re.compile(
    "action|alt|aria-label|checked|disabled|href|name|placeholder|src|title|value"
).fullmatch
_is_known = re.compile(
    "a|article|aside|b|body|button|caption|dd|details|div|dl|dt|em|fieldset|figure|footer|form|h[1-6]"
    "|head|header|html|i|iframe|img|input|label|legend|li|link|main|meta|nav|ol|option|p|pre|section"
    "|select|small|source|span|strong|summary|table|tbody|td|textarea|tfoot|th|thead|title|tr|u|ul"
).fullmatch
"""Elements that paths name; a tag can hold anything, so others become `*`."""

_token = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32,}\b"
    r"|\b[A-Za-z0-9]{32}\b|(?<=\.)[0-9a-f]{12}(?=\.)|(?<=[?&]v=)[\w.\-]+|(?<=[?&]_=)\d+",
    re.IGNORECASE,
)
_whitespace = re.compile(r"\s+")


class Line(NamedTuple):
    """One piece of a page; `path` says where it stands and does not take part in the comparison."""

    path: str
    text: str
    attribute: str = ""


def lines(page: str) -> list[Line]:
    """Read a page, however broken its markup is."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    reader.end_text()
    return reader.lines


def html_differences(legacy: str, modern: str) -> Iterator[Found]:
    """Yield where two pages read differently."""
    one, other = lines(legacy), lines(modern)
    start = _common(one, other)
    end = _common(one[start:][::-1], other[start:][::-1])
    one, other = one[start : len(one) - end], other[start : len(other) - end]
    if len(one) * len(other) > MAX_PAIRS:
        yield Found("html", Kind.LENGTH, len(one), len(other))
        return
    matcher = SequenceMatcher(None, _keys(one), _keys(other), autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag != "equal":
            yield from _replaced(one[i:j], other[k:m])


def _replaced(legacy: list[Line], modern: list[Line]) -> Iterator[Found]:
    for one, other in zip_longest(legacy, modern):
        if other is None:
            yield Found(one.path, Kind.MISSING, one.text, ABSENT)
        elif one is None:
            yield Found(other.path, Kind.EXTRA, ABSENT, other.text)
        else:
            is_attribute = one.attribute and one.attribute == other.attribute
            kind = Kind.ATTRIBUTE if is_attribute else Kind.TEXT
            yield Found(one.path, kind, one.text, other.text)


def _common(one: list[Line], other: list[Line]) -> int:
    """Count the equal lines at the start."""
    pairs = zip(_keys(one), _keys(other), strict=False)
    return next(
        (n for n, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other))
    )


def _keys(found: list[Line]) -> list[tuple[str, str]]:
    return [(line.attribute, line.text) for line in found]


class _Reader(HTMLParser):
    """Collects lines; elements that are never closed end with those around them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[Line] = []
        self._open: list[str] = []
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element."""
        self.end_text()
        self._open.append(tag)
        if not _holds_csrf(attrs):
            for name, value in attrs:
                if _is_read(name) and tag not in _SILENT:
                    self._add(_normal(value or ""), name)
        if _is_void(tag):
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """End an element and those within it that were left open."""
        self.end_text()
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Collect text that somebody reads."""
        if not self._open or self._open[-1] not in _SILENT:
            self._text.append(data)

    def end_text(self) -> None:
        """Make a line of the text so far."""
        text = _normal("".join(self._text))
        self._text.clear()
        if text:
            self._add(text)

    def _add(self, text: str, attribute: str = "") -> None:
        # Three levels say where without making every move of a template a new cluster.
        steps = [tag if _is_known(tag) else "*" for tag in self._open[-3:]]
        path = "/".join(["html", *(step for step in steps if step != "html")])
        self.lines.append(Line(f"{path}@{attribute}" if attribute else path, text, attribute))


def _holds_csrf(attributes: list[tuple[str, str | None]]) -> bool:
    return any(name == "name" and "csrf" in (value or "").lower() for name, value in attributes)


def _normal(text: str) -> str:
    return _token.sub("#", _whitespace.sub(" ", text).strip())

"""The route table compiled for speed: the literal segments of a path leave a handful of patterns to
try.

The rule itself is `flags.routes.find`; this module may only be faster, and a test holds it to that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote_to_bytes

from flags.pattern import compile_pattern
from flags.routes import NATIVE, Place, Route, Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from re import Match as ReMatch

    from flags.access import Access

MAX_REMEMBERED: Final = 8192
"""Paths per service whose route is remembered; then all are forgotten, which is cheaper than
choosing.
"""

_in_course = compile_pattern("/{first}/{course_id}/{segment}...").match


@dataclass(frozen=True, slots=True)
class Match:
    """The route of a request, whether modern serves it there, and the course text that its path
    holds (percent-decoded, not yet canonical).
    """

    route: Route
    access: Access
    is_built: bool
    course_text: str | None = None

    @property
    def is_native(self) -> bool:
        """Whether the route is modern's own, whatever the flags say."""
        return self.route.capability == NATIVE


class _Pattern:
    """One pattern and the routes that share it, by method."""

    __slots__ = ("_by_method", "_default", "match", "owner")

    def __init__(self, pattern: str) -> None:
        self.match: Callable[[bytes], ReMatch[bytes] | None] = compile_pattern(pattern).match
        self.owner: Route | None = None
        self._by_method: dict[str, Route] = {}
        self._default: Route | None = None

    def add(self, route: Route) -> None:
        self.owner = self.owner or route
        if not route.methods:
            self._default = self._default or route
        for method in route.methods:
            self._by_method.setdefault(method, route)

    def serving(self, method: str) -> Route | None:
        if method == "OPTIONS":
            return self.owner
        return self._by_method.get("GET" if method == "HEAD" else method, self._default)


class Shape(NamedTuple):
    """The literal segments that tell patterns apart at a glance; None stands for anything.

    `second` is the segment after the first; where that is a course key, `third` is the one after
    the key.
    """

    first: bytes | None
    second: bytes | None
    third: bytes | None

    def admits(self, other: Shape) -> bool:
        """Say whether a path of the other shape may match."""
        return all(own is None or own == found for own, found in zip(self, other, strict=True))


class RouteTable:
    """The routes of one service."""

    def __init__(self, routes: Iterable[Route], service: Service) -> None:
        self._patterns: list[tuple[Shape, _Pattern]] = []
        self._literals: list[frozenset[bytes | None]] = []
        self._candidates: dict[Shape, list[_Pattern]] = {}
        self._remembered: dict[tuple[bytes, bytes], Match | None] = {}
        self._index([route for route in routes if route.service is service])

    def match(self, method: bytes, path: bytes) -> Match | None:
        """Return the route of a raw path (still percent-encoded, no query), or None when no pattern
        fits.
        """
        key = (method, path)
        try:
            return self._remembered[key]
        except KeyError:
            if len(self._remembered) >= MAX_REMEMBERED:
                self._remembered.clear()
            found = self._remembered[key] = self.find(method.decode(), unquote_to_bytes(path))
            return found

    def find(self, method: str, path: bytes) -> Match | None:
        """Return the route of a percent-decoded path, without the memory of `match`."""
        shape = self._shape_of(path)
        candidates = self._candidates.get(shape)
        if candidates is None:
            candidates = [pattern for own, pattern in self._patterns if own.admits(shape)]
            self._candidates[shape] = candidates
        owner: Match | None = None
        for pattern in candidates:
            found = pattern.match(path)
            if found is None:
                continue
            serving = pattern.serving(method)
            if serving is not None:
                return _matched(serving, found, method)
            owner = owner or (_matched(pattern.owner, found, method) if pattern.owner else None)
        return owner

    def _shape_of(self, path: bytes) -> Shape:
        """Return the shape of a path, of literals that occur in patterns only: so there are few."""
        first, _, rest = path[1:].partition(b"/")
        in_course = _in_course(path)
        found = (first, rest.partition(b"/")[0], in_course["segment"] if in_course else None)
        known = (
            literal if literal in literals else None
            for literal, literals in zip(found, self._literals, strict=True)
        )
        return Shape(*known)

    def _index(self, routes: list[Route]) -> None:
        patterns: dict[str, _Pattern] = {}
        for route in routes:
            if route.pattern not in patterns:
                patterns[route.pattern] = _Pattern(route.pattern)
                self._patterns.append((_shape(route.pattern), patterns[route.pattern]))
            patterns[route.pattern].add(route)
        shapes = [shape for shape, _ in self._patterns]
        self._literals = [frozenset(column) for column in zip(*shapes, strict=True)]


def _shape(pattern: str) -> Shape:
    """Return the shape of a pattern; `/courses[/...]` has a first segment too, as its optional part
    begins with one.
    """
    required, bracket, optional = pattern.partition("[")
    segments = required.split("/")[1:]
    literals = [None if _is_open(segment) else segment.encode() for segment in segments]
    if bracket and not optional.startswith("/"):
        literals[-1] = None
    first, second, third = (*literals, None, None, None)[:3]
    is_course = len(segments) > 1 and segments[1] in ("{course_id}", "{course_key}")
    return Shape(first, None, third) if is_course else Shape(first, second, None)


def _is_open(segment: str) -> bool:
    return not segment or "{" in segment or segment.endswith("...")


def _matched(route: Route, found: ReMatch[bytes], method: str) -> Match:
    access = route.access(method)
    is_built = access in route.built
    at = route.course
    if at is None or at.place is not Place.PATH:
        return Match(route, access, is_built)
    text = found[at.name]
    return Match(route, access, is_built, text.decode("utf-8", "replace") if text else None)

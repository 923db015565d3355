"""The shape of a route, and the short words that declare one. The routes themselves are in
`flags.legacy`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from flags.access import SAFE_METHODS, Access
from flags.pattern import names

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ANY", "CourseAt", "Place", "Route", "Service", "form", "json", "query", "serves"]

ANY: frozenset[str] = frozenset()
"""Value of `Route.methods`: every method."""

_IN_PATH = (
    "course_id",
    "course_key",
    "courselike_key",
    "library_key",
    "usage_key",
    "usage_id",
    "course_run",
)


class Service(StrEnum):
    """Which of the two: Host names of Studio's are `cms`, every other is `lms`."""

    LMS = "lms"
    CMS = "cms"


class Place(StrEnum):
    """Where in a request the course key sits."""

    PATH = "path"
    QUERY = "query"
    FORM = "form"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class CourseAt:
    """Where the course key sits: the pattern's group, the parameter, the form field, or the dotted
    JSON path.
    """

    place: Place
    name: str


def query(name: str) -> CourseAt:
    """Say that the course key is a parameter of the query string."""
    return CourseAt(Place.QUERY, name)


def form(name: str) -> CourseAt:
    """Say that the course key is a field of the form body."""
    return CourseAt(Place.FORM, name)


def json(path: str) -> CourseAt:
    """Say that the course key is in the JSON body at a dotted path."""
    return CourseAt(Place.JSON, path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Requests of one service that belong to one capability: `methods` (ANY is all) and a pattern
    of the path.

    `always` overrides what the method says about reads and writes. `name` is legacy's name of the
    URL, where it has one. A group that holds a usage or asset key gives its course through
    `flags.course_keys.course_key`. `built` says which accesses modern serves; the others stay on
    legacy whatever the rollout says.
    """

    service: Service
    capability: str
    methods: frozenset[str]
    pattern: str
    name: str = ""
    course: CourseAt | None = None
    always: Access | None = None
    built: frozenset[Access] = frozenset()

    @property
    def accesses(self) -> frozenset[Access]:
        """What requests of its methods do."""
        return frozenset(map(self.access, self.methods or ("GET", "POST")))

    def access(self, method: str) -> Access:
        """Say whether a request of this method reads or writes."""
        if self.always is not None:
            return self.always
        return Access.READS if method in SAFE_METHODS else Access.WRITES

    def serves(self, method: str) -> bool:
        """Say whether legacy knows the method here; HEAD goes wherever GET does, OPTIONS
        everywhere.
        """
        asked = "GET" if method == "HEAD" else method
        return not self.methods or asked in self.methods or method == "OPTIONS"


def serves(service: Service, capability: str) -> Callable[..., Route]:
    """Give a function that declares routes of one capability: `lms("GET POST", "/path", "name",
    built="reads writes")`.
    """

    def declare(
        methods: str,
        pattern: str,
        name: str = "",
        *,
        course: CourseAt | None = None,
        always: Access | None = None,
        built: str = "",
    ) -> Route:
        known = frozenset() if methods == "*" else frozenset(methods.split())
        return Route(
            service=service,
            capability=capability,
            methods=known,
            pattern=pattern,
            name=name,
            course=course or _course_in_path(pattern),
            always=always,
            built=frozenset(map(Access, built.split())),
        )

    return declare


def _course_in_path(pattern: str) -> CourseAt | None:
    groups = [name for name in _IN_PATH if name in names(pattern)]
    return CourseAt(Place.PATH, groups[0]) if groups else None

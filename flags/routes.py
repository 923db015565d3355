"""Every route of both services, most specific first, and the rule that picks one.

The rule: of the routes whose pattern matches the path, in the order of `ROUTES`, the first that
serves the method; if none serves it, the first, because its capability owns the path and answers
405. The facade compiles this table for speed; `find` is the plain form of the rule that it is held
to.
"""

from __future__ import annotations

from flags.legacy import ALL
from flags.native import NATIVE, NATIVE_ROUTES
from flags.pattern import compile_pattern, specificity
from flags.route import ANY, CourseAt, Place, Route, Service

__all__ = [
    "ANY",
    "NATIVE",
    "ROUTES",
    "CourseAt",
    "Place",
    "Route",
    "Service",
    "find",
    "of_capability",
]


def _order(route: Route) -> tuple[object, ...]:
    methods = tuple(sorted(route.methods)) or ("~",)  # ANY after the routes that name their methods
    return (route.service, specificity(route.pattern), route.pattern, methods)


ROUTES: tuple[Route, ...] = tuple(
    sorted([*NATIVE_ROUTES, *(route for area in ALL for route in area.ROUTES)], key=_order)
)


def find(service: Service, method: str, path: bytes) -> Route | None:
    """Give the route of a request, or None if no pattern matches the percent-decoded path."""
    matching = [
        route
        for route in ROUTES
        if route.service is service and compile_pattern(route.pattern).match(path)
    ]
    serving = (route for route in matching if route.serves(method))
    return next(serving, matching[0] if matching else None)


def of_capability(name: str) -> tuple[Route, ...]:
    """Give the routes of one capability, most specific first."""
    return tuple(route for route in ROUTES if route.capability == name)

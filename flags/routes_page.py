"""`flags routes`: the declared patterns, without a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from flags.capabilities import capability
from flags.printing import table
from flags.routes import ROUTES, of_capability

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from flags.routes import Route

__all__ = ["COLUMNS", "cells", "routes"]

COLUMNS = ("service", "methods", "pattern", "capability", "access", "built", "course")


def routes(arguments: argparse.Namespace) -> None:
    """Print all routes, or those of one capability, in the order they are tried."""
    name = arguments.capability
    chosen = of_capability(capability(name).name) if name else ROUTES
    table(COLUMNS, map(_escaped, cells(chosen)))


def cells(routes: Iterable[Route]) -> Iterator[tuple[str, ...]]:
    """Give the cells of each route, in the order of COLUMNS."""
    for route in routes:
        yield (
            route.service,
            " ".join(sorted(route.methods)) or "any",
            route.pattern,
            route.capability,
            _access(route),
            " ".join(sorted(route.built)),
            f"{route.course.place} {route.course.name}" if route.course else "",
        )


def _access(route: Route) -> str:
    if route.always is not None:
        return f"always {route.always}"
    if not route.methods:
        return "by method"
    kinds = {route.access(method) for method in route.methods}
    return "by method" if len(kinds) > 1 else str(kinds.pop())


def _escaped(row: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(escape(cell) for cell in row)

"""`python -m flags.reference`: write the reference pages from the declarations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flags.built import share
from flags.capabilities import CAPABILITIES, EVERY_OTHER
from flags.native import NATIVE_ROUTES
from flags.routes import ROUTES, Service
from flags.routes_page import cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from flags.capability import Capability

__all__ = ["FOLDER", "pages"]

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference"

_CAPABILITIES = """\
# Capabilities

Written by `python -m flags.reference` from `flags/legacy/`; a test fails when it is out of date.

A capability is the unit that is migrated and flipped. *Wave* is an order of flipping in which
nothing needs a later wave. *Built* counts the routes that modern serves, if only their reads; where
it serves none, a flip is refused. *Must flip with* names what shares writable state with it; what
is only read may flip alone.
"""
_ROUTES = """\
# Routes

Written by `python -m flags.reference` from `flags/legacy/` and `flags/native.py`; a test fails when
it is out of date.

Patterns are tried from top to bottom; the first that matches the path and serves the method wins,
and if none serves the method, the first that matches the path. `flags/pattern.py` says what a
pattern can hold. *Access* is what a rollout of reads alone goes by; *built* is what modern serves,
and everything else stays on legacy whatever a rollout says; *course* is where the course key sits
in the request.
"""


def pages() -> Mapping[str, str]:
    """Give the text of each page by its file name."""
    return {
        "capabilities.md": "\n".join([_CAPABILITIES, *_waves(), *_details()]),
        "routes.md": "\n".join([_ROUTES, *_routes()]),
    }


def main() -> None:
    """Write the pages."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text)


def _waves() -> Iterator[str]:
    yield from _table(
        ("wave", "capability", "built", "by course", "must flip with", "may flip before"),
        (
            (
                str(each.wave),
                f"[{each.name}](#{each.name})",
                share(each.name),
                each.course_scoped,
                ", ".join(each.must_flip_with),
                "every other" if each.may_flip_before == EVERY_OTHER else _listed(each),
            )
            for each in CAPABILITIES.values()
        ),
    )


def _listed(declared: Capability) -> str:
    return ", ".join(declared.may_flip_before)


def _details() -> Iterator[str]:
    for each in CAPABILITIES.values():
        yield f"\n## {each.name}\n"
        facts = {
            "reads": _codes(each.reads),
            "writes": _codes(each.writes),
            "needs": each.needs,
            "checks": each.checks,
            "note": each.note,
        }
        yield "\n".join(f"- {fact}: {text}" for fact, text in facts.items() if text)


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _routes() -> Iterator[str]:
    for service in Service:
        yield f"\n## {service.upper()}\n"
        declared = [route for route in ROUTES if route.service is service]
        yield from _table(
            ("methods", "pattern", "capability", "access", "built", "course"),
            ((methods, f"`{pattern}`", *rest) for _, methods, pattern, *rest in cells(declared)),
        )
    yield f"\n{len(ROUTES)} routes, {len(NATIVE_ROUTES)} of them of modern's own API."
    yield ""


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = list(heads)
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


if __name__ == "__main__":
    main()

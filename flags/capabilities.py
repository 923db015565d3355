"""Every capability by name. What each is, its area declares: see `flags.legacy`."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from flags.capability import EVERY_OTHER, Capability, CourseScope
from flags.errors import UnknownCapability
from flags.legacy import ALL

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CAPABILITIES",
    "EVERY_OTHER",
    "Capability",
    "CourseScope",
    "capability",
    "partners",
]

_DECLARED = [declared for area in ALL for declared in area.CAPABILITIES]

CAPABILITIES: Mapping[str, Capability] = MappingProxyType(
    {
        declared.name: declared
        for declared in sorted(_DECLARED, key=lambda each: (each.wave, each.name))
    }
)
"""All 40, in the order of their waves."""


def capability(name: str) -> Capability:
    """Give the capability of this name; `UnknownCapability` suggests close ones."""
    try:
        return CAPABILITIES[name]
    except KeyError:
        raise UnknownCapability(name, CAPABILITIES) from None


def partners(name: str) -> tuple[Capability, ...]:
    """Give the capabilities this one must flip with: those it names, and those that name it."""
    own = capability(name).must_flip_with
    return tuple(
        each for each in CAPABILITIES.values() if each.name in own or name in each.must_flip_with
    )

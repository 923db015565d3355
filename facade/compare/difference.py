"""What a difference is: where, of what kind, and under which signature equal causes meet."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple


class Kind(StrEnum):
    """How two answers differ in one place."""

    STATUS = "status"
    HEADER = "header"
    MISSING = "missing"
    """Legacy has it, modern does not."""
    EXTRA = "extra"
    """Modern has it, legacy does not."""
    NULL = "null"
    """One side says null, the other gives a value."""
    NULL_OR_MISSING = "null-or-missing"
    """One side says null, the other leaves the name out."""
    TYPE = "type"
    NUMBER_TYPE = "number-type"
    """Equal numbers, one written as integer, one with a fraction: `1` and `1.0`."""
    VALUE = "value"
    DATE_SPELLING = "date-spelling"
    """The same moment in another spelling."""
    LENGTH = "length"
    ORDER = "order"
    """The same items in another order."""
    TEXT = "text"
    ATTRIBUTE = "attribute"
    BYTES = "bytes"


class Absent:
    """The type of ABSENT."""

    __slots__ = ()


ABSENT: Final = Absent()
"""Stands for what one side does not have at all."""


class Found(NamedTuple):
    """A difference with both values, which must not leave the process."""

    path: str
    kind: Kind
    legacy: Any
    modern: Any


@dataclass(frozen=True, slots=True)
class Subject:
    """What was asked: the capability and the route's pattern, which hold nothing personal."""

    capability: str
    route: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference that may be kept: `path` has neither indexes nor unknown names, and `legacy` and
    `modern` say of the values only what redaction lets through.
    """

    path: str
    kind: Kind
    signature: str
    legacy: str
    modern: str


def signature(subject: Subject, path: str, kind: Kind) -> str:
    """Name the cluster of a difference: the same place, route and kind give the same 16 digits."""
    parts = json.dumps([subject.capability, subject.route, path, kind.value])
    return hashlib.sha256(parts.encode()).hexdigest()[:16]

"""What may be kept of a value: its type, its size and a keyed hash, unless a rule shows it.

Equal values have equal hashes, so a person sees whether two learners have the same difference;
without BRIDGE_KEY nobody can try values out.
"""

from __future__ import annotations

import hmac
import json
from typing import Any, Final

from facade.compare.difference import Absent

MAX_SHOWN: Final = 200
"""Characters of a value that a rule lets through."""

_NAMES: Final[dict[type, str]] = {str: "string", bytes: "bytes", list: "list", dict: "object"}


class Redactor:
    """Replaces values by `type(size) ~hash`, with the samples' subkey of BRIDGE_KEY."""

    __slots__ = ("_key",)

    def __init__(self, bridge_key: str) -> None:
        self._key = hmac.digest(bridge_key.encode(), b"parity-samples", "sha256")

    def redacted(self, value: Any) -> str:
        """Say of a value what may be kept: of `"Ada"`, `string(3) ~9f86d081884c`."""
        if isinstance(value, Absent):
            return "absent"
        if value is None:
            return "null"
        return f"{_shape(value)} ~{self._hash(value)}"

    def _hash(self, value: Any) -> str:
        raw = value if isinstance(value, bytes) else spelled(value).encode()
        return hmac.digest(self._key, raw, "sha256").hex()[:12]


def shown(value: Any) -> str:
    """Write a value that a rule lets through, as JSON, cut where it is long."""
    if isinstance(value, Absent):
        return "absent"
    text = repr(value) if isinstance(value, bytes) else spelled(value)
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "..."


def spelled(value: Any) -> str:
    """Write a value in the one spelling that tells `1` from `1.0` and does not know key order."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _shape(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "integer" if isinstance(value, int) else "fraction"
    return f"{_NAMES[type(value)]}({len(value)})"

"""All rollouts as one immutable, signed document: what the facade decides by, and keeps when
everything else is down.

The document is `{"snapshot": {"epoch", "rollouts": {name: {...}}}, "mac"}`; the mac is HMAC-SHA256
in hex over the canonical JSON of "snapshot" (sorted keys, no spaces, ASCII). Reading is strict:
what is not understood is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from flags.capabilities import CAPABILITIES, capability
from flags.errors import BadRollout, SnapshotInvalid
from flags.rollout import Rollout

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EMPTY", "Snapshot", "dumps", "from_json", "loads", "to_json"]

_SETS = ("users", "groups", "courses", "orgs")
_LEGACY = MappingProxyType({name: Rollout(capability=name) for name in CAPABILITIES})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rollouts of one epoch. A capability it does not mention is served by legacy."""

    epoch: int
    rollouts: Mapping[str, Rollout] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Complete and freeze the mapping, so that a look-up needs no default."""
        complete = MappingProxyType({**_LEGACY, **self.rollouts})
        object.__setattr__(self, "rollouts", complete)

    def rollout(self, name: str) -> Rollout:
        """Give the rollout of a capability; `UnknownCapability` if there is none of this name."""
        return self.rollouts[capability(name).name]


EMPTY = Snapshot(0)
"""Everything is served by legacy: what a facade without any snapshot does."""


def dumps(snapshot: Snapshot, key: str) -> bytes:
    """Write the signed document; `key` is BRIDGE_KEY."""
    content = {
        "epoch": snapshot.epoch,
        "rollouts": {name: to_json(rollout) for name, rollout in snapshot.rollouts.items()},
    }
    return _canonical({"snapshot": content, "mac": _mac(content, key)})


def loads(document: bytes, key: str) -> Snapshot:
    """Read a signed document; `SnapshotInvalid` names the field that is malformed, unknown or not
    of this key.
    """
    try:
        outer = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise SnapshotInvalid("document", "is not JSON") from error
    _keys("document", outer, {"snapshot", "mac"})
    content = outer["snapshot"]
    given = str(outer["mac"]).encode(errors="replace")  # compare_digest takes no text but ASCII
    if not hmac.compare_digest(_mac(content, key).encode(), given):
        raise SnapshotInvalid(
            "mac", "does not fit: damaged, forged, or signed with another BRIDGE_KEY"
        )
    _keys("snapshot", content, {"epoch", "rollouts"})
    epoch = _typed("epoch", content["epoch"], int)
    if epoch < 0:
        raise SnapshotInvalid("epoch", "is negative")
    rollouts = _typed("rollouts", content["rollouts"], dict)
    if unknown := rollouts.keys() - CAPABILITIES.keys():
        raise SnapshotInvalid(f"rollouts.{min(unknown)}", "is no capability of this release")
    return Snapshot(epoch, {name: from_json(name, value) for name, value in rollouts.items()})


def to_json(rollout: Rollout) -> dict[str, Any]:
    """Give the JSON form of a rollout: sets as sorted lists, percentages in basis points."""
    sets = {name: sorted(getattr(rollout, name)) for name in _SETS}
    return {
        "everyone": rollout.everyone,
        **sets,
        "percent": rollout.percent,
        "reads_only": rollout.reads_only,
        "shadow": rollout.shadow,
        "salt": rollout.salt,
    }


def from_json(name: str, value: Any) -> Rollout:
    """Read the JSON form of a rollout, of a retired capability too, as the history keeps those;
    `SnapshotInvalid` names the field.
    """
    where = f"rollouts.{name}"
    _keys(where, value, {*_SETS, "everyone", "percent", "reads_only", "shadow", "salt"})
    try:
        return Rollout(
            capability=name,
            everyone=_typed(f"{where}.everyone", value["everyone"], bool, None.__class__),
            users=_members(f"{where}.users", value["users"], int),
            groups=_members(f"{where}.groups", value["groups"], str),
            courses=_members(f"{where}.courses", value["courses"], str),
            orgs=_members(f"{where}.orgs", value["orgs"], str),
            percent=_typed(f"{where}.percent", value["percent"], int),
            reads_only=_typed(f"{where}.reads_only", value["reads_only"], bool),
            shadow=_typed(f"{where}.shadow", value["shadow"], int),
            salt=_typed(f"{where}.salt", value["salt"], str),
        )
    except BadRollout as error:
        raise SnapshotInvalid(where, f"is out of range: {error}") from error


def _mac(content: Any, key: str) -> str:
    subkey = hmac.digest(key.encode(), b"snapshot", "sha256")
    return hmac.new(subkey, _canonical(content), hashlib.sha256).hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def _keys(where: str, value: Any, expected: set[str]) -> None:
    found = set(_typed(where, value, dict))
    if missing := expected - found:
        raise SnapshotInvalid(f"{where}.{min(missing)}", "is missing")
    if extra := found - expected:
        raise SnapshotInvalid(f"{where}.{min(extra)}", "is not a field of this release")


def _typed(where: str, value: Any, *kinds: type) -> Any:
    # bool is a subclass of int: `true` would pass as a number.
    if type(value) not in kinds:
        raise SnapshotInvalid(where, f"is not of type {kinds[0].__name__}")
    return value


def _members(where: str, value: Any, kind: type) -> frozenset[Any]:
    return frozenset(_typed(where, item, kind) for item in _typed(where, value, list))

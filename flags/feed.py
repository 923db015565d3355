"""How a new snapshot travels: the names in Redis and the form of an acknowledgement. Pure; no
client.

The publisher sets SNAPSHOT_KEY, empties ACKS_KEY and announces the epoch (decimal text) on CHANNEL.
A worker that has heard it reads SNAPSHOT_KEY, checks it, and writes its acknowledgement into the
hash ACKS_KEY under its worker id.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ACKS_KEY", "CHANNEL", "SNAPSHOT_KEY", "Acknowledgement", "acknowledgement"]

CHANNEL = "bridge:flags"
SNAPSHOT_KEY = "bridge:flags:snapshot"
ACKS_KEY = "bridge:flags:acks"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A worker decides by the rollouts of `epoch` since `at` (Unix seconds)."""

    epoch: int
    at: float

    def __str__(self) -> str:
        return f"{self.epoch} {self.at:.3f}"


def acknowledgement(text: str) -> Acknowledgement | None:
    """Read what a worker wrote; None if it is not an acknowledgement."""
    epoch, _, at = text.partition(" ")
    try:
        return Acknowledgement(int(epoch), float(at))
    except ValueError:
        return None

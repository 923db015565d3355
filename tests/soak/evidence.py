"""All that was seen during a soak, put together for the verdict."""

from collections import Counter
from dataclasses import dataclass

from tests.soak.chaos import Deed
from tests.soak.clients import Asked
from tests.soak.counted import Key
from tests.soak.flips import Flips
from tests.soak.ledger import Ledgers

Line = tuple[str, str, int, str, int]
"""Capability, upstream, epoch, reason, status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """How things are when the load is over and everything has come to rest."""

    clients: float
    upstream_busy: float
    upstream_waiting: float
    before: dict[str, int]
    """The witness's sockets by the server at the other end, before the load ..."""
    after: dict[str, int]
    """... and after it."""
    pooled: int
    """Idle connections to upstreams that the witness keeps on purpose."""
    memory: tuple[float, ...]
    """The witness's resident memory in MiB, after each quarter of its life in the load."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What PostgreSQL holds in the end."""

    epochs: list[int]
    """Of the flags' history, in the order they were written."""
    comparisons: Counter[str]
    """What `facade compare` counted, by outcome ..."""
    waiting: int
    """... and how many reports of the shadows it has not carried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Times are of the machine's monotonic clock, in seconds."""

    seconds: float
    seed: int
    asked: list[Asked]
    connections: int
    refused: int
    ledgers: Ledgers
    flips: Flips
    deeds: list[Deed]
    kills: list[tuple[str, float]]
    redis_away: list[tuple[float, float]]
    metrics: Counter[Key]
    windows: list[tuple[float, float]]
    log: Counter[Line]
    torn_lines: int
    rest: Rest
    kept: Kept

    @property
    def answered(self) -> list[Asked]:
        return [each for each in self.asked if each.fate == "answered"]

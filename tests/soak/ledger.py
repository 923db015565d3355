"""What an upstream received, one line each, written before it answers: a kill takes none back."""

import os
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple, Self


class Entry(NamedTuple):
    """One request that arrived whole; `at` is the machine's monotonic time in seconds."""

    upstream: str
    at: float
    request_id: str
    method: str
    path: str
    username: str
    digest: str


class Ledger:
    """The writing end; it survives the process, and the next one goes on with it."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(self, *words: str) -> None:
        os.write(self._file, "\t".join((f"{time.monotonic():.6f}", *words, "\n")).encode())


class Ledgers:
    """What all upstreams received, by the request's id."""

    def __init__(self, entries: dict[str, list[Entry]]) -> None:
        self._entries = entries

    @classmethod
    def read(cls, paths: dict[str, Path]) -> Self:
        entries: dict[str, list[Entry]] = defaultdict(list)
        for upstream, path in paths.items():
            for line in path.read_text().splitlines():
                at, request_id, *rest = line.rstrip("\t").split("\t")
                entries[request_id].append(Entry(upstream, float(at), request_id, *rest))
        return cls(entries)

    def of(self, request_id: str, upstream: str | None = None) -> list[Entry]:
        found = self._entries.get(request_id, [])
        return [each for each in found if upstream in (None, each.upstream)]

    @property
    def ids(self) -> set[str]:
        return set(self._entries)

    def count(self, upstream: str) -> int:
        return sum(each.upstream == upstream for found in self._entries.values() for each in found)

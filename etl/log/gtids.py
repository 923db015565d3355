"""Which transactions a place in the log contains, by names that survive a change of server; pure.

MariaDB names the last one of each domain, `0-1-100,1-7-5`; MySQL all of them by their first server,
`3e11fa47-…:1-5:7`. Both are spelled as their servers do.
"""

import struct
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(slots=True)
class Gtids:
    """A set of transactions that grows; of one flavour, which its first member decides."""

    _last: dict[int, str] = field(default_factory=dict)
    _ranges: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    @classmethod
    def parse(cls, spelled: str) -> "Gtids":
        """Read what a server or `str` spelled; raise ValueError."""
        found = cls()
        for part in filter(None, spelled.replace("\n", "").replace(" ", "").split(",")):
            if ":" in part:
                source, *ranges = part.split(":")
                for numbers in ranges:
                    first, _, last = numbers.partition("-")
                    found.add_range(str(UUID(source)), int(first), int(last or first))
            else:
                found.add(part)
        return found

    def add(self, gtid: str) -> None:
        """Contain one more transaction, spelled as its server does."""
        source, colon, number = gtid.partition(":")
        if colon:
            self.add_range(source, int(number), int(number))
        else:
            self._last[int(gtid.partition("-")[0])] = gtid

    def add_range(self, source: str, first: int, last: int) -> None:
        """Contain the transactions of a MySQL server with these numbers, both included."""
        ranges = self._ranges.setdefault(source, [])
        if ranges and ranges[-1][1] + 1 == first:
            ranges[-1] = (ranges[-1][0], last)
            return
        ranges.append((first, last))
        self._ranges[source] = _merged(ranges)

    @property
    def is_mysql(self) -> bool:
        """Whether these are MySQL's."""
        return bool(self._ranges)

    def packed(self) -> bytes:
        """Give MySQL's set as its protocol has it: ends are not included there."""
        parts = [struct.pack("<Q", len(self._ranges))]
        for source, ranges in sorted(self._ranges.items()):
            parts.append(UUID(source).bytes + struct.pack("<Q", len(ranges)))
            parts += [struct.pack("<QQ", first, last + 1) for first, last in ranges]
        return b"".join(parts)

    def __str__(self) -> str:
        if not self._ranges:
            return ",".join(self._last[domain] for domain in sorted(self._last))
        return ",".join(
            ":".join((source, *(_spelled(*numbers) for numbers in ranges)))
            for source, ranges in sorted(self._ranges.items())
        )


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _spelled(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"

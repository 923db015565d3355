"""What a process holds: memory and connections, as the kernel counts them."""

import os
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ESTABLISHED: Final = "01"
LISTENING: Final = "0A"


def resident_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def connections(pid: int, names: dict[int, str]) -> Counter[str]:
    """Count the TCP sockets of a process by the name of the server's port at either end."""
    inodes = _inodes(pid)
    found: Counter[str] = Counter()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if words[9] in inodes and words[3] != LISTENING:
            ports = {int(end.partition(":")[2], 16) for end in (words[1], words[2])}
            found[next((name for port, name in names.items() if port in ports), "other")] += 1
    return found


def _inodes(pid: int) -> set[str]:
    found = set()
    for path in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = path.readlink()
        except FileNotFoundError:  # closed while we look
            continue
        if str(target).startswith("socket:["):
            found.add(str(target)[8:-1])
    return found


@dataclass(slots=True)
class Memory:
    """The resident memory of one process over time; another process begins anew."""

    pid: int = 0
    samples: list[tuple[float, float]] = field(default_factory=list)

    def sample(self, pid: int) -> None:
        if pid != self.pid:
            self.pid, self.samples = pid, []
        self.samples.append((time.monotonic(), resident_mib(pid)))

    def at(self, part: float) -> float:
        """The memory in MiB after a part of its life under observation."""
        return self.samples[min(int(part * len(self.samples)), len(self.samples) - 1)][1]

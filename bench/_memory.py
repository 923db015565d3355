"""How much memory the processes that a benchmark starts come to take."""

import threading
from pathlib import Path
from typing import Self

_LOOK_SECONDS = 0.1


class Watch:
    """Watches a process and those it starts; `megabytes` is what the largest took at its peak."""

    def __init__(self, pid: int) -> None:
        self.megabytes = 0
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            peaks = [_peak(pid) for pid in _family(self._pid)]
            self.megabytes = max([self.megabytes, *peaks])


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(member for child in children for member in _family(int(child)))]


def _peak(pid: int) -> int:
    """Read a process's largest resident size so far."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(found[0]) // 1024 if found else 0

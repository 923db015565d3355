"""Loopback ports of the stack: chosen once, remembered, chosen again when somebody took one.

Ports below the range that Linux hands to outgoing connections, so that no client sits on one.
"""

import random
import socket
from collections.abc import Collection, Mapping

__all__ = ["PREFERRED", "choose", "free", "is_free"]

# Name of each port and the number a person would guess; None where nobody types it.
PREFERRED: Mapping[str, int | None] = {
    "postgres": None,
    "mariadb": None,
    "redis": None,
    "facade": 8000,
    "facade_admin": 8001,
    "legacy_lms": 8002,
    "modern_lms": 8003,
    "modern_cms": 8004,
}
_RANGE = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Say whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: connections of an earlier listener in TIME_WAIT are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free(taken: Collection[int] = ()) -> int:
    """Return a port that nobody would guess, for a server that is started now."""
    candidates = random.sample(_RANGE, len(_RANGE))
    return next(port for port in candidates if port not in taken and is_free(port))


def choose(remembered: Mapping[str, int], *, in_use: Collection[str]) -> dict[str, int]:
    """Return a port for every name: the remembered one while it is ours (`in_use`) or free."""
    chosen: dict[str, int] = {}
    for name, preferred in PREFERRED.items():
        before = remembered.get(name)
        if before is not None and (name in in_use or is_free(before)):
            chosen[name] = before
        else:
            taken = {*chosen.values(), *remembered.values()}
            chosen[name] = _preferred_or_free(preferred, taken)
    return chosen


def _preferred_or_free(preferred: int | None, taken: Collection[int]) -> int:
    if preferred is not None and preferred not in taken and is_free(preferred):
        return preferred
    return free(taken)

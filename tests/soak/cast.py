"""What both sides of the soak know: its users, its paths, and the body of every answer. Pure."""

import zlib
from typing import Final

BRIDGE_KEY: Final = "a bridge key that only the soak knows"
FLIPPED: Final = "/api/enrollment/v1/enrollment"
UNROUTED: Final = "/soak/nobody-routes-this"
CAPABILITY: Final = "enrollment"
IDS: Final = {f"soak{number}": 2 * number + 2 for number in range(48)}
"""Username -> modern's id."""
SESSIONS: Final = {f"session-of-{username}": username for username in IDS}
"""Cookie value -> username, as legacy knows them."""


def session(username: str) -> str:
    return f"session-of-{username}"


def content(upstream: str, request_id: str, size: int) -> bytes:
    """An answer that belongs to one upstream and one request and to nothing else."""
    word = f"{upstream} {request_id}\n".encode()
    return word + word * (size // len(word))


def digest(body: bytes) -> str:
    return f"{len(body)}:{zlib.crc32(body):08x}"

"""Where the frames of a WebSocket end (RFC 6455, 5.2), so that a worker that drains can say goodbye
between two of them.

Bytes in, places out; payloads are neither kept nor looked at, and masks and extensions do not
matter.
"""

from __future__ import annotations

from typing import Final

GOING_AWAY: Final = b"\x88\x02\x03\xe9"
"""A server's close frame with status 1001, upon which browsers connect again (RFC 6455, 7.4.1)."""

_MASKED: Final = 0x80
_LENGTH: Final = 0x7F
_LENGTH_BYTES: Final = {126: 2, 127: 8}
_MASK_BYTES: Final = 4


class Frames:
    """Follows the frames of one direction."""

    __slots__ = ("_head", "_left")

    def __init__(self) -> None:
        self._head = b""
        self._left = 0

    @property
    def is_between(self) -> bool:
        """Whether the last byte seen was the last of a frame; true before the first."""
        return not self._left and not self._head

    def feed(self, data: bytes) -> int:
        """Scan a piece, and return how many of its bytes belong to frames that end in it."""
        position = ended = 0
        while position < len(data):
            if self._left:
                step = min(self._left, len(data) - position)
                self._left -= step
            else:
                step = self._read_head(data, position)
            position += step
            if self.is_between:
                ended = position
        return ended

    def _read_head(self, data: bytes, position: int) -> int:
        """Take what the head of a frame still lacks, and return how much there was of it."""
        before = len(self._head)
        head = self._head + data[position : position + _needed(self._head) - before]
        if len(head) < _needed(head):
            self._head = head
        else:
            self._head = b""
            self._left = _payload(head)
        return len(head) - before


def _needed(head: bytes) -> int:
    """Return how long a head is at least, as far as its beginning tells."""
    if len(head) < 2:
        return 2
    mask = _MASK_BYTES if head[1] & _MASKED else 0
    return 2 + _LENGTH_BYTES.get(head[1] & _LENGTH, 0) + mask


def _payload(head: bytes) -> int:
    """Return the length of the payload that a complete head announces."""
    length = head[1] & _LENGTH
    size = _LENGTH_BYTES.get(length)
    return length if size is None else int.from_bytes(head[2 : 2 + size], "big")

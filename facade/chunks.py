"""Where a body ends: chunked framing is scanned and never re-encoded, lengths are counted (RFC
9112, 6 and 7).

Bytes in, counts out; this module does not know whether a body belongs to a request or to an answer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

from facade.errors import MalformedChunks

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LINE: Final = 4096
"""Bytes of one size line with its extensions, or of one trailer field; no client we know comes
near.
"""
MAX_TRAILER: Final = 16384
"""Bytes of all trailer fields of one body."""

# No whitespace around the size: RFC 9112 tells senders not to, and parsers disagree about it.
_size_line = re.compile(rb"([0-9A-Fa-f]{1,15})(?:;[\t\x20-\x7e\x80-\xff]*)?").fullmatch


class Framing(Protocol):
    """Finds the end of one body."""

    done: bool

    def feed(self, data: bytes | memoryview) -> int:
        """Count the bytes at the start of `data` that belong to the body; `done` turns true with
        its last.
        """


class Counted:
    """A body of a known length."""

    __slots__ = ("done", "left")

    def __init__(self, length: int) -> None:
        self.left = length
        self.done = not length

    def feed(self, data: bytes | memoryview) -> int:
        """Take what is still missing."""
        taken = len(data)
        if taken < self.left:  # as all pieces but the last
            self.left -= taken
            return taken
        taken = self.left
        self.left = 0
        self.done = True
        return taken


class UntilClose:
    """A body that ends with its connection."""

    __slots__ = ()
    done: bool = False

    def feed(self, data: bytes | memoryview) -> int:
        """Take everything."""
        return len(data)


NO_BODY: Final[Framing] = Counted(0)
"""The framing of answers without a body; both are shared, as feeding them changes nothing."""
UNTIL_CLOSE: Final[Framing] = UntilClose()


class Chunks:
    """A chunked body: size line, data, empty line, ... 0, trailer fields, empty line.

    `check_trailer` gets each trailer field and raises when it must not pass. With `keep` the
    payload is collected for `payload()`, for clients that do not understand chunks.
    """

    __slots__ = (
        "_check_trailer",
        "_expects",
        "_held",
        "_left",
        "_payload",
        "_trailer_bytes",
        "done",
    )

    def __init__(self, check_trailer: Callable[[bytes], object], *, keep: bool = False) -> None:
        self.done = False
        self._check_trailer = check_trailer
        self._expects: Callable[[Chunks, bytes], None] = Chunks._size
        self._left = 0
        self._held = b""
        self._trailer_bytes = 0
        self._payload: list[bytes] | None = [] if keep else None

    def feed(self, data: bytes | memoryview) -> int:
        """Scan a piece; raises MalformedChunks at the first byte that cannot be right."""
        data = bytes(data)  # costs nothing when it is bytes already
        position, end = 0, len(data)
        while position < end and not self.done:
            if self._left:
                position = self._skip_data(data, position)
            else:
                position = self._read_line(data, position)
        return position

    def payload(self) -> bytes:
        """Hand over the payload seen since the last call."""
        pieces = self._payload or []
        self._payload = []
        return b"".join(pieces)

    def _skip_data(self, data: bytes, position: int) -> int:
        step = min(self._left, len(data) - position)
        if self._payload is not None:
            self._payload.append(data[position : position + step])
        self._left -= step
        return position + step

    def _read_line(self, data: bytes, position: int) -> int:
        """Act on a line that ends in this piece, or hold its beginning for the next."""
        end = data.find(b"\n", position) + 1
        line = self._held + data[position : end or len(data)]
        if len(line) > MAX_LINE:
            raise MalformedChunks("a line of the chunked framing is too long")
        if not end:
            self._held = line
            return len(data)
        self._held = b""
        if line[-2:] != b"\r\n":
            raise MalformedChunks("a line of the chunked framing ends without CR")
        self._expects(self, line[:-2])
        return end

    def _size(self, line: bytes) -> None:
        match = _size_line(line)
        if match is None:
            raise MalformedChunks("a chunk size is not a hexadecimal number")
        self._left = int(match[1], 16)
        self._expects = Chunks._end_of_data if self._left else Chunks._trailer

    def _end_of_data(self, line: bytes) -> None:
        if line:
            raise MalformedChunks("a chunk is longer than its size says")
        self._expects = Chunks._size

    def _trailer(self, line: bytes) -> None:
        if not line:
            self.done = True
            return
        self._trailer_bytes += len(line)
        if self._trailer_bytes > MAX_TRAILER:
            raise MalformedChunks("the trailer fields are too long")
        self._check_trailer(line)

"""What the heads of requests and answers have in common (RFC 9112, 2-5): where they end, and what a
field line means.

Bytes in, values out, no I/O. What is ambiguous is refused: two parsers that disagree about a head
are how requests are smuggled. What passes is passed byte for byte, so lines are sorted and never
rewritten.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, Generic, TypeVar

from facade.errors import BrokenAnswer, FacadeError, Refused

MAX_HEAD: Final = 32768
"""Bytes of a request head; the cookies of an edX site alone reach 8 KB."""
MAX_FIELDS: Final = 200
MAX_REMEMBERED: Final = 4096
MAX_REMEMBERED_LINE: Final = 200

CONTROLS: Final = bytes(range(9)) + bytes(range(10, 32)) + b"\x7f"


def replacing(forbidden: bytes) -> bytes:
    """Return a table for `bytes.translate` that changes what holds a forbidden byte: comparing the
    outcome takes half the time of counting what is left after deleting.
    """
    return bytes((byte + 1) % 256 if byte in forbidden else byte for byte in range(256))


_WITHOUT_CONTROLS: Final = replacing(CONTROLS)
_NEVER_NOMINATED: Final = frozenset(
    (b"host", b"content-length", b"transfer-encoding", b"cookie", b"authorization", b"upgrade")
)
"""Fields that `Connection` cannot remove: without them another user would ask, or the request would
end elsewhere.
"""

_token = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_bare_line_feed = re.compile(rb"(?<!\r)\n").search

T = TypeVar("T")

Field = Callable[[T, bytes], bool]
"""Takes note of a field line and says whether the line is passed on."""


class Fields(dict[bytes, Field[T] | None], Generic[T]):
    """What each field line means, remembered by the whole line; None means: pass it on, it is not
    ours to read.

    Clients repeat most lines byte for byte, so a line is checked once and costs one look-up
    afterwards. The memory is bounded, emptied when full, and holds no credentials.
    """

    def __init__(
        self,
        names: Mapping[bytes, Field[T]],
        *,
        patterns: Callable[[bytes], Field[T] | None],
        secret: frozenset[bytes],
        error: Callable[[], FacadeError],
    ) -> None:
        super().__init__()
        self._names = names
        self._patterns = patterns
        self._secret = secret
        self._error = error
        self._spellings: dict[bytes, tuple[Field[T] | None, bool]] = {}

    def __missing__(self, line: bytes) -> Field[T] | None:
        colon = line.find(b":")
        if colon < 0 or line.translate(_WITHOUT_CONTROLS) != line:
            raise self._error()
        name = line[:colon]
        try:
            field, is_secret = self._spellings[name]
        except KeyError:
            field, is_secret = self._learn(name)
        if len(line) <= MAX_REMEMBERED_LINE and not is_secret:
            if len(self) >= MAX_REMEMBERED:
                self.clear()
            self[line] = field
        return field

    def _learn(self, name: bytes) -> tuple[Field[T] | None, bool]:
        """Remember a spelling of a name, once it is one: each is met again, on other lines."""
        if not _token(name):
            raise self._error()
        lower = name.lower()
        if len(self._spellings) >= MAX_REMEMBERED:
            self._spellings.clear()
        found = self._names.get(lower) or self._patterns(lower), lower in self._secret
        self._spellings[name] = found
        return found

    def check_trailer(self, line: bytes) -> None:
        """Refuse a trailer field that means something to us: a receiver may merge it
        into the head.
        """
        if self[line] is not None:
            raise self._error()

    def sort(self, head: T, lines: list[bytes]) -> list[bytes]:
        """Let `head` take note of its lines and return those that are passed on."""
        passed = lines
        for line in filter(self.__getitem__, lines):  # few lines speak to us, fewer end here
            field = self[line]
            if field is not None and not field(head, line):
                passed = [other for other in passed if other is not line]
        return passed


def end_of_head(buffer: bytes, start: int = 0, limit: int = MAX_HEAD) -> int:
    """Return where the final CRLFCRLF begins, or -1 while it is missing; what lies before `start`
    was seen already.

    Raises Refused for a head that is too long, or whose lines end in bare LF and which therefore
    may never end.
    """
    end = buffer.find(b"\r\n\r\n", start - 3 if start > 3 else 0)
    if 0 <= end <= limit:
        return end
    if end > limit or len(buffer) > limit:
        raise Refused(431, "head-too-large")
    if _bare_line_feed(buffer, max(start - 1, 0)):
        raise Refused(400)
    return -1


def drop(_head: object, _line: bytes) -> bool:
    """Leave a field out; it speaks to us, or it is none of the sender's to say."""
    return False


def value_of(line: bytes) -> bytes:
    """Return the value of a field line without the whitespace around it."""
    return line.partition(b":")[2].strip(b" \t")


@lru_cache(maxsize=1024)
def tokens_of(line: bytes) -> frozenset[bytes]:
    """Return the lower-case tokens of a comma-separated field."""
    return frozenset(token.strip(b" \t") for token in value_of(line).lower().split(b","))


@lru_cache(maxsize=1024)
def length_of(line: bytes) -> int | None:
    """Return the number of a Content-Length line, None when it is not plainly one (`+5`, `5, 5`,
    nothing).
    """
    value = value_of(line)
    return int(value) if value.isdigit() and len(value) <= 18 else None


def without_nominated(lines: list[bytes], nominated: frozenset[bytes]) -> list[bytes]:
    """Remove the fields that `Connection` declares to be for this hop only (RFC 9110, 7.6.1)."""
    hidden = nominated - _NEVER_NOMINATED
    if hidden <= {b"close", b"keep-alive"}:
        return lines
    return [line for line in lines if line.partition(b":")[0].lower() not in hidden]


def broken_field() -> BrokenAnswer:
    """Say that a field line of an upstream is malformed."""
    return BrokenAnswer("a header line is malformed")


def malformed() -> Refused:
    """Say that a client's request is malformed."""
    return Refused(400)

"""The head of an upstream's answer, parsed as strictly as a request's: a lenient reading here would
let one answer be taken for two.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from facade.errors import BrokenAnswer
from facade.head import (
    Field,
    Fields,
    broken_field,
    drop,
    length_of,
    tokens_of,
    value_of,
    without_nominated,
)

MAX_ANSWER_HEAD: Final = 131072
"""Bytes of an answer head: four times a request's, for pages that set many cookies."""

_status_line = re.compile(
    rb"HTTP/1\.([01]) ([1-5][0-9]{2})(?: [^\x00-\x08\x0a-\x1f\x7f]*)?"
).fullmatch


class AnswerHead:
    """An answer's head: `parse_answer` fills it, nobody changes it afterwards.

    `lines` are the fields to pass on, as they came; `length` is -1 without Content-Length;
    `status_line` is that of an HTTP/1.1 answer; `keep` says whether the upstream's connection may
    serve another request.
    """

    __slots__ = (
        "chunked",
        "keep",
        "length",
        "lines",
        "nominated",
        "status",
        "status_line",
        "upgrade",
    )

    def __init__(self, status_line: bytes, status: int) -> None:
        self.status_line = status_line
        self.status = status
        self.keep = True
        self.chunked = False
        self.length = -1
        self.upgrade = b""
        self.nominated: frozenset[bytes] | None = None
        self.lines: list[bytes] = []


def parse_answer(head: bytes) -> AnswerHead:
    """Read a head without its final CRLFCRLF; raises BrokenAnswer."""
    lines = head.split(b"\r\n")
    is_old, status, status_line = _parse_status(lines.pop(0))
    answer = AnswerHead(status_line, status)
    if is_old:
        answer.keep = False
    answer.lines = FIELDS.sort(answer, lines)
    if answer.nominated is not None:
        answer.lines = without_nominated(answer.lines, answer.nominated)
    if answer.chunked and (answer.length >= 0 or is_old):
        raise BrokenAnswer("the answer says twice where it ends")
    return answer


@lru_cache(maxsize=256)
def _parse_status(line: bytes) -> tuple[bool, int, bytes]:
    """Return whether a status line is of HTTP/1.0, its status, and the line as of HTTP/1.1."""
    match = _status_line(line)
    if match is None:
        raise BrokenAnswer("the status line is malformed")
    return match[1] == b"0", int(match[2]), b"HTTP/1.1" + line[8:]


def _connection(answer: AnswerHead, line: bytes) -> bool:
    answer.nominated = tokens_of(line) | (answer.nominated or frozenset())
    if b"close" in answer.nominated:
        answer.keep = False
    return False


def _content_length(answer: AnswerHead, line: bytes) -> bool:
    length = length_of(line)
    if length is None or answer.length >= 0:
        raise BrokenAnswer("Content-Length is repeated or not a number")
    answer.length = length
    return True


def _transfer_encoding(answer: AnswerHead, line: bytes) -> bool:
    """Note chunks; the line goes out again only to clients that understand them."""
    if answer.chunked or value_of(line).lower() != b"chunked":
        raise BrokenAnswer("Transfer-Encoding is not `chunked`")
    answer.chunked = True
    return False


def _upgrade(answer: AnswerHead, line: bytes) -> bool:
    answer.upgrade = value_of(line)
    return False


def _by_pattern(name: bytes) -> Field[AnswerHead] | None:
    return drop if name.startswith(b"x-bridge-") else None


FIELDS: Final = Fields[AnswerHead](
    {
        b"connection": _connection,
        b"content-length": _content_length,
        b"transfer-encoding": _transfer_encoding,
        b"upgrade": _upgrade,
        b"keep-alive": drop,
        b"proxy-connection": drop,
    },
    patterns=_by_pattern,
    secret=frozenset((b"set-cookie",)),
    error=broken_field,
)

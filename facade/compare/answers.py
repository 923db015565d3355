"""An answer as it is compared: read strictly from the bytes a client would have got, its body freed
of chunks and compression.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from facade.answer import FIELDS, AnswerHead, parse_answer
from facade.chunks import Chunks
from facade.errors import BrokenAnswer, MalformedChunks, Refused

MAX_BODY: Final = 4 * 1024 * 1024
"""Bytes of an unpacked body: a small compressed one may hide a large one."""

_WINDOW_BITS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class Content(StrEnum):
    """How a body is read."""

    JSON = "json"
    HTML = "html"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, fields in order with lower-case names, and the unpacked body."""

    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes

    def values(self, name: str) -> list[str]:
        """Return the values of a field, which has a lower-case name, in order."""
        return [value for found, value in self.fields if found == name]

    @property
    def content(self) -> Content:
        """How the body says it is to be read."""
        media_type = "".join(self.values("content-type")[:1]).partition(";")[0].strip().lower()
        if media_type == "application/json" or media_type.endswith("+json"):
            return Content.JSON
        return Content.HTML if media_type == "text/html" else Content.BYTES


def read_answer(raw: bytes) -> Answer:
    """Read a complete answer to a GET; raises BrokenAnswer where it is not one."""
    head, separator, body = raw.partition(b"\r\n\r\n")
    if not separator:
        raise BrokenAnswer("the head of the answer does not end")
    parsed = parse_answer(head)
    fields = tuple(_field(line) for line in parsed.lines)
    answer = Answer(parsed.status, fields, _whole(parsed, body))
    return Answer(parsed.status, fields, _unpacked(answer))


def _field(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name.lower(), value.strip(" \t")


def _whole(head: AnswerHead, body: bytes) -> bytes:
    if not head.chunked:
        if head.length >= 0 and head.status not in (204, 304) and len(body) != head.length:
            raise BrokenAnswer("the body is not as long as it says")
        return body
    chunks = Chunks(FIELDS.check_trailer, keep=True)
    try:
        taken = chunks.feed(body)
    except (MalformedChunks, Refused) as error:
        raise BrokenAnswer("the chunks of the body are malformed") from error
    if not chunks.done or taken != len(body):
        raise BrokenAnswer("the chunks of the body do not end where it ends")
    return chunks.payload()


def _unpacked(answer: Answer) -> bytes:
    """Undo gzip and deflate; what is packed otherwise is compared as it is."""
    bits = _WINDOW_BITS.get("".join(answer.values("content-encoding")).strip().lower())
    if bits is None or not answer.body:
        return answer.body
    unpacker = zlib.decompressobj(wbits=bits)
    try:
        body = unpacker.decompress(answer.body, MAX_BODY)
    except zlib.error as error:
        raise BrokenAnswer("the body is not packed as it says") from error
    if not unpacker.eof:
        raise BrokenAnswer("the body is too large or cut")
    return body

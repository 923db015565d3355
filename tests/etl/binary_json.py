"""Writes documents as MySQL 5.7 stores them, by the documented format; for what reads them."""

import struct
from dataclasses import dataclass

_SMALL = 0xFFFF
_WITHIN_ENTRY = {2: {4, 5, 6}, 4: {4, 5, 6, 7, 8}}


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value of a type that only MySQL has."""

    type: int
    data: bytes


def encoded(document: object) -> bytes:
    """Give the bytes of a document: its type and its value."""
    kind, value = _value(document)
    return bytes([kind]) + value


def _value(document: object) -> tuple[int, bytes]:
    if document is None or isinstance(document, bool):
        return 4, bytes([(None, True, False).index(document)])
    if isinstance(document, int):
        return _integer(document)
    if isinstance(document, float):
        return 11, struct.pack("<d", document)
    if isinstance(document, str):
        return 12, _with_length(document.encode())
    if isinstance(document, Opaque):
        return 15, bytes([document.type]) + _with_length(document.data)
    return _container(document, width=2) or _container(document, width=4) or (0, b"")


def _integer(number: int) -> tuple[int, bytes]:
    for kind, form, low, high in (
        (5, "<h", -(1 << 15), (1 << 15) - 1),
        (6, "<H", 0, (1 << 16) - 1),
        (7, "<i", -(1 << 31), (1 << 31) - 1),
        (8, "<I", 0, (1 << 32) - 1),
        (9, "<q", -(1 << 63), (1 << 63) - 1),
    ):
        if low <= number <= high:
            return kind, struct.pack(form, number)
    return 10, struct.pack("<Q", number)


def _with_length(data: bytes) -> bytes:
    length, head = len(data), b""
    while length > 0x7F:
        head += bytes([length & 0x7F | 0x80])
        length >>= 7
    return head + bytes([length]) + data


def _container(document: object, *, width: int) -> tuple[int, bytes] | None:
    """Write an object or an array with entries of this width; None if it does not fit."""
    # The server keeps the keys of an object by length, then by bytes.
    members = document if isinstance(document, dict) else {}
    keys = sorted((key.encode() for key in members), key=lambda key: (len(key), key))
    values = list(document) if isinstance(document, list) else [members[k.decode()] for k in keys]
    at = 2 * width + len(keys) * (width + 2) + len(values) * (width + 1)
    heads, tail = b"", b"".join(keys)
    for number, key in enumerate(keys):
        begin = at + sum(map(len, keys[:number]))
        heads += begin.to_bytes(width, "little") + struct.pack("<H", len(key))
    for kind, value in map(_value, values):
        if kind in _WITHIN_ENTRY[width]:
            heads += bytes([kind]) + value.ljust(width, b"\0")
        else:
            heads += bytes([kind]) + (at + len(tail)).to_bytes(4, "little")[:width]
            tail += value
    if width == 2 and at + len(tail) > _SMALL:
        return None
    size = (at + len(tail)).to_bytes(width, "little")
    kind = (2 if isinstance(document, list) else 0) + (width == 4)
    return kind, len(values).to_bytes(width, "little") + size + heads + tail

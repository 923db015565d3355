"""The head of a request, as far as a facade has to understand it: the line here, the fields in
`facade.section`.
"""

from __future__ import annotations

import re
from typing import Final

from facade.errors import Refused
from facade.head import CONTROLS, replacing
from facade.section import SECTIONS, Section, parse_section

MAX_TARGET: Final = 8190
"""Bytes of a request target; the limit gunicorn has for a whole request line at most."""

# `#` is no part of a target: servers that cut it off there would see another path than we route by.
_WITHOUT_FORBIDDEN: Final = replacing(CONTROLS + b"\t #")
_METHODS: Final = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH"))
_SLASH: Final = ord("/")

_rare_method = re.compile(rb"[A-Z][A-Z\-]{0,19}").fullmatch
_absolute = re.compile(rb"https?://([^/?]+)(/.*)?", re.IGNORECASE).fullmatch


class RequestHead:
    """A request's head: `parse_request` fills it, nobody changes it afterwards.

    `line` is the request line as it goes on; `upgrade` is the protocol to switch to, or empty.
    """

    __slots__ = ("line", "method", "section", "target", "upgrade")

    def __init__(self, line: bytes, method: bytes, target: bytes, section: Section) -> None:
        self.line = line
        self.method = method
        self.target = target
        self.section = section
        self.upgrade = b""


def parse_request(head: bytes) -> RequestHead:
    """Read a head without its final CRLFCRLF; raises Refused with the status that the
    client gets.
    """
    end = head.find(b"\r\n")
    line, fields = (head[:end], head[end:]) if end >= 0 else (head, b"")
    method, target, version = _parts(line)
    if version == b"HTTP/1.1":
        request = RequestHead(line, method, target, SECTIONS[fields])
    else:
        section = parse_section(fields, is_old=True)
        request = RequestHead(_line(method, target), method, target, section)
    if target[0] != _SLASH:
        _settle_target(request)
    if request.section.upgrade:
        _settle_upgrade(request)
    return request


def _parts(line: bytes) -> list[bytes]:
    """Return method, target and version of a request line, each of which may be passed on."""
    parts = line.split(b" ")
    if len(parts) != 3:
        raise Refused(400)
    method, target, version = parts
    if version not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise Refused(505 if version[:5] == b"HTTP/" else 400)
    if method not in _METHODS:
        _check_rare_method(method)
    if not target or target.translate(_WITHOUT_FORBIDDEN) != target:
        raise Refused(400)
    if len(target) > MAX_TARGET:
        raise Refused(414, "target-too-long")
    return parts


def _line(method: bytes, target: bytes) -> bytes:
    """Write the request line that differs from what came."""
    return b"%b %b HTTP/1.1" % (method, target)


def _check_rare_method(method: bytes) -> None:
    if method in (b"CONNECT", b"TRACE"):
        raise Refused(405, "method-refused")
    if not _rare_method(method):
        raise Refused(400)


def _settle_target(request: RequestHead) -> None:
    """Accept `*` for OPTIONS, and an absolute target, which goes on as its path."""
    if request.target == b"*" and request.method == b"OPTIONS":
        return
    match = _absolute(request.target)
    # RFC 9112 lets the target win over Host; we want no two readings of who is asked.
    if match is None or match[1].lower() != request.section.host.lower():
        raise Refused(400)
    request.target = match[2] or b"/"
    request.line = _line(request.method, request.target)


def _settle_upgrade(request: RequestHead) -> None:
    """Keep only WebSocket, asked for as RFC 6455 says; `h2c` would open a second,
    unchecked way in.
    """
    section = request.section
    asked = section.nominated is not None and b"upgrade" in section.nominated
    plain = request.method == b"GET" and not section.has_body and not section.is_old
    if asked and plain and section.upgrade.lower() == b"websocket":
        request.upgrade = section.upgrade

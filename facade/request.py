"""The head of a request, as far as a facade has to understand it.

Client copies of fields that only a proxy may set are left out here, once and for all: `X-Bridge-*`,
`X-Forwarded-*`, `X-Real-IP`, `Forwarded`, `X-Request-ID`, and every name with `_`, which WSGI
cannot tell from one with `-`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from facade.errors import Refused
from facade.head import (
    CONTROLS,
    MAX_FIELDS,
    Field,
    Fields,
    drop,
    length_of,
    malformed,
    replacing,
    tokens_of,
    value_of,
    without_nominated,
)

MAX_TARGET: Final = 8190
"""Bytes of a request target; the limit gunicorn has for a whole request line at most."""

# `#` is no part of a target: servers that cut it off there would see another path than we route by.
_WITHOUT_FORBIDDEN: Final = replacing(CONTROLS + b"\t #")
_METHODS: Final = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH"))
_SLASH: Final = ord("/")
_COOKIE_VALUE: Final = len(b"cookie:")

_rare_method = re.compile(rb"[A-Z][A-Z\-]{0,19}").fullmatch
_absolute = re.compile(rb"https?://([^/?]+)(/.*)?", re.IGNORECASE).fullmatch
_host_value = re.compile(
    rb"[A-Za-z0-9.\-_]+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?"
).fullmatch


class RequestHead:
    """A request's head: `parse_request` fills it, nobody changes it afterwards.

    `line` is the request line as it goes on, `lines` are the fields to pass on, as they came;
    `length` is -1 without Content-Length; `has_body` says whether bytes follow; absent values are
    empty.
    """

    __slots__ = (
        "authority",
        "authorization",
        "chunked",
        "close",
        "cookie",
        "expects",
        "forwarded_for",
        "forwarded_proto",
        "has_body",
        "host",
        "is_old",
        "length",
        "line",
        "lines",
        "method",
        "nominated",
        "target",
        "upgrade",
    )

    def __init__(self, line: bytes, method: bytes, target: bytes) -> None:
        self.line = line
        self.method = method
        self.target = target
        self.is_old = self.close = self.chunked = self.expects = self.has_body = False
        self.length = -1
        self.authority = self.host = self.cookie = self.authorization = b""
        self.forwarded_for = self.forwarded_proto = self.upgrade = b""
        self.nominated: frozenset[bytes] | None = None
        self.lines: list[bytes] = []

    def field(self, name: bytes) -> bytes:
        """Return the value of the first passed field of this lower-case name, or nothing; for rare
        paths only.
        """
        for line in self.lines:
            if line[: len(name) + 1].lower() == name + b":":
                return value_of(line)
        return b""


def parse_request(head: bytes) -> RequestHead:
    """Read a head without its final CRLFCRLF; raises Refused with the status that the
    client gets.
    """
    lines = head.split(b"\r\n")
    request = _request_line(lines.pop(0))
    if len(lines) > MAX_FIELDS:
        raise Refused(431, "head-too-large")
    request.lines = FIELDS.sort(request, lines)
    if request.nominated is not None:
        request.lines = without_nominated(request.lines, request.nominated)
    request.has_body = request.chunked or request.length > 0
    if request.upgrade:
        _settle_upgrade(request)
    if request.chunked or request.authority or not request.host:
        _check_framing(request)
    return request


def _request_line(line: bytes) -> RequestHead:
    try:
        method, target, version = line.split(b" ")
    except ValueError:
        raise Refused(400) from None
    if version not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise Refused(505 if version[:5] == b"HTTP/" else 400)
    if method not in _METHODS:
        _check_rare_method(method)
    if not target or target.translate(_WITHOUT_FORBIDDEN) != target:
        raise Refused(400)
    if len(target) > MAX_TARGET:
        raise Refused(414, "target-too-long")
    request = RequestHead(line, method, target)
    if version == b"HTTP/1.0":
        # The client understands no chunks and keeps its connection only when it says so.
        request.is_old = request.close = True
        _settle_line(request)
    if target[0] != _SLASH:
        _settle_target(request)
    return request


def _settle_line(request: RequestHead) -> None:
    """Write the request line that differs from what came."""
    request.line = b"%b %b HTTP/1.1" % (request.method, request.target)


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
    if match is None:
        raise Refused(400)
    request.authority, request.target = match[1], match[2] or b"/"
    _settle_line(request)


def _settle_upgrade(request: RequestHead) -> None:
    """Keep only WebSocket, asked for as RFC 6455 says; `h2c` would open a second,
    unchecked way in.
    """
    asked = request.nominated is not None and b"upgrade" in request.nominated
    plain = request.method == b"GET" and not request.has_body and not request.is_old
    if not (asked and plain and request.upgrade.lower() == b"websocket"):
        request.upgrade = b""


def _check_framing(request: RequestHead) -> None:
    if request.chunked and (request.length >= 0 or request.is_old):
        raise Refused(400)
    if not request.host and not request.is_old:
        raise Refused(400)
    # RFC 9112 lets the target win over Host; we want no two readings of who is asked.
    if request.authority and request.authority.lower() != request.host.lower():
        raise Refused(400)


def _host(request: RequestHead, line: bytes) -> bool:
    if request.host:
        raise Refused(400)
    request.host = _host_of(line)
    return True


@lru_cache(maxsize=1024)
def _host_of(line: bytes) -> bytes:
    value = value_of(line)
    if not _host_value(value):
        raise Refused(400)
    return value


def _connection(request: RequestHead, line: bytes) -> bool:
    if line == b"Connection: keep-alive" and request.nominated is None:
        request.close = False  # what nearly every browser says
        return False
    tokens = tokens_of(line)
    request.nominated = tokens | (request.nominated or frozenset())
    if b"close" in request.nominated:
        request.close = True
    elif b"keep-alive" in request.nominated:
        request.close = False
    return False


def _content_length(request: RequestHead, line: bytes) -> bool:
    length = length_of(line)
    if length is None or request.length >= 0:
        raise Refused(400)
    request.length = length
    return True


def _transfer_encoding(request: RequestHead, line: bytes) -> bool:
    if request.chunked or value_of(line).lower() != b"chunked":
        raise Refused(400)
    request.chunked = True
    return True


def _cookie(request: RequestHead, line: bytes) -> bool:
    value = line[_COOKIE_VALUE:].strip(b" \t")
    request.cookie = request.cookie + b"; " + value if request.cookie else value
    return True


def _authorization(request: RequestHead, line: bytes) -> bool:
    if request.authorization:
        raise Refused(400)
    request.authorization = value_of(line)
    return True


def _expect(request: RequestHead, line: bytes) -> bool:
    if value_of(line).lower() != b"100-continue":
        raise Refused(417, "expectation-failed")
    request.expects = not request.is_old
    return request.expects


def _upgrade(request: RequestHead, line: bytes) -> bool:
    request.upgrade = value_of(line)
    return False


def _forwarded_for(request: RequestHead, line: bytes) -> bool:
    value = value_of(line)
    request.forwarded_for = (
        request.forwarded_for + b", " + value if request.forwarded_for else value
    )
    return False


def _forwarded_proto(request: RequestHead, line: bytes) -> bool:
    request.forwarded_proto = value_of(line).lower()
    return False


def _by_pattern(name: bytes) -> Field[RequestHead] | None:
    """Leave out internal names, and those a WSGI server would turn into internal ones."""
    return drop if b"_" in name or name.startswith((b"x-bridge-", b"x-forwarded-")) else None


FIELDS: Final = Fields[RequestHead](
    {
        b"host": _host,
        b"connection": _connection,
        b"content-length": _content_length,
        b"transfer-encoding": _transfer_encoding,
        b"cookie": _cookie,
        b"authorization": _authorization,
        b"expect": _expect,
        b"upgrade": _upgrade,
        b"x-forwarded-for": _forwarded_for,
        b"x-forwarded-proto": _forwarded_proto,
        b"forwarded": drop,
        b"keep-alive": drop,
        b"proxy": drop,  # becomes HTTP_PROXY in CGI-like environments
        b"proxy-authorization": drop,
        b"proxy-connection": drop,
        b"te": drop,
        b"x-real-ip": drop,  # legacy's tracking log believes it
        b"x-request-id": drop,
    },
    patterns=_by_pattern,
    secret=frozenset((b"cookie", b"authorization", b"x-edx-api-key", b"x-csrftoken")),
    error=malformed,
)

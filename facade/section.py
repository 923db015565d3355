"""The fields of a request, as far as a facade has to understand them.

Client copies of fields that only a proxy may set are left out here, once and for all: `X-Bridge-*`,
`X-Forwarded-*`, `X-Real-IP`, `Forwarded`, `X-Request-ID`, and every name with `_`, which WSGI
cannot tell from one with `-`. What a section means depends on nothing but its bytes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from facade.errors import Refused
from facade.head import (
    MAX_FIELDS,
    Field,
    Fields,
    drop,
    length_of,
    malformed,
    tokens_of,
    value_of,
    without_nominated,
)

MAX_SECTIONS: Final = 2048
MAX_SECTION: Final = 2048
"""Bytes of a section that is worth remembering; a browser's are half as long."""

_COOKIE_VALUE: Final = len(b"cookie:")

_host_value = re.compile(
    rb"[A-Za-z0-9.\-_]+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?"
).fullmatch


class Section:
    """What the fields of one request say: `parse_section` fills it, nobody changes it afterwards,
    and requests with the same fields share it.

    `text` are the fields to pass on, as they came, a CRLF before each; `length` is -1 without
    Content-Length; `has_body` says whether bytes follow; absent values are empty. `close` says that
    the client's connection ends with the answer.
    """

    __slots__ = (
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
        "nominated",
        "text",
        "upgrade",
    )

    def __init__(self, *, is_old: bool) -> None:
        # An old client understands no chunks and keeps its connection only when it says so.
        self.is_old = self.close = is_old
        self.chunked = self.expects = self.has_body = False
        self.length = -1
        self.host = self.cookie = self.authorization = self.text = b""
        self.forwarded_for = self.forwarded_proto = self.upgrade = b""
        self.nominated: frozenset[bytes] | None = None

    @property
    def lines(self) -> list[bytes]:
        """The field lines to pass on; for rare paths only."""
        return self.text.split(b"\r\n")[1:]

    def field(self, name: bytes) -> bytes:
        """Return the value of the first passed field of this lower-case name, or nothing; for rare
        paths only.
        """
        for line in self.lines:
            if line[: len(name) + 1].lower() == name + b":":
                return value_of(line)
        return b""


class Sections(dict[bytes, Section]):
    """What whole sections mean, remembered by their bytes: of the requests that a page makes, most
    differ in their first line only, and those of an API client always do.

    The memory is bounded and emptied when full. It holds cookies, as the look-ups of actors do.
    """

    def __missing__(self, section: bytes) -> Section:
        found = parse_section(section, is_old=False)
        if len(section) <= MAX_SECTION:
            if len(self) >= MAX_SECTIONS:
                self.clear()
            self[section] = found
        return found


def parse_section(section: bytes, *, is_old: bool) -> Section:
    """Read the fields of a request of HTTP/1.1, or of HTTP/1.0 (`is_old`), a CRLF before each.

    Raises Refused with the status that the client gets.
    """
    lines = section.split(b"\r\n")[1:]
    if len(lines) > MAX_FIELDS:
        raise Refused(431, "head-too-large")
    found = Section(is_old=is_old)
    lines = FIELDS.sort(found, lines)
    if found.nominated is not None:
        lines = without_nominated(lines, found.nominated)
    if found.chunked and (found.length >= 0 or is_old):
        raise Refused(400)
    if not found.host and not is_old:
        raise Refused(400)
    found.has_body = found.chunked or found.length > 0
    found.text = b"\r\n".join((b"", *lines))
    return found


def _host(section: Section, line: bytes) -> bool:
    if section.host:
        raise Refused(400)
    section.host = _host_of(line)
    return True


@lru_cache(maxsize=1024)
def _host_of(line: bytes) -> bytes:
    value = value_of(line)
    if not _host_value(value):
        raise Refused(400)
    return value


def _connection(section: Section, line: bytes) -> bool:
    if line == b"Connection: keep-alive" and section.nominated is None:
        section.close = False  # what nearly every browser says
        return False
    tokens = tokens_of(line)
    section.nominated = tokens | (section.nominated or frozenset())
    if b"close" in section.nominated:
        section.close = True
    elif b"keep-alive" in section.nominated:
        section.close = False
    return False


def _content_length(section: Section, line: bytes) -> bool:
    length = length_of(line)
    if length is None or section.length >= 0:
        raise Refused(400)
    section.length = length
    return True


def _transfer_encoding(section: Section, line: bytes) -> bool:
    if section.chunked or value_of(line).lower() != b"chunked":
        raise Refused(400)
    section.chunked = True
    return True


def _cookie(section: Section, line: bytes) -> bool:
    value = line[_COOKIE_VALUE:].strip(b" \t")
    section.cookie = section.cookie + b"; " + value if section.cookie else value
    return True


def _authorization(section: Section, line: bytes) -> bool:
    if section.authorization:
        raise Refused(400)
    section.authorization = value_of(line)
    return True


def _expect(section: Section, line: bytes) -> bool:
    if value_of(line).lower() != b"100-continue":
        raise Refused(417, "expectation-failed")
    section.expects = not section.is_old
    return section.expects


def _upgrade(section: Section, line: bytes) -> bool:
    section.upgrade = value_of(line)
    return False


def _forwarded_for(section: Section, line: bytes) -> bool:
    value = value_of(line)
    section.forwarded_for = (
        section.forwarded_for + b", " + value if section.forwarded_for else value
    )
    return False


def _forwarded_proto(section: Section, line: bytes) -> bool:
    section.forwarded_proto = value_of(line).lower()
    return False


def _by_pattern(name: bytes) -> Field[Section] | None:
    """Leave out internal names, and those a WSGI server would turn into internal ones."""
    return drop if b"_" in name or name.startswith((b"x-bridge-", b"x-forwarded-")) else None


FIELDS: Final = Fields[Section](
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

SECTIONS: Final = Sections()

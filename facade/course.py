"""Which course a request is about, where the route says that it names one: in its path, its query
or its body.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from facade.chunks import Chunks
from facade.errors import MalformedChunks, Refused
from facade.section import FIELDS
from flags.course_keys import course_key
from flags.routes import CourseAt, Place

if TYPE_CHECKING:
    from facade.request import RequestHead
    from facade.routes import Match

MAX_BODY: Final = 65536
"""Bytes of a body that is read for its course before the request is decided."""

_KINDS: Final = {
    Place.JSON: (b"application/json", b"application/merge-patch+json"),
    Place.FORM: (b"application/x-www-form-urlencoded",),
}


def course_in_head(match: Match, query: bytes) -> str | None:
    """Return the canonical course key in the path or the query; None when there is none or it is no
    key.
    """
    at = match.route.course
    if at is None:
        return None
    if at.place is Place.PATH:
        return course_key(match.course_text) if match.course_text else None
    if at.place is Place.QUERY and query:
        return _from_form(query, at.name)
    return None


def is_in_body(match: Match, head: RequestHead) -> bool:
    """Say whether the course can be read from the body: one of a known kind that is small, as far
    as it says.
    """
    at = match.route.course
    section = head.section
    if at is None or at.place not in _KINDS:
        return False
    if not section.has_body or section.length > MAX_BODY:
        return False
    kind = section.field(b"content-type").partition(b";")[0].strip().lower()
    return kind in _KINDS[at.place] and not section.field(b"content-encoding")


def course_in_body(match: Match, head: RequestHead, pieces: list[bytes]) -> str | None:
    """Return the canonical course key in a body that is complete; None when it holds none."""
    at = match.route.course
    if at is None:
        return None
    try:
        body = _payload(head, pieces)
        return _from_json(body, at) if at.place is Place.JSON else _from_form(body, at.name)
    except (MalformedChunks, Refused, ValueError):
        return None


def _payload(head: RequestHead, pieces: list[bytes]) -> bytes:
    raw = b"".join(pieces)
    if not head.section.chunked:
        return raw
    chunks = Chunks(FIELDS.check_trailer, keep=True)
    chunks.feed(raw)
    return chunks.payload()


def _from_form(form: bytes, name: str) -> str | None:
    # Of several values Django's QueryDict returns the last.
    values = [
        value
        for key, value in parse_qsl(form.decode("latin-1"), max_num_fields=1000)
        if key == name
    ]
    return course_key(values[-1]) if values else None


def _from_json(body: bytes, at: CourseAt) -> str | None:
    value: Any = json.loads(body)
    for name in at.name.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return course_key(value) if isinstance(value, str) else None

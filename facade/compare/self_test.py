"""Known differences, one of every kind, that a comparison must find: a mismatch rate means nothing
while it does not.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from facade.compare.comparison import Comparison
from facade.compare.difference import Subject
from facade.compare.redaction import Redactor
from facade.compare.rules import Rules
from facade.errors import BrokenAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

SUBJECT: Final = Subject("enrollment", "/api/enrollment/v1/enrollment")
_TODAY: Final = dt.date(2026, 1, 1)
_ENROLLMENT: Final[dict[str, Any]] = {
    "created": "2016-09-05T07:12:44Z",
    "is_active": True,
    "mode": "honor",
    "user": "ada",
    "course_details": {
        "course_id": "course-v1:edX+DemoX+2016",
        "course_end": None,
        "min_price": 0,
        "course_modes": [{"slug": "honor", "name": "Honor"}, {"slug": "verified", "name": "ID"}],
    },
}
_PAGE: Final = (
    "<html><head><title>Dashboard</title><script>var t=1</script></head><body>"
    '<form action="/logout"><input type="hidden" name="csrfmiddlewaretoken" value="a1"></form>'
    '<p>Welcome <a href="/u/ada">Ada</a></p><p>1 course</p></body></html>'
)


@dataclass(frozen=True, slots=True)
class Case:
    """Two answers as clients get them, and the differences between them as `path kind`."""

    name: str
    legacy: bytes
    modern: bytes
    expected: frozenset[str]


def failures(rules: Rules | None = None) -> Iterator[str]:
    """Yield what a comparison gets wrong, nothing when it finds exactly what was injected."""
    comparison = Comparison(rules or Rules(), Redactor("the self-test has nothing to hide"))
    for case in CASES:
        try:
            verdict = comparison.compare_raw(case.legacy, case.modern, SUBJECT, today=_TODAY)
        except BrokenAnswer as error:
            yield f"{case.name}: cannot be read: {error}"
            continue
        found = {f"{each.path} {each.kind}" for each in verdict.differences}
        if found != case.expected:
            yield f"{case.name}: expected {sorted(case.expected)}, found {sorted(found)}"


def _answer(body: bytes, kind: str = "application/json", status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _json(content: Any) -> bytes:
    return _answer(json.dumps(content).encode())


def _changed(name: str, expected: str, **changes: Any) -> Case:
    """Change members of the enrollment or of its course details; `...` leaves one out."""
    content = json.loads(json.dumps(_ENROLLMENT))
    for key, value in changes.items():
        place = content if key in content else content["course_details"]
        place[key] = value
        if value is ...:
            del place[key]
    return Case(name, _json(_ENROLLMENT), _json(content), frozenset((expected,)))


def _page(name: str, old: str, new: str, *expected: str) -> Case:
    pages = [_answer(text.encode(), "text/html") for text in (_PAGE, _PAGE.replace(old, new))]
    return Case(name, pages[0], pages[1], frozenset(expected))


def _chunked(body: bytes) -> bytes:
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    return head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


_MODES: Final[list[dict[str, str]]] = _ENROLLMENT["course_details"]["course_modes"]
_WHOLE: Final = _json(_ENROLLMENT)
_SPELLED_OTHERWISE: Final = json.dumps(_ENROLLMENT, indent=2, sort_keys=True).encode()

CASES: Final[tuple[Case, ...]] = (
    Case("equal answers", _WHOLE, _WHOLE, frozenset()),
    Case("another spelling of JSON", _WHOLE, _chunked(_SPELLED_OTHERWISE), frozenset()),
    _page("scripts, tokens and whitespace", "var t=1", "var t=2"),
    _page("a new CSRF token", 'value="a1"', 'value="b2"'),
    Case(
        "another status",
        _WHOLE,
        _answer(b"{}", status="404 Not Found"),
        frozenset(("status 200 > 404 status",)),
    ),
    Case(
        "another content type",
        _WHOLE,
        _answer(json.dumps(_ENROLLMENT).encode(), "application/json; charset=latin-1"),
        frozenset(("header content-type header",)),
    ),
    _changed("a member is missing", "$.mode missing", mode=...),
    _changed("a member is new", "$.course_details.price extra", price=1),
    _changed("null instead of a value", "$.mode null", mode=None),
    _changed(
        "missing instead of null", "$.course_details.course_end null-or-missing", course_end=...
    ),
    _changed("a text instead of a flag", "$.is_active type", is_active="true"),
    _changed("1.0 instead of 1", "$.course_details.min_price number-type", min_price=0.0),
    _changed("another value", "$.mode value", mode="audit"),
    _changed(
        "a date with an offset", "$.created date-spelling", created="2016-09-05T07:12:44+00:00"
    ),
    _changed("another moment", "$.created value", created="2016-09-05T07:12:45Z"),
    _changed("another order", "$.course_details.course_modes order", course_modes=_MODES[::-1]),
    _changed("an item less", "$.course_details.course_modes length", course_modes=_MODES[:1]),
    _page("another text", "1 course", "2 courses", "html/body/p text"),
    _page("another link", "/u/ada", "/users/ada", "html/body/p/a@href attribute"),
    _page("a text less", "<p>1 course</p>", "", "html/body/p missing"),
    _page("a text more", "</body>", "<p>Bye</p></body>", "html/body/p extra"),
    Case(
        "other bytes",
        _answer(b"%PDF-1", "application/pdf"),
        _answer(b"%PDF-2", "application/pdf"),
        frozenset(("body bytes",)),
    ),
)

KINDS: Final = frozenset(
    expected.rpartition(" ")[2] for case in CASES for expected in case.expected
)
"""The kinds that are injected: a test holds them to be all there are."""

"""How a body differs from the recorded one: text exactly, JSON by type, value and order of lists.

Moments of the recorded run and tokens can never be equal; they are compared by form.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.recorded.exchange import Answer, Expected

RUN_BEGAN = "2026-11-22T10:28:29"  # older moments come from the recorded rows, digit for digit
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
TOKENS = tuple(map(re.compile, (r"[0-9a-f]{40}", r"[0-9A-Za-z]{30}", r"[\w-]+(\.[\w-]+){2}")))
WAIT = re.compile(r"Expected available in (\d+\.0) seconds")

Difference = tuple[str, str]  # the place, and what was recorded and what came


def body_differences(expected: Expected, answer: Answer) -> Iterator[Difference]:
    """Yield what differs between the recorded body and the one that came."""
    if expected.body == "unkept":
        if not answer.body:
            yield "body", "recorded a page, got nothing"
    elif expected.body == "text":
        if answer.body != expected.value.encode():
            yield "body", f"recorded {expected.value!r}, got {answer.body[:200]!r}"
    else:
        yield from _json(expected.value, answer.body)


def _json(recorded: Any, body: bytes) -> Iterator[Difference]:
    try:
        got = json.loads(body)
    except ValueError:
        yield "body", f"recorded JSON, got {body[:200]!r}"
        return
    yield from _value("$", recorded, got)


def _value(place: str, recorded: Any, got: Any) -> Iterator[Difference]:
    if type(recorded) is not type(got):
        yield f"body {place}", f"recorded {recorded!r}, got {got!r}"
    elif isinstance(recorded, dict):
        yield from _object(place, recorded, got)
    elif isinstance(recorded, list):
        yield from _list(place, recorded, got)
    elif not _same_scalar(place, recorded, got):
        yield f"body {place}", f"recorded {recorded!r}, got {got!r}"


def _object(place: str, recorded: dict[str, Any], got: dict[str, Any]) -> Iterator[Difference]:
    for key in sorted(recorded.keys() | got.keys()):
        if key not in got:
            yield f"body {place}.{key}", f"recorded {recorded[key]!r}, missing"
        elif key not in recorded:
            yield f"body {place}.{key}", f"not recorded, got {got[key]!r}"
        else:
            yield from _value(f"{place}.{key}", recorded[key], got[key])


def _list(place: str, recorded: list[Any], got: list[Any]) -> Iterator[Difference]:
    if len(recorded) != len(got):
        yield f"body {place}", f"recorded {len(recorded)} items, got {len(got)}"
    for index, (left, right) in enumerate(zip(recorded, got, strict=False)):
        yield from _value(f"{place}[{index}]", left, right)


def _same_scalar(place: str, recorded: Any, got: Any) -> bool:
    if not isinstance(recorded, str):
        return bool(recorded == got)
    if place.endswith(("access_token", "refresh_token")):
        return any(form.fullmatch(recorded) and form.fullmatch(got) for form in TOKENS)
    if MOMENT.fullmatch(recorded) and recorded >= RUN_BEGAN:
        return _same_moment_form(recorded, got)
    return WAIT.sub("", recorded) == WAIT.sub("", got)


def _same_moment_form(recorded: str, got: str) -> bool:
    # A moment may fall on a whole second, so a missing fraction is right; a shortened one is not.
    return bool(MOMENT.fullmatch(got)) and len(got) in (len(recorded), len("2026-11-22T10:28:29Z"))

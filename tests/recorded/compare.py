"""The strict comparison of an answer with the recorded one.

Three kinds of value can never be equal and are compared by form, for everyone: moments of the
recorded run, tokens, and the wait of a throttled client. Everything else that a server may do
differently has to be declared as an `Allowance`.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.recorded.bodies import Difference, body_differences
from tests.recorded.exchange import Answer, Exchange, Expected

MATTERING = frozenset(
    {
        *("content-type", "content-language", "allow", "www-authenticate", "vary", "location"),
        *("retry-after", "set-cookie"),
    }
)
ALL_HEADERS = MATTERING | {"x-frame-options", "cache-control", "pragma"}

LONGEST_WAIT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """A difference that is right, and why.

    `where` is a pattern over the place of a difference, such as `body $.overview` or `cookie *`;
    `numbers` limits it to some exchanges, empty means all.
    """

    where: str
    why: str
    numbers: frozenset[int] = frozenset()

    def covers(self, exchange: Exchange, place: str) -> bool:
        """Whether this declares a difference of that exchange at that place."""
        meant = not self.numbers or exchange.number in self.numbers
        return meant and fnmatchcase(place, self.where)


def differences(
    exchange: Exchange,
    answer: Answer,
    *,
    headers: Collection[str] = MATTERING,
    allowances: Collection[Allowance] = (),
) -> list[str]:
    """Return what differs from the recorded answer, one line each; empty when nothing does.

    Header values are compared exactly (`Vary` and `Allow` as sets), cookies by name and
    attributes, JSON by type and value with the order of lists and without that of keys.
    """
    return [
        f"{place}: {what}"
        for place, what in _all_differences(exchange, answer, headers)
        if not any(allowance.covers(exchange, place) for allowance in allowances)
    ]


def _all_differences(
    exchange: Exchange, answer: Answer, headers: Collection[str]
) -> Iterator[Difference]:
    expected = exchange.expected
    if answer.status != expected.status:
        yield "status", f"recorded {expected.status}, got {answer.status}"
    for name in sorted(set(headers) - {"set-cookie"}):
        yield from _header(name, expected, answer)
    if "set-cookie" in headers:
        yield from _cookies(expected, answer)
    for place, what in body_differences(expected, answer):
        if place.removeprefix("body ") not in exchange.unkept:
            yield place, what


def _header(name: str, expected: Expected, answer: Answer) -> Iterator[Difference]:
    recorded = next((value for key, value in expected.headers.items() if key.lower() == name), None)
    got = answer.header(name)
    if not _same_header(name, recorded, got):
        yield f"header {name}", f"recorded {recorded!r}, got {got!r}"


def _same_header(name: str, recorded: str | None, got: str | None) -> bool:
    if recorded is None or got is None:
        return recorded is got
    if name in ("vary", "allow"):
        return _elements(recorded) == _elements(got)
    if name == "retry-after":
        return got.isdigit() and 0 < int(got) <= LONGEST_WAIT_SECONDS
    return recorded == got


def _elements(value: str) -> set[str]:
    return {element.strip().lower() for element in value.split(",")}


def _cookies(expected: Expected, answer: Answer) -> Iterator[Difference]:
    got = dict(_cookie_shape(value) for value in answer.cookies())
    for name in sorted(expected.cookies.keys() | got.keys()):
        recorded, actual = expected.cookies.get(name), got.get(name)
        if recorded != actual:
            yield f"cookie {name}", f"recorded {recorded}, got {actual}"


def _cookie_shape(value: str) -> tuple[str, tuple[str, ...]]:
    first, *attributes = (part.strip() for part in value.split(";"))
    return first.split("=")[0], tuple(sorted(_attribute(each) for each in attributes))


def _attribute(text: str) -> str:
    name, _, value = text.partition("=")
    bare = name.lower() in ("expires", "httponly", "secure")
    return name.lower() if bare else f"{name.lower()}={value}"

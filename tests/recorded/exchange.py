"""The recorded exchanges as values, and their loader."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

RECORDING = Path(__file__).parent / "exchanges.jsonl"

Family = Literal[
    "heartbeat", "pages", "login", "session", "accounts", "mobile", "enrollment", "courses", "oauth"
]


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer as a client received it, repeated headers still repeated."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the values of a header joined with commas, None when it is absent."""
        return ", ".join(v for key, v in self.headers if key.lower() == name.lower()) or None

    def cookies(self) -> tuple[str, ...]:
        """Return every Set-Cookie value in the order sent."""
        return tuple(value for key, value in self.headers if key.lower() == "set-cookie")


@dataclass(frozen=True, slots=True)
class Expected:
    """The recorded answer: what is compared, without the values that a server makes up."""

    status: int
    headers: Mapping[str, str]
    cookies: Mapping[str, tuple[str, ...]]  # name -> sorted attributes; `expires` without its date
    body: Literal["json", "text", "unkept"]  # unkept: an HTML page of which only the headers stay
    value: Any  # the parsed JSON or the exact text


@dataclass(frozen=True, slots=True)
class Exchange:
    """One recorded request and its answer.

    `headers` are templates: `{sessionid}` is the cookie that this `client` holds at that moment,
    `{ada.sessionid}` another client's, `{access_token}` the last token it was given. `user` and
    `via` say whom those credentials stand for.
    """

    number: int  # place in the recorded run; gaps are exchanges that are not kept
    family: Family
    label: str
    client: str
    user: str | None
    via: Literal["session", "bearer", "jwt"] | None
    needs: tuple[int, ...]  # earlier exchanges whose effect this answer shows
    method: str
    path: str
    headers: Mapping[str, str]
    body: str | None
    times: int  # how often it ran in a row; every kept answer was the same
    expected: Expected
    unkept: tuple[str, ...]  # places of the body whose value is not part of this record

    @property
    def name(self) -> str:
        """A readable test id, unique in the recording."""
        return f"{self.number}-{self.family}-{self.label}".replace(" ", "-")


def exchanges(*families: Family) -> list[Exchange]:
    """Return the exchanges of these families (all of them if none is named), in recorded order."""
    return [each for each in _recording() if not families or each.family in families]


def script(*families: Family) -> list[Exchange]:
    """Return what a replay has to send: these families and all they need, in recorded order."""
    by_number = {each.number: each for each in _recording()}
    waiting = [each.number for each in exchanges(*families)]
    wanted: set[int] = set()
    while waiting:
        number = waiting.pop()
        if number not in wanted:
            wanted.add(number)
            waiting.extend(by_number[number].needs)
    return [by_number[number] for number in sorted(wanted)]


@cache
def _recording() -> tuple[Exchange, ...]:
    lines = RECORDING.read_text(encoding="utf-8").splitlines()
    return tuple(_exchange(json.loads(line)) for line in lines)


def _exchange(row: dict[str, Any]) -> Exchange:
    answer = row.pop("answer")
    row["needs"], row["unkept"] = tuple(row["needs"]), tuple(row["unkept"])
    return Exchange(**row, expected=_expected(answer))


def _expected(answer: dict[str, Any]) -> Expected:
    body: Literal["json", "text", "unkept"] = "unkept"
    if "json" in answer:
        body = "json"
    elif "text" in answer:
        body = "text"
    return Expected(
        status=answer["status"],
        headers=answer["headers"],
        cookies={name: tuple(attributes) for name, attributes in answer["cookies"].items()},
        body=body,
        value=answer.get("json", answer.get("text")),
    )

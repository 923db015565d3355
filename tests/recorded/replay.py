"""Sends recorded exchanges in order and keeps the cookies and tokens each client was given."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from tests.recorded.exchange import Answer, Exchange

Send = Callable[[str, str, Mapping[str, str], bytes], Answer]

PLACE = re.compile(r"\{([\w.-]+)\}")
FORGERY = "abc"  # the recorded run replaced the end of the signature by this


class Clients:
    """The browsers of the recorded run: what each of them holds right now."""

    def __init__(self) -> None:
        self._held: dict[str, dict[str, str]] = defaultdict(dict)

    def headers(self, exchange: Exchange) -> dict[str, str]:
        """Fill in the header templates of an exchange, leaving out cookies nobody gave."""
        client = exchange.client
        filled = {name: self._fill(client, value) for name, value in exchange.headers.items()}
        if "Cookie" in filled:
            filled["Cookie"] = "; ".join(self._cookie_pairs(exchange))
        return {name: value for name, value in filled.items() if value}

    def learn(self, exchange: Exchange, answer: Answer) -> None:
        """Take the cookies and the access token of an answer."""
        held = self._held[exchange.client]
        for cookie in answer.cookies():
            name, _, value = cookie.partition(";")[0].partition("=")
            held[name] = "" if "max-age=0" in cookie.lower() else value
        token = _token(answer)
        if token:
            held["access_token"] = token

    def _cookie_pairs(self, exchange: Exchange) -> Iterator[str]:
        for pair in exchange.headers["Cookie"].split("; "):
            filled = self._fill(exchange.client, pair)
            if filled.partition("=")[2]:
                yield filled

    def _fill(self, client: str, template: str) -> str:
        return PLACE.sub(lambda match: self._value(client, match.group(1)), template)

    def _value(self, client: str, place: str) -> str:
        first, *changes = place.split(".")
        if first not in ("csrftoken", "sessionid", "edxloggedin", "edx-user-info", "access_token"):
            client, (first, *changes) = first, changes
        value = self._held[client].get(first, "")
        for change in changes:
            value = CHANGES[change](value)
        return value


CHANGES: Mapping[str, Callable[[str], str]] = {
    "unquoted": lambda value: value.strip('"'),
    "key": lambda value: value.strip('"').split("|")[1],
    "forged": lambda value: value[: -len(FORGERY)] + FORGERY,
    "version2": lambda value: "2" + value[1:],
}


def replay(exchanges: Iterable[Exchange], send: Send) -> Iterator[tuple[Exchange, Answer]]:
    """Send each exchange as often as it was recorded, and yield it with every answer it got."""
    clients = Clients()
    for exchange in exchanges:
        for _ in range(exchange.times):
            body = (exchange.body or "").encode()
            answer = send(exchange.method, exchange.path, clients.headers(exchange), body)
            clients.learn(exchange, answer)
            yield exchange, answer


def _token(answer: Answer) -> str | None:
    if answer.status != 200 or not answer.body.startswith(b"{"):
        return None
    token = json.loads(answer.body).get("access_token")
    return token if isinstance(token, str) else None

"""Answers the facade gives itself: small, plain, and honest about whether trying again
makes sense.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from facade.decide import NO_CAPABILITY, Decision, Upstream, decision

if TYPE_CHECKING:
    from facade.errors import Refused
    from facade.exchange import Exchange
    from facade.telemetry import Telemetry

RETRY_SECONDS: Final = 5

_REASONS: Final = {
    400: "Bad Request",
    405: "Method Not Allowed",
    408: "Request Timeout",
    414: "URI Too Long",
    417: "Expectation Failed",
    431: "Request Header Fields Too Large",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    505: "HTTP Version Not Supported",
}
_TEXTS: Final = {
    502: "The site does not answer just now. Please try again in a moment.",
    503: "Nothing was changed. Please try again in a few seconds.",
    504: "The site takes too long to answer. Please try again in a moment.",
}
_PAGE: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    "<h1>{title}</h1><p>{text}</p></html>\n"
)


def own_answer(
    status: int, decision: Decision, *, accept: bytes = b"", head_only: bool = False
) -> bytes:
    """Return a whole answer that ends its connection: HTML for who accepts HTML, JSON for everybody
    else.
    """
    title = _REASONS[status]
    text = _TEXTS.get(status, "The request cannot be understood.")
    if b"text/html" in accept:
        kind, body = b"text/html; charset=utf-8", _PAGE.format(title=title, text=text).encode()
    else:
        kind, body = b"application/json", json.dumps({"detail": text}).encode()
    lines = [
        b"HTTP/1.1 %d %b" % (status, title.encode()),
        b"Content-Type: " + kind,
        b"Content-Length: %d" % len(body),
        b"Cache-Control: no-store",
        *((b"Retry-After: %d" % RETRY_SECONDS,) if status == 503 else ()),
        *((b"Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",) if status == 405 else ()),
        decision.receipt,
        b"Connection: close",
        b"",
        b"" if head_only else body,
    ]
    return b"\r\n".join(lines)


class OwnAnswers:
    """Ends exchanges with answers of the facade's own, and says in them by which epoch."""

    def __init__(self, telemetry: Telemetry) -> None:
        self.epoch = 0
        self._telemetry = telemetry

    def decision(self, capability: str, reason: str) -> Decision:
        """Return the decision that nobody else answers."""
        return decision(capability, Upstream.NONE, self.epoch, reason)

    def refusal(self, refused: Refused, *, head_only: bool) -> bytes:
        """Write the answer to what is no request, and count it."""
        chosen = self.decision(NO_CAPABILITY, refused.reason)
        answer = own_answer(refused.status, chosen, head_only=head_only)
        self._telemetry.refused(chosen, refused.status, len(answer))
        return answer

    def refuse(self, exchange: Exchange, status: int, reason: str) -> None:
        """End an exchange for a reason, whatever was decided about it before."""
        exchange.decision = self.decision(exchange.decision.capability, reason)
        self.give(exchange, status)

    def give(self, exchange: Exchange, status: int) -> None:
        """End an exchange as it was decided."""
        head = exchange.head
        answer = own_answer(
            status,
            exchange.decision,
            accept=head.section.field(b"accept"),
            head_only=head.method == b"HEAD",
        )
        exchange.answer_oneself(status, answer)

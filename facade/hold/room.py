"""Where held writes wait: it ties the exchanges of one worker to the rule in `facade.hold.rule`.

A write waits when it is about to be forwarded, and is decided about anew when it is released. While
it waits nothing of it was sent to anybody, so refusing it is always safe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from facade.exchange import HOLD_SWITCH, HOLD_UNDECIDED
from facade.hold.rule import Holds
from flags.access import Access

if TYPE_CHECKING:
    from collections.abc import Iterable

    from facade.exchange import Exchange
    from facade.limits import HoldLimits
    from facade.ticker import Ticker

MAX_BODY: Final = 65536
"""Bytes of one held body that are read; then its client has to wait with the rest."""
TOO_LONG: Final = "held-too-long"
TOO_MANY: Final = "held-too-many"


class Desk(Protocol):
    """Who decides about exchanges."""

    def decide(self, exchange: Exchange) -> None:
        """Decide who answers, and forward."""

    def turned_away(self, exchange: Exchange, reason: str) -> None:
        """Answer 503: nothing was changed."""


class HoldRoom:
    """The waiting writes of one worker."""

    def __init__(self, limits: HoldLimits, *, ticker: Ticker, desk: Desk) -> None:
        self.holds: Holds[Exchange] = Holds(limits)
        self._ticker = ticker
        self._desk = desk

    def keeps(self, exchange: Exchange) -> bool:
        """Let an exchange wait if it has to; False when it is to be forwarded now."""
        capability = exchange.decision.capability
        if exchange.access is not Access.WRITES or not self.holds.holds(capability):
            return False
        if not self.holds.wait(capability, exchange, now=self._ticker.now):
            self._desk.turned_away(exchange, TOO_MANY)
            return True
        exchange.client.waits()
        exchange.client.unhold(HOLD_UNDECIDED)
        exchange.on_body = lambda: self._grew(exchange)
        self._grew(exchange)
        return True

    def begin(self, capability: str, token: str, *, seconds: float) -> None:
        """Hold a capability from now on, for so many seconds at the most."""
        self.holds.begin(capability, token, until=self._ticker.now + seconds)

    def end(self, capability: str) -> int:
        """Release what waits, in the order it came; give how many there were."""
        return self._release(self.holds.end(capability))

    def report(self) -> list[tuple[str, int, int, int]]:
        """Return for each capability that was held: waiting now, waited so far, waited in vain."""
        held = self.holds.held()
        return [
            (name, held[name].waiting if name in held else 0, self.holds.waited[name], expired)
            for name in dict.fromkeys((*held, *self.holds.waited))
            for expired in (self.holds.expired[name],)
        ]

    def sweep(self) -> None:
        """Keep the deadlines, and the clients from losing their patience before them."""
        swept = self.holds.sweep(self._ticker.now)
        for exchange in swept.expired:
            self._desk.turned_away(exchange, TOO_LONG)
        self._release(swept.released)
        for exchange in self.holds.waiting():
            exchange.client.waits()

    def drain(self, seconds: float) -> None:
        """Let nobody wait longer than so many seconds, as the worker ends."""
        self.holds.hurry(until=self._ticker.now + seconds)

    def _grew(self, exchange: Exchange) -> None:
        if not self.holds.grew(exchange, exchange.request_bytes):
            self.holds.leave(exchange)
            self._desk.turned_away(exchange, TOO_MANY)
        elif exchange.request_bytes >= MAX_BODY and not exchange.is_request_done:
            exchange.client.hold(HOLD_SWITCH)

    def _release(self, exchanges: Iterable[Exchange]) -> int:
        number = 0
        for exchange in exchanges:
            if exchange.is_over:
                continue
            number += 1
            exchange.on_body = None
            exchange.client.waits()
            self._desk.decide(exchange)
            _announce_body(exchange)
            exchange.client.unhold(HOLD_SWITCH)
        return number


def _announce_body(exchange: Exchange) -> None:
    """Tell who reads the body for its course that there is some: it came while the write waited."""
    if exchange.on_body is not None and exchange.held:
        exchange.on_body()

"""A worker's gate: who comes in, who is there, and how all leave when the worker ends.

What becomes of their requests is `facade.desk`'s to decide.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from facade.exchange import Exchange
from facade.headers import Peer
from facade.limits import Patience
from flags.access import Access

if TYPE_CHECKING:
    from facade.desk import Desk
    from facade.front import Front
    from facade.request import RequestHead
    from facade.settings import FacadeSettings
    from facade.telemetry import Telemetry
    from facade.ticker import Ticker


class Gate:
    """The clients of one worker."""

    def __init__(
        self,
        settings: FacadeSettings,
        *,
        ticker: Ticker,
        desk: Desk,
        telemetry: Telemetry,
    ) -> None:
        self.ticker = ticker
        self.desk = desk
        self.patience = Patience(
            head=settings.head_seconds,
            idle=settings.idle_seconds,
            body=settings.body_seconds,
            answer=settings.answer_seconds,
            tunnel=settings.tunnel_seconds,
        )
        self.clients: set[Front] = set()
        self.emptied = asyncio.Event()
        self._settings = settings
        self._telemetry = telemetry

    def peer(self, address: str) -> Peer:
        """Look up who the other end is."""
        return Peer.of(address, self._settings.trusted_proxies)

    def admits(self, front: Front) -> bool:
        """Count a client, and say whether there is room for it."""
        self.clients.add(front)
        self.ticker.watched.add(front)
        return len(self.clients) <= self._settings.max_connections

    def left(self, front: Front) -> None:
        """Forget a client."""
        self.clients.discard(front)
        self.ticker.watched.discard(front)
        if self.desk.is_draining and not self.clients:
            self.emptied.set()

    def drain(self) -> None:
        """Let the requests under way end, and `emptied` be set when the last client has left."""
        self.patience = self.patience.draining()
        self.desk.drain(self._settings.drain_seconds / 2)
        for client in list(self.clients):
            client.drain()
        if not self.clients:
            self.emptied.set()

    def begin(self, front: Front, head: RequestHead) -> Exchange:
        """Make the exchange of a request."""
        exchange = Exchange(front, head, self.desk)
        exchange.began = time.perf_counter()
        exchange.request_id = self._telemetry.request_id()
        return exchange

    def under_way(self, capability: str) -> int:
        """Count the writes that an upstream has and has not answered yet."""
        exchanges = [front.exchange for front in self.clients]
        return sum(
            each.access is Access.WRITES and each.decision.capability == capability
            for each in exchanges
            if each is not None and each.connections is not None
        )

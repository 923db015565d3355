"""The way of a request: route, then actor when it matters who asks, then decision, then forward.

This is where the pure rules meet the connections.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

from facade.credential import TOKENS
from facade.decide import (
    NO_CAPABILITY,
    Conditions,
    Decision,
    Upstream,
    after_failure,
    decide,
    decide_native,
    decide_not_built,
    decide_refused,
    decide_unrouted,
    needs_actor,
    without_legacy,
)
from facade.headers import forwarded_lines, upstream_head
from facade.hold.room import HoldRoom
from facade.identity import Mint
from facade.own_answers import OwnAnswers
from facade.particulars import Particulars
from facade.pool import Pool, Waiting
from facade.question import (
    ONLY_MODERN,
    SESSION_CAPABILITIES,
    Pools,
    Question,
    Side,
    is_legacys_to_refuse,
    side_of,
)
from facade.telemetry import Finished, Telemetry
from flags.access import Access
from flags.actor import ANONYMOUS, Actor
from flags.routes import NATIVE, Service
from flags.snapshot import EMPTY, Snapshot

if TYPE_CHECKING:
    from facade.actor import Actors
    from facade.errors import Refused
    from facade.exchange import Exchange
    from facade.settings import FacadeSettings
    from facade.shadow.asking import Shadow
    from facade.ticker import Ticker
    from flags.rollout import Rollout

_LMS: Final = Service.LMS.value
_CMS: Final = Service.CMS.value
# Looking a member up in its class takes longer than comparing it.
_WRITES: Final = Access.WRITES
_MODERN: Final = Upstream.MODERN
_NONE: Final = Upstream.NONE


class Desk:
    """One worker's desk: all its exchanges are decided and end here."""

    def __init__(
        self,
        settings: FacadeSettings,
        *,
        ticker: Ticker,
        pools: Pools,
        actors: Actors,
        telemetry: Telemetry,
        shadow: Shadow | None = None,
    ) -> None:
        self.is_draining = False
        self._answers = OwnAnswers(telemetry)
        self.use(EMPTY)
        self.room = HoldRoom(settings.holds, ticker=ticker, desk=self)
        self._particulars = Particulars(actors, cookie_name=settings.session_cookie_name, desk=self)
        self._sides = {service.value: side_of(service, pools) for service in Service}
        self._telemetry = telemetry
        self._shadow = shadow
        self._mint = Mint(settings.bridge_key)
        self._trusted_proxies = settings.trusted_proxies
        self._cms_hosts = frozenset(host.encode() for host in settings.cms_hosts)

    def use(self, snapshot: Snapshot) -> None:
        """Decide by another snapshot from the next request on."""
        self.snapshot = snapshot
        self._answers.epoch = snapshot.epoch
        self.undecided = self._answers.decision(NO_CAPABILITY, "undecided")
        self._usually = Conditions(snapshot.epoch, modern_up=True)

    def drain(self, seconds: float) -> None:
        """End connections with their answers, and let no write be held for longer than this."""
        self.is_draining = True
        self.room.drain(seconds)

    def refusal(self, refused: Refused, *, head_only: bool = False) -> bytes:
        """Write the answer to what is no request, and count it."""
        return self._answers.refusal(refused, head_only=head_only)

    # The decision.

    def decide(self, exchange: Exchange) -> None:
        """Decide who answers, and forward; at once, or when the actor or the body is there."""
        head = exchange.head
        path, _, query = head.target.partition(b"?")
        exchange.service = self.service_of(head.section.host)
        side = self._sides[exchange.service]
        match = side.routes.match(head.method, path)
        if match is None:
            self._go(exchange, decide_unrouted(self._conditions(side)), ANONYMOUS)
            return
        exchange.route = match.route.pattern
        exchange.access = match.access
        capability = match.route.capability
        if capability == NATIVE:
            self._particulars.identify(exchange, Question(match, None, query))
            return
        if not match.is_built:
            unbuilt = decide_not_built(capability, self._conditions(side))
            self._go(exchange, unbuilt, ANONYMOUS)
            return
        rollout = self.snapshot.rollouts[capability]
        question = Question(match, rollout, query)
        if not needs_actor(match.access, rollout):
            self.settle(exchange, question, ANONYMOUS)
        elif rollout.needs_course:
            self._particulars.find_course(exchange, question)
        else:
            self._particulars.identify(exchange, question)

    def service_of(self, host: bytes) -> str:
        """Say whether a Host is Studio's; CMS_HOSTS may name it with or without its port."""
        if not self._cms_hosts:
            return _LMS
        lower = host.lower()
        is_cms = lower in self._cms_hosts or lower.partition(b":")[0] in self._cms_hosts
        return _CMS if is_cms else _LMS

    def is_outdated(self, question: Question) -> bool:
        """Say whether a flip came while the question waited: who has acknowledged an epoch decides
        nothing by an older one.
        """
        old = question.rollout
        return old is not None and self.snapshot.rollouts[old.capability] != old

    def settle(
        self, exchange: Exchange, question: Question, actor: Actor | None, via: str = ""
    ) -> None:
        """Decide who answers, now that nothing is lacking."""
        now = self._conditions(self._sides[exchange.service])
        if question.rollout is None:
            chosen = decide_native(question.match.route.capability, now)
        elif via in TOKENS and actor == ANONYMOUS and is_legacys_to_refuse(exchange, question):
            chosen = decide_refused(question.match.route.capability, now)
        else:
            chosen = decide(
                exchange.access,
                question.rollout,
                actor,
                course_key=question.course_key,
                now=now,
            )
            if exchange.route in ONLY_MODERN:
                chosen = without_legacy(chosen)
            if question.rollout.shadow and self._shadow and chosen.upstream is Upstream.LEGACY:
                self._shadow.watch(exchange, question.rollout)
        self._go(exchange, chosen, actor, via)

    def _conditions(self, side: Side) -> Conditions:
        if side.modern.breaker.is_closed:
            return self._usually
        return Conditions(self.snapshot.epoch, side.modern.allows())

    # Carrying it out.

    def _go(
        self,
        exchange: Exchange,
        chosen: Decision,
        actor: Actor | None,
        via: str = "",
        *,
        has_waited: bool = False,
    ) -> None:
        """Carry a decision out, when it is its turn."""
        exchange.decision = chosen
        upstream = chosen.upstream
        if upstream is _NONE:
            self._answers.give(exchange, 503)
            return
        side = self._sides[exchange.service]
        pool = side.modern if upstream is _MODERN else side.legacy
        if not pool.allows():
            exchange.connections = pool
            self.failed(exchange, counts=False)
            return
        if exchange.access is _WRITES and self.room.holds and self.room.keeps(exchange):
            return
        if pool.is_crowded and not has_waited:
            rollout = self.snapshot.rollouts.get(chosen.capability)
            go = partial(self._go_at_last, exchange, rollout, actor, via)
            give_up = partial(self.turned_away, exchange, "overloaded")
            pool.queue(Waiting(exchange, go, give_up))
            return
        self._forward(exchange, pool, actor if upstream is _MODERN else None, via)

    def _forward(self, exchange: Exchange, pool: Pool, actor: Actor | None, via: str) -> None:
        """Send a request on, with the identity of an actor whom modern is to believe."""
        head, peer = exchange.head, exchange.client.peer
        ours = [
            forwarded_lines(head.section, peer, self._trusted_proxies),
            b"X-Request-ID: " + exchange.request_id,
        ]
        if actor is not None and actor.username:
            name, now = actor.username, time.time()
            ours.append(self._mint.line(name, via, method=head.method, target=head.target, now=now))
        exchange.forward(pool, upstream_head(head, ours, address=pool.address))

    def _go_at_last(
        self, exchange: Exchange, rollout: Rollout | None, actor: Actor | None, via: str
    ) -> None:
        """Carry a decision out that had to wait, or decide anew where a flip came in between."""
        chosen = exchange.decision
        if self.snapshot.rollouts.get(chosen.capability) != rollout:
            exchange.copy = None  # that the shadow wanted of legacy's answer
            self.decide(exchange)
        else:
            self._go(exchange, chosen, actor, via, has_waited=True)

    # What goes wrong, and the end.

    def failed(self, exchange: Exchange, *, counts: bool) -> None:
        """Find another answer: the upstream failed before its first byte."""
        if counts:
            self._blame(exchange)
        if exchange.is_over:
            return
        failed = exchange.decision
        chosen = after_failure(failed, exchange.access, replayable=exchange.is_replayable)
        if exchange.route in ONLY_MODERN:
            chosen = without_legacy(chosen)
        if chosen.upstream is Upstream.LEGACY:
            self._go(exchange, chosen, None)
            return
        exchange.decision = chosen
        # 503 says that nothing was changed and asks for a repetition.
        may_be_done = exchange.is_lost and exchange.access is _WRITES
        is_modern = failed.upstream is Upstream.MODERN
        self._answers.give(exchange, 503 if is_modern and not may_be_done else 502)

    def broken(self, exchange: Exchange) -> None:
        """Answer 502: the upstream's answer cannot be passed on."""
        self._blame(exchange)
        self._answers.refuse(exchange, 502, "broken-answer")

    def malformed(self, exchange: Exchange) -> None:
        """Answer 400: the request's body cannot be passed on to its end."""
        self._answers.refuse(exchange, 400, "malformed")

    def timed_out(self, exchange: Exchange, *, by_client: bool) -> None:
        """End an exchange one side of which takes too long."""
        if by_client:
            self._answers.refuse(exchange, 408, "client-timeout")
            return
        self._blame(exchange)
        self._answers.refuse(exchange, 504, "upstream-timeout")

    def turned_away(self, exchange: Exchange, reason: str) -> None:
        """Answer 503: it waited in vain, and nothing of it was sent to anybody."""
        self._telemetry.event(reason)
        self._answers.refuse(exchange, 503, reason)

    def finished(self, exchange: Exchange) -> None:
        """Take note of the end of an exchange."""
        if self.room.holds:
            self.room.holds.leave(exchange)
        chosen = exchange.decision
        if exchange.access is _WRITES and chosen.capability in SESSION_CAPABILITIES:
            self._particulars.forget(exchange)
        finished = (
            chosen,
            exchange.head.method,
            exchange.route,
            exchange.status,
            time.perf_counter() - exchange.began,
            exchange.request_bytes,
            exchange.answer_bytes,
            exchange.request_id,
        )
        # Half the time of calling Finished, and every request makes one.
        self._telemetry.finished(tuple.__new__(Finished, finished))

    def _blame(self, exchange: Exchange) -> None:
        if isinstance(exchange.connections, Pool):
            exchange.connections.failed()

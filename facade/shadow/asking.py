"""Asks modern what legacy has just answered, and hands both answers over to be compared.

Only after the learner has the answer, only safe GETs that legacy served and whose rollout is
shadowed, only a sample of them, and never more than there is room for: what does not fit is
dropped, the oldest first, and counted. Credentials never leave this process: it asks again itself.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from facade.compare.difference import Subject
from facade.decide import Upstream
from facade.inquiry import ask
from facade.shadow.report import Outcome
from flags.access import Access
from flags.rollout import BUCKETS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facade.compare.comparison import Verdict
    from facade.exchange import Exchange, Piece
    from facade.limits import ShadowLimits
    from facade.pool import Pool
    from facade.request import RequestHead
    from facade.shadow.comparer import Comparer
    from facade.shadow.identity import ShadowIdentity
    from facade.shadow.report import Reporter
    from facade.ticker import Ticker
    from flags.rollout import Rollout

_CONDITIONS: Final = (
    b"if-none-match",
    b"if-modified-since",
    b"if-match",
    b"if-unmodified-since",
    b"range",
)


@dataclass(slots=True)
class Sample:
    """A request that legacy answered, with what it takes to ask it again."""

    subject: Subject
    service: str
    head: RequestHead
    legacy_head: bytes
    answer: bytes
    is_baseline: bool
    due: float = 0.0
    """Of a mismatch: when both sides are asked again, in the ticker's time; 0 the first time."""


class Shadow:
    """The shadow of one worker; `pools` are its own, so that it can open nobody's breaker."""

    def __init__(
        self,
        limits: ShadowLimits,
        *,
        ticker: Ticker,
        pools: Mapping[tuple[str, Upstream], Pool],
        identity: ShadowIdentity,
        comparer: Comparer,
        reporter: Reporter,
    ) -> None:
        self.limits = limits
        self._ticker = ticker
        self._pools = pools
        self._identity = identity
        self._comparer = comparer
        self._reporter = reporter
        self._queue: deque[Sample] = deque()
        self._retries: deque[Sample] = deque()
        self._running: set[asyncio.Task[None]] = set()

    def watch(self, exchange: Exchange, rollout: Rollout) -> None:
        """Have the answer of a request copied, if it is one of the sample."""
        head = exchange.head
        if head.method != b"GET" or exchange.access is not Access.READS:
            return
        if head.section.is_old or head.section.has_body or head.upgrade:
            return
        draw = _draw(exchange.request_id)
        if draw % BUCKETS >= rollout.shadow:
            return
        if any(head.section.field(name) for name in _CONDITIONS):
            self._reporter.count(rollout.capability, Outcome.CONDITIONAL)
            return
        is_baseline = draw // BUCKETS % BUCKETS < self.limits.baseline_share
        exchange.copy = _Copy(self, exchange, rollout.capability, is_baseline=is_baseline)

    def sweep(self) -> None:
        """Ask again what has waited long enough, and report."""
        now = self._ticker.now
        for pool in self._pools.values():
            pool.sweep()
        for sample in [each for each in self._retries if each.due <= now]:
            self._retries.remove(sample)
            self.take(sample)
        self._reporter.sweep()

    def take(self, sample: Sample) -> None:
        """Queue a sample; the oldest makes room."""
        if len(self._queue) >= self.limits.waiting:
            oldest = self._queue.popleft()
            self._reporter.count(oldest.subject.capability, Outcome.QUEUE_FULL)
        self._queue.append(sample)
        self._go_on()

    def too_large(self, capability: str) -> None:
        """Count an answer of which no copy is kept."""
        self._reporter.count(capability, Outcome.TOO_LARGE)

    async def close(self) -> None:
        """Drop what waits and what is under way, and send the last report."""
        self._queue.clear()
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        self._comparer.close()
        for pool in self._pools.values():
            pool.close()
        await self._reporter.close()

    def _go_on(self) -> None:
        while self._queue and len(self._running) < self.limits.at_once:
            sample = self._queue.popleft()
            task = asyncio.get_running_loop().create_task(self._examine(sample))
            self._running.add(task)
            task.add_done_callback(partial(self._ended, sample))

    def _ended(self, sample: Sample, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            self._reporter.failed(sample.subject.capability, error)
        self._go_on()

    async def _examine(self, sample: Sample) -> None:
        capability, is_first = sample.subject.capability, not sample.due
        modern_head = await self._modern_head(sample)
        if modern_head is None:
            self._reporter.count(capability, Outcome.ACTOR_UNKNOWN)
            return
        legacy, modern = await asyncio.gather(
            self._legacy_answer(sample), self._ask(sample, Upstream.MODERN, modern_head)
        )
        if legacy is None or modern is None:
            self._reporter.count(capability, Outcome.UNANSWERED)
            return
        verdict = await self._comparer.compare(legacy, modern, sample.subject)
        if verdict is None:
            self._reporter.count(capability, Outcome.NOT_COMPARABLE)
            return
        if is_first and sample.is_baseline:
            await self._compare_legacy(sample)
        if is_first and verdict.differences:
            self._ask_later(sample, await self._reporter.lag_seconds())
        else:
            self._conclude(sample, verdict)

    async def _compare_legacy(self, sample: Sample) -> None:
        """See what legacy says differently when it is asked twice: that is no fault of modern's."""
        again = await self._ask(sample, Upstream.LEGACY, sample.legacy_head)
        if again is None:
            return
        verdict = await self._comparer.compare(sample.answer, again, sample.subject)
        if verdict is None:
            return
        outcome = Outcome.NOISE_DIFFERENT if verdict.differences else Outcome.NOISE_SAME
        self._reporter.count(sample.subject.capability, outcome)
        self._reporter.record(sample.subject, verdict, is_noise=True)

    def _ask_later(self, sample: Sample, lag_seconds: float) -> None:
        """Let the follower pass before a mismatch counts: modern's rows may only be late."""
        if len(self._retries) >= self.limits.retries:
            oldest = self._retries.popleft()
            self._reporter.count(oldest.subject.capability, Outcome.RETRY_FULL)
        sample.answer = b""
        sample.due = self._ticker.now + lag_seconds + self.limits.retry_seconds
        self._retries.append(sample)

    def _conclude(self, sample: Sample, verdict: Verdict) -> None:
        outcome = Outcome.LAG if sample.due else Outcome.SAME
        if verdict.differences:
            outcome = Outcome.DIFFERENT
            self._reporter.record(sample.subject, verdict)
        self._reporter.count(sample.subject.capability, outcome)
        self._reporter.ruled(verdict)

    async def _modern_head(self, sample: Sample) -> bytes | None:
        """Put the request to modern together: legacy's, with the identity of who asked; None when
        nobody can say who that was.
        """
        identity = await self._identity.line(sample.head, sample.service)
        if not identity:
            return None if identity is None else sample.legacy_head
        return sample.legacy_head[:-2] + identity + b"\r\n\r\n"

    async def _legacy_answer(self, sample: Sample) -> bytes | None:
        if not sample.due:
            return sample.answer
        return await self._ask(sample, Upstream.LEGACY, sample.legacy_head)

    async def _ask(self, sample: Sample, upstream: Upstream, head: bytes) -> bytes | None:
        pool = self._pools[sample.service, upstream]
        return await ask(
            pool,
            sample.head,
            head,
            answer_bytes=self.limits.answer_bytes,
            seconds=self.limits.answer_seconds,
        )


class _Copy:
    """The pieces of an answer as they pass to the learner: references, no copied bytes."""

    __slots__ = ("_capability", "_exchange", "_is_baseline", "_left", "_pieces", "_shadow")

    def __init__(
        self, shadow: Shadow, exchange: Exchange, capability: str, *, is_baseline: bool
    ) -> None:
        self._shadow = shadow
        self._exchange = exchange
        self._capability = capability
        self._is_baseline = is_baseline
        self._left = shadow.limits.answer_bytes
        self._pieces: list[Piece] = []

    def add(self, data: Piece) -> None:
        """Keep a piece, or let go of an answer that is too large."""
        self._left -= len(data)
        self._pieces.append(data)
        if self._left < 0:
            self._pieces.clear()
            self._exchange.copy = None
            self._shadow.too_large(self._capability)

    def complete(self) -> None:
        """The learner has the answer: now it may be looked at."""
        exchange = self._exchange
        self._shadow.take(
            Sample(
                Subject(self._capability, exchange.route),
                exchange.service,
                exchange.head,
                exchange.upstream_head,
                b"".join(self._pieces),
                self._is_baseline,
            )
        )


def _draw(request_id: bytes) -> int:
    """Draw for a request: the same id gives the same number, so that logs explain the sample."""
    return int.from_bytes(hashlib.blake2b(request_id, digest_size=8).digest(), "big")

"""What a decision may still lack: the course of a request, and who asks.

Courses are read from its path, its query or a small body; actors come from the cache at once, or
from legacy and modern.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from facade.course import MAX_BODY, course_in_body, course_in_head, is_in_body
from facade.credential import Credential, credential_of
from facade.exchange import HOLD_UNDECIDED
from flags.actor import ANONYMOUS, Actor

if TYPE_CHECKING:
    from facade.actor import Actors
    from facade.exchange import Exchange
    from facade.question import Question


class Desk(Protocol):
    """Who decides about exchanges."""

    def decide(self, exchange: Exchange) -> None:
        """Decide who answers, from the beginning."""

    def settle(
        self, exchange: Exchange, question: Question, actor: Actor | None, via: str = ""
    ) -> None:
        """Decide who answers, now that nothing is lacking."""

    def is_outdated(self, question: Question) -> bool:
        """Say whether a flip came since the question was put."""


class Particulars:
    """Finds out what questions lack, and takes them back to the desk."""

    def __init__(self, actors: Actors, *, cookie_name: str, desk: Desk) -> None:
        self._actors = actors
        self._cookie_name = cookie_name.encode()
        self._desk = desk
        self._waiting: set[asyncio.Task[None]] = set()

    def find_course(self, exchange: Exchange, question: Question) -> None:
        """Learn the course, from the body where it is there; one too large to hold is decided
        without its course.
        """
        if not is_in_body(question.match, exchange.head):
            course = course_in_head(question.match, question.query)
            self.identify(exchange, question._replace(course_key=course))
            return
        exchange.on_body = lambda: self._read_body(exchange, question)
        if exchange.head.section.expects and not exchange.held:
            exchange.client.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        exchange.client.unhold(HOLD_UNDECIDED)
        self._read_body(exchange, question)  # it may be there, where this is asked again

    def identify(self, exchange: Exchange, question: Question) -> None:
        """Learn who asks: from the cache at once, else from legacy, with the client's reading
        stopped.
        """
        credential = credential_of(exchange.head.section, exchange.service, self._cookie_name)
        if credential is None:
            self._desk.settle(exchange, question, ANONYMOUS)
            return
        entry = self._actors.known(credential)
        if entry is not None:
            self._desk.settle(exchange, question, entry.actor, credential.via)
            return
        if not exchange.is_request_done:
            exchange.client.hold(HOLD_UNDECIDED)
        task = asyncio.get_running_loop().create_task(self._learn(exchange, question, credential))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    def forget(self, exchange: Exchange) -> None:
        """Forget whom a request's proof belongs to: it may have changed that."""
        credential = credential_of(exchange.head.section, exchange.service, self._cookie_name)
        if credential is not None:
            self._actors.forget(credential)

    def _read_body(self, exchange: Exchange, question: Question) -> None:
        if not exchange.is_request_done and exchange.request_bytes <= MAX_BODY:
            return
        exchange.on_body = None
        if self._desk.is_outdated(question):
            self._desk.decide(exchange)
            return
        if exchange.is_request_done:
            course = course_in_body(question.match, exchange.head, exchange.held)
            question = question._replace(course_key=course)
        self.identify(exchange, question)

    async def _learn(self, exchange: Exchange, question: Question, credential: Credential) -> None:
        host = exchange.head.section.host.decode("ascii")
        entry = await self._actors.learn(credential, host=host)
        if exchange.is_over:
            return
        if self._desk.is_outdated(question):
            self._desk.decide(exchange)
        else:
            self._desk.settle(exchange, question, entry.actor, credential.via)

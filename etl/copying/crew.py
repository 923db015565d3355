"""The workers of one `etl backfill`: in this process when one will do, otherwise each in its own.

The crew hears what its workers did, ends them when it is asked to end, and replaces one that died.
A worker whose crew is gone ends after the chunk it is at.
"""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from etl import exclusive, reconnecting
from etl.copying.worker import Assignment, Done, Worker
from etl.errors import EtlError, WorkersDie
from etl.settings import EtlSettings
from etl.stopping import Stop

# How long the crew listens before it looks around: whether to end, whether to say how far it is.
_LISTEN_SECONDS = 0.5
# So many deaths without a chunk between them are no accident.
_DEATHS = 5
_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class _Failure:
    """The last that is heard of a worker that must not go on."""

    message: str


@dataclass(frozen=True, slots=True)
class Hearing:
    """Who hears what a crew did, its lines for a person, and when to say how far all is."""

    did: Callable[[Done], None]
    report: Callable[[str], None]
    look: Callable[[], None]


def work(
    settings: EtlSettings, assignment: Assignment, workers: int, *, stop: Stop, hearing: Hearing
) -> None:
    """Let so many workers work until nothing is left or until stopped; raise what stops them."""
    if workers == 1:
        alone(settings, assignment, stop=stop, hearing=hearing)
        return
    with _Crew(settings, assignment.shared(workers), hearing).started() as crew:
        crew.listen(stop)


def alone(settings: EtlSettings, assignment: Assignment, *, stop: Stop, hearing: Hearing) -> None:
    """Work in this process; connections that are lost are made again."""

    def did(done: Done) -> None:
        hearing.did(done)
        hearing.look()

    start = partial(
        Worker.start,
        settings,
        assignment,
        stop=stop,
        did=did,
        report=hearing.report,
        former=exclusive.Former(),
    )
    reconnecting.keep_going(start, stop=stop, report=hearing.report)


@dataclass(slots=True)
class _Member:
    number: int
    process: SpawnProcess
    inbox: Connection


@dataclass(slots=True)
class _Crew:
    """Worker processes, each with its share of the work, and what was heard of them."""

    settings: EtlSettings
    shares: Sequence[Assignment]
    hearing: Hearing
    members: list[_Member] = field(default_factory=list)
    deaths: int = 0
    failure: str = ""

    @contextmanager
    def started(self) -> Iterator["_Crew"]:
        """Start the processes; none is left at the end."""
        try:
            self.members += [self._start(number + 1) for number in range(len(self.shares))]
            yield self
        finally:
            self._end()
            for member in self.members:
                member.process.join()

    def listen(self, stop: Stop) -> None:
        """Hear the workers until the last one has ended."""
        while self.members:
            wait([member.inbox for member in self.members], timeout=_LISTEN_SECONDS)
            for member in list(self.members):
                if self._hear(member):
                    self._leave(member, stop)
            if stop.requested() or self.failure:
                self._end()
            self.hearing.look()
        if self.failure:
            raise WorkersDie(self.failure)

    def _start(self, number: int) -> _Member:
        inbox, outbox = _SPAWN.Pipe(duplex=False)
        share = self.shares[number - 1]
        process = _SPAWN.Process(target=_member, args=(self.settings, share, outbox))
        process.start()
        # Only the worker writes: when it is gone, however it went, the pipe is at its end.
        outbox.close()
        return _Member(number, process, inbox)

    def _hear(self, member: _Member) -> bool:
        """Take what a worker sent; say whether that was the last."""
        try:
            while member.inbox.poll():
                heard = member.inbox.recv()
                if isinstance(heard, Done):
                    self.deaths = 0
                    self.hearing.did(heard)
                elif isinstance(heard, _Failure):
                    self.failure = heard.message
                else:
                    self.hearing.report(f"worker {member.number}: {heard}")
        except EOFError:
            return True
        return False

    def _leave(self, member: _Member, stop: Stop) -> None:
        """Let a worker go that has ended, and start another if it did not mean to end."""
        member.process.join()
        member.inbox.close()
        self.members.remove(member)
        code = member.process.exitcode
        if not code or stop.requested() or self.failure:
            return
        self.deaths += 1
        if self.deaths == _DEATHS:
            self.failure = f"workers die one after the other ({_cause(code)}): see the system's log"
            return
        self.hearing.report(
            f"worker {member.number} died ({_cause(code)}): another takes its place"
        )
        self.members.append(self._start(member.number))

    def _end(self) -> None:
        """Ask the workers to end after the chunk they are at."""
        for member in self.members:
            member.process.terminate()


def _member(settings: EtlSettings, assignment: Assignment, outbox: Connection) -> None:
    """Be a worker: the main function of its process."""
    with Stop.on_signals() as stop:
        hearing = Hearing(outbox.send, outbox.send, look=lambda: None)
        try:
            alone(settings, assignment, stop=stop, hearing=hearing)
        except EtlError as error:
            outbox.send(_Failure(str(error)))
        except BrokenPipeError:
            # The crew was killed, and what was done is committed.
            return


def _cause(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"

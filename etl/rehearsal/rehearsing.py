"""The rehearsal itself: each step as a command, then writes on both sides, then what is left.

It stops at the first command that does not do its work; what was seen until then is evidence too.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from etl import checkpoints, exclusive, mysql, postgres
from etl.back.outbox import Outbox
from etl.exclusive import Direction
from etl.mysql import Source
from etl.postgres import Connection
from etl.rehearsal import documents, flipping, sums, traffic
from etl.rehearsal.evidence import Claim, Evidence, Figure, Part
from etl.rehearsal.plan import Plan
from etl.rehearsal.rows import choose
from etl.rehearsal.running import CommandFailed, Finished, Runner
from etl.rehearsal.servers import LEGACY
from etl.rehearsal.writers import ENROLMENT, STATE
from etl.settings import EtlSettings

if TYPE_CHECKING:
    from subprocess import Popen

GENERATOR = "tests.legacy_lms.database"
_PATIENCE_SECONDS = 120.0
_LOOK_SECONDS = 0.05
_AT_WORK = (Direction.FOLLOWING, Direction.BACK)

Report = Callable[[str], None]


@dataclass(slots=True)
class Rehearsal:
    """Takes the steps on two databases of its own, which the runner's environment names."""

    runner: Runner
    plan: Plan
    report: Report
    _claims: list[Claim] = field(init=False, default_factory=list)
    _figures: list[Figure] = field(init=False, default_factory=list)
    _parts: list[Part] = field(init=False, default_factory=list)
    _steps: list[tuple[str, str, str]] = field(init=False, default_factory=list)
    _workers: "Sequence[Popen[str]]" = field(init=False, default=())

    def run(self) -> Evidence:
        """Take all steps; raise Stopped when asked to end."""
        began, complete = time.monotonic(), False
        try:
            self._prepare()
            self._live()
            complete = True
        except CommandFailed as error:
            self._claim("every command does its work", held=False, seen=str(error))
        steps = Part("Steps", "ok", ("Step", "Seconds", "What came of it"), tuple(self._steps))
        return Evidence(
            datetime.now(UTC),
            self.plan,
            time.monotonic() - began,
            complete,
            tuple(self._claims),
            tuple(self._figures),
            (steps, *self._parts),
        )

    def _prepare(self) -> None:
        """Generate legacy's rows, ask the doctor, install the bridge, copy."""
        url = self.runner.environment[LEGACY]
        self._step("make legacy's tables", GENERATOR, "load", "--url", url)
        self._step("generate rows", GENERATOR, "generate", "--url", url, *self.plan.options)
        asking = ("etl", "doctor", "--json", "--load=1")
        doctor = self._step("ask the doctor", *asking, allowed=(0, 1), is_shown=False)
        found = json.loads(doctor.output)
        self._parts.append(documents.findings(found))
        blockers = [one["subject"] for one in found["findings"] if one["severity"] == "blocker"]
        self._claim("nothing blocks", held=not blockers, seen=", ".join(blockers) or "no blocker")
        self._step("make modern's tables", "django", "migrate", "--verbosity=0")
        self._step("install the bridge", "etl", "install")
        copied = self._step("copy", "etl", "backfill", is_shown=False)
        report = self._account()
        rows = sum(int(table["copied"]) for table in report["tables"])
        self._claim(
            "everything is copied",
            held=all(table["done"] for table in report["tables"]),
            seen=f"{rows:,} rows of {len(report['tables'])} tables, "
            f"{rows / copied.seconds:,.0f} a second",
        )
        aside = sum(int(table["set_aside"]) for table in report["tables"])
        self._figures += [Figure(f"{rows:,}", "rows copied"), Figure(f"{aside:,}", "set aside")]
        self._parts += [documents.tables(report), documents.set_aside(report)]

    def _live(self) -> None:
        """Write on both sides while both workers run, then compare, flip and flip back."""
        with (
            self._databases() as (source, modern),
            self.runner.working("etl", "follow") as follower,
            self.runner.working("etl", "write-back") as writer,
        ):
            self._workers = (follower, writer)
            self._wait(lambda: all(exclusive.is_claimed(modern, way) for way in _AT_WORK))
            self._write(source, modern)
            self._compare(source, modern)
            self._flip(source, modern)
        report = self._account()
        self._parts += [documents.conflicts(report), documents.quality(report)]
        count = sum(int(entry["count"]) for entry in report["conflicts"])
        waiting = int(report["outbox"])
        self._figures.append(Figure(f"{count:,}", "conflicts"))
        self._claim(
            "no modern write is lost",
            held=not waiting,
            seen=f"{waiting:,} waiting, {count:,} conflicts kept with all images",
        )

    def _write(self, source: Source, modern: Connection) -> None:
        self.report(f"writing on both sides for {self.plan.seconds:g} s")
        settings = EtlSettings.from_environment(self.runner.environment)
        chosen = choose(modern)
        flow = traffic.Traffic(settings, self.plan, chosen, self.runner.stop).run()
        self.runner.require_going_on()
        traffic.collide(source, modern, chosen)
        saved = [side.done.get(STATE, 0) for side in (flow.legacy, flow.modern)]
        self._claim(
            "both sides wrote learner state",
            held=all(saved),
            seen="{:,} saves in legacy, {:,} in modern".format(*saved),
        )
        self._parts.append(documents.flows(flow, seconds=self.plan.seconds))
        self._figures += [
            Figure(f"{flow.forward.p99:,.0f} ms", "to modern, p99"),
            Figure(f"{flow.back.p99:,.0f} ms", "to legacy, p99"),
        ]
        entry = Outbox(modern).last()
        seconds = self._wait(lambda: source.acked() >= entry)
        end = source.end_of_log()
        seconds += self._wait(
            lambda: (place := checkpoints.place(modern)) is not None and place.position >= end
        )
        self._claim("both sides catch up", held=True, seen=f"{seconds:.1f} s after the last write")

    def _compare(self, source: Source, modern: Connection) -> None:
        verified = self._step("verify", "etl", "verify", allowed=(0, 1))
        self._claim("both sides are equal", held=verified.code == 0, seen=verified.last_line)
        inventory = source.inventory()
        found = [
            sums.ask(question, source, modern, inventory=inventory) for question in sums.QUESTIONS
        ]
        self._parts.append(documents.sums(found))
        different = [answer.words for answer in found if not answer.is_equal]
        self._claim(
            "both sides count the same",
            held=not different,
            seen=", ".join(different) or f"{len(found)} questions",
        )

    def _flip(self, source: Source, modern: Connection) -> None:
        trip = flipping.there_and_back(source, modern, choose(modern), self.runner.stop)
        self.runner.require_going_on()
        verified = self._step(
            "verify after a flip and its way back",
            *("etl", "verify", "--tables", ENROLMENT, STATE),
            allowed=(0, 1),
        )
        ways = (("in legacy", trip.forth), ("back in modern", trip.back))
        words = (
            f"{place} after {took:,.0f} ms" if took is not None else f"never {place}"
            for place, took in ways
        )
        self._claim(
            "a flip can be flipped back",
            held=trip.worked and verified.code == 0,
            seen=f"{trip.rows} rows of modern's {', '.join(words)}, {verified.last_line}",
        )

    def _step(
        self, words: str, *command: str, allowed: tuple[int, ...] = (0,), is_shown: bool = True
    ) -> Finished:
        """Run a command; what it said last is shown unless a claim or a table says it better."""
        self.report(words)
        finished = self.runner.run(*command, allowed=allowed)
        said = finished.last_line if is_shown else ""
        self._steps.append((words, f"{finished.seconds:.1f}", said))
        return finished

    def _account(self) -> documents.Document:
        report: documents.Document = json.loads(self.runner.run("etl", "report", "--json").output)
        return report

    def _claim(self, words: str, *, held: bool, seen: str) -> None:
        self._claims.append(Claim(words, held, seen))

    def _wait(self, arrived: Callable[[], bool]) -> float:
        """Wait until something is so, give the seconds; raise CommandFailed if it never is."""
        began = time.monotonic()
        while not arrived():
            if any(worker.poll() is not None for worker in self._workers):
                raise CommandFailed("a worker ended by itself")
            if time.monotonic() - began > _PATIENCE_SECONDS:
                raise CommandFailed(f"the workers were not there after {_PATIENCE_SECONDS:g} s")
            self.runner.stop.pause(_LOOK_SECONDS)
            self.runner.require_going_on()
        return time.monotonic() - began

    @contextmanager
    def _databases(self) -> Iterator[tuple[Source, Connection]]:
        settings = EtlSettings.from_environment(self.runner.environment)
        with (
            postgres.translated(),
            closing(postgres.connect(settings.modern)) as modern,
            closing(mysql.connect(settings.legacy)) as legacy,
        ):
            yield Source(legacy), modern

"""The loop over the data: range after range, resting in between, resumable after each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from etl.doctor import problems
from etl.doctor.asking import reason
from etl.doctor.findings import Finding, Severity
from etl.doctor.passes import Pass, Tally
from etl.errors import LogUnreadable, NotInstalled, PreflightFailed
from etl.pace import Pace, Progress
from etl.stopping import Stop

CHUNK = 2_000
_SAY_SECONDS = 1.0

Report = Callable[[str], None]
Keep = Callable[[Mapping[str, Tally]], None]


@dataclass(slots=True)
class Examination:
    """All passes of a run; `tallies` is what they have seen, from an earlier run too."""

    passes: Sequence[Pass]
    tallies: dict[str, Tally]
    pace: Pace
    keep: Keep
    size: int = CHUNK
    refused: dict[str, Finding] = field(default_factory=dict)

    def run(self, stop: Stop, progress: Progress, report: Report) -> bool:
        """Make every pass; say whether all came to their end before a request to stop.

        A table that the server refuses to read becomes a finding. A lost connection is raised:
        what was kept holds, and the same command goes on there.
        """
        for one in self.passes:
            for _ in self._ranges(one, progress):
                self.keep(self.tallies)
                if progress.is_due(_SAY_SECONDS):
                    report(progress.line(one.name))
                if stop.requested() or stop.pause(self.pace.rest()):
                    return self._is_complete()
        return True

    def findings(self) -> Iterator[Finding]:
        """Give what was found up to now: a finding for each problem, or one that says none."""
        yield from self.refused.values()
        for one in self.passes:
            tally = self.tallies.get(one.name)
            if tally is not None:
                yield from _findings(one, tally)

    def _ranges(self, one: Pass, progress: Progress) -> Iterator[None]:
        """Take one pass further, range by range, from where it stands."""
        tally = self.tallies.setdefault(one.name, Tally())
        if not (tally.done or one.resumable):
            tally = self.tallies[one.name] = Tally()
        while not tally.done:
            try:
                rows = self.pace.timed(partial(one.read, tally.after, self.size))
            except (LogUnreadable, NotInstalled, PreflightFailed) as error:
                self.refused[one.name] = _refused(one, error)
                return
            tally.add(one.examine(rows))
            tally.rows += len(rows)
            progress.done += len(rows)
            if len(rows) < self.size:
                tally.add(one.conclude())
                tally.done = True
            else:
                tally.after = one.key(rows[-1])
            yield

    def _is_complete(self) -> bool:
        ended = {name for name, tally in self.tallies.items() if tally.done} | self.refused.keys()
        return all(one.name in ended for one in self.passes)


def _findings(one: Pass, tally: Tally) -> Iterator[Finding]:
    for (column, problem), count in tally.counts.items():
        yield problems.finding(one.table, column, problem, count)
    if not tally.counts and tally.rows:
        found = "nothing that needs a rule" if tally.done else "nothing so far"
        yield Finding(problems.CHECK, Severity.OK, one.name, found, count=tally.rows)


def _refused(one: Pass, error: LogUnreadable | NotInstalled | PreflightFailed) -> Finding:
    return Finding(
        problems.CHECK,
        Severity.WARNING,
        one.name,
        f"cannot be read: {reason(error)}",
        rule="this check says nothing",
        way_out="give the user SELECT on the whole database",
    )

"""A run's result as one value, and as the lines and the JSON document that are made of it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from etl.doctor.findings import Finding, Severity, worst


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in which database, in order; `complete` says whether all was read."""

    database: str
    made_at: datetime
    complete: bool
    rows: int
    findings: tuple[Finding, ...]

    @property
    def worst(self) -> Severity:
        """The highest severity."""
        return worst(self.findings)

    @property
    def counts(self) -> dict[Severity, int]:
        """How many findings there are of each severity, the worst first."""
        found = Counter(finding.severity for finding in self.findings)
        return {severity: found[severity] for severity in reversed(Severity)}

    @property
    def verdict(self) -> str:
        """One sentence: how many of what, and over how much."""
        words = [f"{count} {plural(severity, count)}" for severity, count in self.counts.items()]
        scope = "" if self.complete else "stopped before the end: "
        return f"{scope}{self.database}: {', '.join(words)}; {self.rows:,} rows read"


def plural(severity: Severity, count: int) -> str:
    """Name a number of findings."""
    return severity if severity is Severity.OK or count == 1 else f"{severity}s"


def as_json(report: Report) -> dict[str, object]:
    """Give the report as JSON has it."""
    return {
        "database": report.database,
        "made_at": report.made_at.isoformat(),
        "complete": report.complete,
        "rows": report.rows,
        "worst": report.worst,
        "findings": [asdict(finding) for finding in report.findings],
    }


def as_lines(report: Report) -> Iterator[str]:
    """Give the report for a pipe or a log: what is not ok, each with what follows from it."""
    for finding in report.findings:
        if finding.severity is not Severity.OK:
            yield f"{finding.severity}: {finding.subject}: {finding.found}{seen(finding)}"
            yield from (f"    {words}" for words in (finding.rule, finding.way_out) if words)
    yield report.verdict


def seen(finding: Finding) -> str:
    """Say how many and which, for one line."""
    if not finding.examples:
        return ""
    more = "" if finding.count == len(finding.examples) else ", …"
    return f" ({finding.count}: {', '.join(finding.examples)}{more})"

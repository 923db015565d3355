"""What the doctor found, in the shape that every report is made from; no values of rows in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

EXAMPLES = 5


class Severity(StrEnum):
    """How bad it is, in ascending order.

    A note is handled by a rule and loses nothing; a warning wants a look before cut-over; a blocker
    makes `etl install` or the follower refuse, or rows go missing.
    """

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    BLOCKER = "blocker"

    @property
    def rank(self) -> int:
        """The place in the order."""
        return tuple(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer of one check.

    `subject` is a table, a table.column, a variable or a right; `found` says in words what is
    there; `count` is how many rows, tables or columns; `examples` are at most five keys or names;
    `rule` is what the bridge does about it; `way_out` is what a person can do, if anything.
    """

    check: str
    severity: Severity
    subject: str
    found: str
    count: int = 0
    examples: tuple[str, ...] = ()
    rule: str = ""
    way_out: str = ""


def about(
    check: str,
    names: Iterable[str],
    severity: Severity,
    *,
    found: str,
    rule: str,
    way_out: str = "",
) -> list[Finding]:
    """Make one finding of many names, or none of none; `found` speaks of each of them."""
    every = sorted(names)
    if not every:
        return []
    return [
        Finding(
            check,
            severity,
            every[0] if len(every) == 1 else f"{every[0]} and {len(every) - 1} more",
            found,
            count=len(every),
            examples=tuple(every[:EXAMPLES]) if len(every) > 1 else (),
            rule=rule,
            way_out=way_out,
        )
    ]


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort the worst to the top, and within one severity by check and subject."""
    return tuple(sorted(findings, key=lambda f: (-f.severity.rank, f.check, f.subject, f.found)))


def worst(findings: Iterable[Finding]) -> Severity:
    """Give the highest severity there is; ok for none."""
    return max(
        (finding.severity for finding in findings), key=lambda s: s.rank, default=Severity.OK
    )

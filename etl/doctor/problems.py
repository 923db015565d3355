"""Every problem that data can have: how bad it is, what the bridge does, what a person can do."""

from dataclasses import dataclass

from etl.doctor.findings import Finding, Severity
from etl.doctor.passes import Count
from etl.values import convert
from etl.values.documents import NOT_JSON, TOO_DEEP

CHECK = "data"
SET_ASIDE = "no rule for the value"
MOJIBAKE = "looks like UTF-8 read as latin1"
LOST = "characters were lost"
CUT = "as long as the column allows"
TOO_LARGE = "beyond the recorded type"
ORPHAN = "refers to a row that is not there"
NO_COURSE = "refers to a course without an overview"
NO_LONGER = "refers to a row that was deleted"
OTHER_SPELLING = "spelled otherwise than what it refers to"
SAME_BUT_CASE = "equal to another but for case, accents or trailing spaces"
TWICE = "the same as another"

_AS_IT_IS = "it is copied as it is"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is the same for every column that has the problem."""

    severity: Severity
    rule: str
    way_out: str = ""


_MEND = "mend it in legacy's admin while that is still the place"
PROBLEMS: dict[str, Problem] = {
    convert.ZERO_DATE: Problem(
        Severity.NOTE, "it becomes NULL, or 1970-01-01 where NULL is not allowed"
    ),
    convert.IMPOSSIBLE_DATE: Problem(
        Severity.WARNING, "it becomes NULL, or 1970-01-01 where NULL is not allowed", _MEND
    ),
    convert.NOT_BOOLEAN: Problem(Severity.NOTE, "it becomes true, as MySQL reads it"),
    convert.NUL_CHARACTER: Problem(
        Severity.NOTE, "it becomes the visible character U+2400, and NUL again on the way back"
    ),
    SET_ASIDE: Problem(
        Severity.WARNING,
        "the row is set aside with its original bytes and counted by `etl status`",
        "mend the value in legacy, or add a rule to the table map",
    ),
    TOO_DEEP: Problem(
        Severity.NOTE, "it is copied as text, byte for byte: readers would fail on it"
    ),
    NOT_JSON: Problem(
        Severity.WARNING,
        "it is copied as text, byte for byte; who reads it has to expect it",
        "mend the document where legacy's own pages fail on it too",
    ),
    MOJIBAKE: Problem(
        Severity.NOTE, _AS_IT_IS, "repair the column in legacy before, or in modern after"
    ),
    LOST: Problem(Severity.NOTE, f"{_AS_IT_IS}: legacy lost them"),
    CUT: Problem(Severity.NOTE, f"{_AS_IT_IS}: legacy may have cut it and said nothing"),
    TOO_LARGE: Problem(
        Severity.WARNING,
        "modern's columns follow the recorded types: PostgreSQL refuses it and it is set aside",
        "mend the value, or widen modern's column first",
    ),
    ORPHAN: Problem(
        Severity.WARNING,
        f"{_AS_IT_IS}: modern has no foreign keys while the bridge lives",
        "delete it in legacy, or keep it: the constraints come when the bridge goes",
    ),
    NO_COURSE: Problem(Severity.NOTE, f"{_AS_IT_IS}; modern's catalogue does not list the course"),
    NO_LONGER: Problem(Severity.NOTE, f"{_AS_IT_IS}: history outlives what it tells of"),
    OTHER_SPELLING: Problem(
        Severity.WARNING,
        f"{_AS_IT_IS}: legacy holds the two for equal, PostgreSQL does not",
        "give it the spelling of what it refers to",
    ),
    SAME_BUT_CASE: Problem(
        Severity.WARNING,
        f"{_AS_IT_IS}: PostgreSQL keeps the two apart, people and log-in forms may not",
        "rename one of them, or merge the accounts",
    ),
    TWICE: Problem(
        Severity.WARNING,
        f"{_AS_IT_IS}: modern does not ask for it to be unique either",
        "merge the accounts, or correct one of them",
    ),
}
_OTHER = Problem(Severity.WARNING, "a rule of the table map changes it, and `etl status` counts it")


def finding(table: str, column: str, problem: str, count: Count) -> Finding:
    """Make the finding of one problem in one column."""
    known = PROBLEMS.get(problem, _OTHER)
    return Finding(
        CHECK,
        known.severity,
        f"{table}.{column}",
        problem,
        count=count.number,
        examples=count.examples,
        rule=known.rule,
        way_out=known.way_out,
    )

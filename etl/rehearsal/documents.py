"""Parts of the evidence out of what the commands print as JSON; pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from etl.rehearsal.evidence import Part
from etl.rehearsal.lags import Lags
from etl.rehearsal.sums import Sum
from etl.rehearsal.traffic import Flow, Written
from etl.rehearsal.writers import STATE

Document = Mapping[str, Any]
_TONES = ("blocker", "warning", "note")


def findings(doctor: Document) -> Part:
    """Give what the doctor found, the worst first, as it sorts it."""
    rows = [
        (
            finding["subject"],
            finding["severity"],
            f"{finding['count']:,}" if finding["count"] else "",
            finding["found"],
            finding["rule"],
        )
        for finding in doctor["findings"]
        if finding["severity"] != "ok"
    ]
    found = {row[1] for row in rows}
    tone = next((tone for tone in _TONES if tone in found), "ok")
    headings = ("Where", "How bad", "How many", "What is there", "What the bridge does")
    return Part("What the doctor found", tone, headings, tuple(rows), brief=4)


def tables(report: Document) -> Part:
    """Give the tables that have rows, the largest first."""
    copied = sorted(report["tables"], key=lambda table: -int(table["copied"]))
    rows = tuple(
        (table["source"], f"{table['copied']:,}", f"{table['set_aside']:,}")
        for table in copied
        if table["copied"]
    )
    return Part("Rows copied", "ok", ("Table", "Rows", "Set aside"), rows)


def set_aside(report: Document) -> Part:
    """Give the rows that are set aside, by reason."""
    return _counted("Rows set aside", "warning", report["set_aside"], ("source", "reason"))


def conflicts(report: Document) -> Part:
    """Give the conflicts, by what stood."""
    return _counted("Conflicts", "note", report["conflicts"], ("source", "policy"))


def quality(report: Document) -> Part:
    """Give the values that a rule changed."""
    names = ("source", "column", "rule")
    return _counted("Values that a rule changed", "note", report["quality"], names)


def flows(flow: Flow, *, seconds: float) -> Part:
    """Give the writes on both sides, those of learner states among them, and their lags."""
    lags = ("Probes", "p50 ms", "p95 ms", "p99 ms", "Most ms")
    headings = ("From", "Writes", "/s", "States", "Deadlocks", *lags)
    rows = (
        ("legacy", *_numbers(flow.legacy, flow.forward, seconds)),
        ("modern", *_numbers(flow.modern, flow.back, seconds)),
    )
    return Part("Writes on both sides, and until the other side had them", "ok", headings, rows)


def sums(answers: Sequence[Sum]) -> Part:
    """Give what both sides count."""
    rows = tuple(
        (
            answer.words,
            f"{sum(answer.legacy.values()):,}",
            f"{sum(answer.modern.values()):,}",
            f"{len(answer.legacy):,}",
            "equal" if answer.is_equal else "DIFFERENT",
        )
        for answer in answers
    )
    tone = "ok" if all(answer.is_equal for answer in answers) else "blocker"
    headings = ("What", "In legacy", "In modern", "Values", "By value")
    return Part("Counted on both sides by plain SQL", tone, headings, rows)


def _counted(title: str, tone: str, entries: Sequence[Document], names: tuple[str, ...]) -> Part:
    rows = tuple(
        (*(str(entry[name]) for name in names), f"{entry['count']:,}")
        for entry in sorted(entries, key=lambda entry: -int(entry["count"]))
    )
    headings = {"source": "Table", "reason": "Reason", "policy": "What stood"}
    words = (headings.get(name, name.capitalize()) for name in names)
    return Part(title, tone, (*words, "How many"), rows)


def _numbers(written: Written, lags: Lags, seconds: float) -> Iterator[str]:
    done = sum(written.done.values())
    yield f"{done:,}"
    yield f"{done / seconds:,.0f}"
    yield f"{written.done.get(STATE, 0):,}"
    yield f"{written.deadlocks:,}"
    yield f"{lags.count:,}"
    yield from (f"{lag:,.0f}" for lag in (lags.p50, lags.p95, lags.p99, lags.most))

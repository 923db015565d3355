"""The doctor's report as one HTML page.

Kept apart from the other reports because to import pandas takes longer than most runs.
"""

from collections.abc import Iterable, Iterator
from html import escape

import pandas as pd

from etl import page
from etl.doctor.findings import Finding, Severity
from etl.doctor.report import Report, plural
from etl.page import Card, Section

_HEADINGS = {
    "subject": "Where",
    "found": "What",
    "count": "How many",
    "examples": "For example",
    "rule": "What the bridge does",
    "way_out": "What you can do",
    "check": "Check",
}


def html(report: Report) -> str:
    """Make the page; every text in it is escaped."""
    return page.html(
        f"etl doctor: {report.database}",
        heading=report.database,
        lead=_lead(report),
        cards=[
            Card(severity, str(count), plural(severity, count), is_empty=not count)
            for severity, count in report.counts.items()
        ],
        sections=_sections(report),
    )


def frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """Give findings as a table for people, without the columns that would be empty."""
    table = pd.DataFrame(
        [[_cell(getattr(finding, name)) for name in _HEADINGS] for finding in findings],
        columns=list(_HEADINGS.values()),
    )
    return table.loc[:, (table != "").any()]


def _lead(report: Report) -> str:
    made_at = f"{report.made_at:%Y-%m-%d %H:%M} UTC"
    words = (
        f"<p>What <code>etl doctor</code> found on {escape(made_at)} in {report.rows:,} rows, "
        "before anything is installed. Examples are keys; no values are shown.</p>"
    )
    return words if report.complete else words + "<p class='cut'>Stopped before the end.</p>"


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return f"{value:,}" if isinstance(value, int) and value else str(value or "")


def _sections(report: Report) -> Iterator[Section]:
    for severity in reversed(Severity):
        found = [finding for finding in report.findings if finding.severity is severity]
        if found:
            is_ok = severity is Severity.OK
            title = "In order" if is_ok else plural(severity, 2).capitalize()
            yield Section(severity, title, frame(found), is_open=not is_ok)

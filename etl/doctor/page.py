"""The report as one HTML page that needs nothing else; pandas makes the tables of it.

Kept apart from the other reports because to import pandas takes longer than most runs.
"""

from collections.abc import Iterable
from html import escape
from importlib import resources
from string import Template

import pandas as pd

from etl.doctor.findings import Finding, Severity
from etl.doctor.report import Report, plural

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
    template = Template(resources.files("etl.doctor").joinpath("page.html").read_text("utf-8"))
    return template.substitute(
        database=escape(report.database),
        made_at=f"{report.made_at:%Y-%m-%d %H:%M} UTC",
        rows=f"{report.rows:,}",
        state="" if report.complete else "<p class='cut'>Stopped before the end.</p>",
        cards="".join(_card(severity, count) for severity, count in report.counts.items()),
        sections="".join(_section(severity, report) for severity in reversed(Severity)),
    )


def frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """Give findings as a table for people, without the columns that would be empty."""
    table = pd.DataFrame(
        [[_cell(getattr(finding, name)) for name in _HEADINGS] for finding in findings],
        columns=list(_HEADINGS.values()),
    )
    return table.loc[:, (table != "").any()]


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return f"{value:,}" if isinstance(value, int) and value else str(value or "")


def _card(severity: Severity, count: int) -> str:
    empty = "" if count else " none"
    return f"<li class='{severity}{empty}'><b>{count}</b> {plural(severity, count)}</li>"


def _section(severity: Severity, report: Report) -> str:
    found = [finding for finding in report.findings if finding.severity is severity]
    if not found:
        return ""
    with pd.option_context("display.max_colwidth", None):
        table = frame(found).to_html(index=False, border=0, justify="left")
    title = plural(severity, 2).capitalize() if severity is not Severity.OK else "In order"
    opened = "" if severity is Severity.OK else " open"
    return f"<details class='{severity}'{opened}><summary>{title}</summary>{table}</details>"

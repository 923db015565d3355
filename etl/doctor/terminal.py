"""The report for a person at a terminal: one table, the worst on top, what is ok in a number."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from etl.doctor.findings import Finding, Severity
from etl.doctor.report import Report

_STYLES = {
    Severity.OK: "green",
    Severity.NOTE: "cyan",
    Severity.WARNING: "yellow",
    Severity.BLOCKER: "bold red",
}


def show(report: Report, console: Console) -> None:
    """Print the report with colours, to be read at 80 columns too."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, leading=1)
    table.add_column("")
    table.add_column("where", overflow="fold", ratio=2)
    table.add_column("what, and what the bridge does about it", overflow="fold", ratio=3)
    for finding in report.findings:
        if finding.severity is not Severity.OK:
            table.add_row(*_cells(finding))
    if table.row_count:
        console.print(table)
    console.print(Text(report.verdict, style=_STYLES[report.worst]))


def _cells(finding: Finding) -> tuple[Text, ...]:
    """Give cells as text, in which no bracket of a key is taken for markup."""
    style = _STYLES[finding.severity]
    where = Text(finding.subject)
    if finding.examples:
        where.append("\n" + ", ".join(finding.examples), style="dim")
    times = f", {finding.count:,} times" if finding.count > 1 else ""
    what = Text().append(finding.found + times, style=style)
    if finding.rule:
        what.append("\n" + finding.rule)
    if finding.way_out:
        what.append("\n" + finding.way_out, style="dim")
    return Text(finding.severity, style=style), where, what

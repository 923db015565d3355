"""The evidence for a person at a terminal, cut to what fits on a page."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from etl.rehearsal.evidence import Evidence, Part

_STYLES = {"blocker": "bold red", "warning": "yellow", "note": "cyan", "ok": "green"}
_ROWS = 8


def show(evidence: Evidence, console: Console) -> None:
    """Print the tables, then what held, then the verdict."""
    for part in evidence.parts:
        if part.rows:
            console.print(_table(part))
            if (left := len(part.rows) - _ROWS) > 0:
                console.print(f"and {left} more: --html shows all\n")
    for claim in evidence.claims:
        mark, style = ("held  ", "green") if claim.held else ("FAILED", "bold red")
        console.print(Text.assemble((mark, style), f"  {claim.words}: {claim.seen}"))
    console.print(Text(evidence.verdict, style="bold green" if evidence.passed else "bold red"))


def _table(part: Part) -> Table:
    table = Table(
        title=part.title,
        title_style=_STYLES[part.tone],
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    for heading in part.headings[: part.brief]:
        table.add_column(heading, overflow="fold")
    for row in part.rows[:_ROWS]:
        # As text, in which no bracket of a key is taken for markup.
        table.add_row(*(Text(cell) for cell in row[: part.brief]))
    return table

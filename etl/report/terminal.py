"""The account for a person at a terminal: a table for each part that is not empty."""

from collections.abc import Mapping

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from etl.report.frames import TITLES, for_people

_STYLES = {"set_aside": "bold red", "conflicts": "yellow", "quality": "cyan", "tables": "green"}
# Most names of legacy tables fit, and at 80 columns there is room for the rest.
_NAME_WIDTH = 32
_NUMBERS = frozenset({"Rows copied", "Set aside", "How many"})


def show(parts: Mapping[str, pd.DataFrame], line: str, console: Console) -> None:
    """Print the parts with colours where the console has them."""
    for name, title in TITLES.items():
        if len(parts[name]):
            console.print(_table(title, _STYLES[name], for_people(parts[name])))
    console.print(Text(line))


def _table(title: str, style: str, frame: pd.DataFrame) -> Table:
    table = Table(
        title=title, title_style=style, title_justify="left", box=SIMPLE_HEAD, pad_edge=False
    )
    for heading in frame.columns:
        table.add_column(
            heading,
            overflow="fold",
            justify="right" if heading in _NUMBERS else "left",
            min_width=_NAME_WIDTH if heading == "Table" else None,
        )
    for row in frame.itertuples(index=False):
        # As text, in which no bracket of a key is taken for markup.
        table.add_row(*(Text(cell) for cell in row))
    return table

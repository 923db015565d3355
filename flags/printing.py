"""Tables and lines on the terminal. Into a pipe they are wide, so that nothing is cut and `grep`
works.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flags.rollout import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["colored", "facts", "line", "table", "warn"]

_WIDE = 200
_COLORS = {
    Stage.LEGACY: "dim",
    Stage.SHADOW: "cyan",
    Stage.CANARY: "yellow",
    Stage.MODERN: "green",
}


def line(text: str = "") -> None:
    """Print a line; `text` may hold rich's markup."""
    _console().print(text, highlight=False, soft_wrap=True)


def warn(text: str) -> None:
    """Print a warning, plain, on standard error: it never mixes with what a pipe reads."""
    Console(stderr=True).print(f"warning: {text}", style="yellow", markup=False, soft_wrap=True)


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print rows under headings; cells may hold rich's markup."""
    drawn = Table(*columns, box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for row in rows:
        drawn.add_row(*row)
    _console().print(drawn)


def facts(rows: Iterable[tuple[str, str]]) -> None:
    """Print names and values; values may hold rich's markup, and empty ones are left out."""
    drawn = Table.grid(padding=(0, 3))
    for name, value in rows:
        if value:
            drawn.add_row(name, value)
    _console().print(drawn)


def colored(stage: Stage) -> str:
    """Give the stage's name in its color."""
    return f"[{_COLORS[stage]}]{escape(stage)}[/]"


def _console() -> Console:
    return Console() if sys.stdout.isatty() else Console(width=_WIDE)

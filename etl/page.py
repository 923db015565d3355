"""A report as one HTML page that needs nothing else: cards with numbers on top, tables below.

Pandas makes the tables, and takes longer to import than most commands run: import this late.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from importlib import resources
from string import Template

import pandas as pd


@dataclass(frozen=True, slots=True)
class Card:
    """A number and what it counts; `tone` is blocker, warning, note or ok."""

    tone: str
    number: str
    words: str
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A table under a heading, shown or folded away."""

    tone: str
    title: str
    table: pd.DataFrame
    is_open: bool = True


def html(
    title: str, *, heading: str, lead: str, cards: Iterable[Card], sections: Iterable[Section]
) -> str:
    """Make the page; `lead` is HTML, every other text is escaped."""
    template = Template(resources.files("etl").joinpath("page.html").read_text("utf-8"))
    return template.substitute(
        title=escape(title),
        heading=escape(heading),
        lead=lead,
        cards="".join(map(_card, cards)),
        sections="".join(map(_section, sections)),
    )


def _card(card: Card) -> str:
    empty = " none" if card.is_empty else ""
    return f"<li class='{card.tone}{empty}'><b>{card.number}</b> {escape(card.words)}</li>"


def _section(section: Section) -> str:
    with pd.option_context("display.max_colwidth", None):
        table = section.table.to_html(index=False, border=0, justify="left")
    opened = " open" if section.is_open else ""
    return (
        f"<details class='{section.tone}'{opened}><summary>{escape(section.title)}</summary>"
        f"{table}</details>"
    )

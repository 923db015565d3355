"""The account as one HTML page, on the page that all reports share."""

from collections.abc import Iterator, Mapping

import pandas as pd

from etl import page
from etl.page import Card, Section
from etl.report.account import Account, total
from etl.report.frames import TITLES, for_people

_TONES = {"set_aside": "blocker", "conflicts": "warning", "quality": "note", "tables": "ok"}
_PATIENCE_SECONDS = 60.0
# More tables than this are folded away, so that a page can be seen at a glance.
_GLANCE = 40


def html(account: Account, parts: Mapping[str, pd.DataFrame]) -> str:
    """Make the page; every text in it is escaped."""
    made_at = f"{account.made_at:%Y-%m-%d %H:%M} UTC"
    return page.html(
        "etl report",
        heading="Legacy's rows in modern",
        lead=(
            f"<p>What became of them up to {made_at}, by <code>etl report</code>. "
            "Examples are keys; no values are shown.</p>"
        ),
        cards=_cards(account),
        sections=_sections(parts),
    )


def _cards(account: Account) -> Iterator[Card]:
    yield _card("ok", account.copied, "rows copied")
    yield _card("blocker", account.aside, "set aside")
    yield _card("warning", total(account.conflicts), "conflicts")
    yield _card("note", account.changed, "values changed by rule")
    yield _card("note", account.status.outbox, "modern writes waiting")
    if follower := account.status.follower:
        lag = follower.lag_seconds
        tone = "warning" if lag > _PATIENCE_SECONDS or not follower.running else "ok"
        words = "behind" if follower.running else "behind, not running"
        yield Card(tone, f"{lag:,.1f} s", words)


def _card(tone: str, count: int, words: str) -> Card:
    return Card(tone, f"{count:,}", words, is_empty=not count)


def _sections(parts: Mapping[str, pd.DataFrame]) -> Iterator[Section]:
    for name, title in TITLES.items():
        if len(parts[name]):
            is_open = name != "tables" or len(parts[name]) <= _GLANCE
            yield Section(_TONES[name], title, for_people(parts[name]), is_open=is_open)

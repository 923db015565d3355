"""The evidence as one HTML page, on the page that all reports share."""

from collections.abc import Iterator
from html import escape

import pandas as pd

from etl import page
from etl.page import Card, Section
from etl.rehearsal.evidence import Evidence, Part

# Longer tables are folded away, so that the page can be seen at a glance.
_GLANCE = 30


def html(evidence: Evidence) -> str:
    """Make the page; every text in it is escaped."""
    made_at = f"{evidence.made_at:%Y-%m-%d %H:%M} UTC"
    plan = evidence.plan
    return page.html(
        "etl rehearse",
        heading="Rehearsal passed" if evidence.passed else "Rehearsal failed",
        lead=(
            f"<p>{escape(evidence.verdict)}.</p><p>{plan.learners:,} learners, {plan.courses:,} "
            f"courses, {plan.enrolments:,} enrolments and {plan.rows:,} learner states with what "
            f"only old databases hold; up to {made_at}, by <code>etl rehearse</code>.</p>"
        ),
        cards=_cards(evidence),
        sections=_sections(evidence),
    )


def _cards(evidence: Evidence) -> Iterator[Card]:
    tone = "ok" if evidence.passed else "blocker"
    yield Card(tone, f"{evidence.held} of {len(evidence.claims)}", "claims held")
    yield from (Card("note", figure.number, figure.words) for figure in evidence.figures)


def _sections(evidence: Evidence) -> Iterator[Section]:
    held = tuple(
        (claim.words, "held" if claim.held else "FAILED", claim.seen) for claim in evidence.claims
    )
    headings = ("What has to be true", "Is it", "What was seen")
    yield _section(Part("Claims", "ok" if evidence.passed else "blocker", headings, held))
    yield from (_section(part) for part in evidence.parts if part.rows)


def _section(part: Part) -> Section:
    table = pd.DataFrame(list(part.rows), columns=list(part.headings))
    return Section(part.tone, part.title, table, is_open=len(part.rows) <= _GLANCE)

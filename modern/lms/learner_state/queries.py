"""Reads of learner state; nothing here writes. Of rows that are there twice the last counts."""

import json
from collections.abc import Mapping
from operator import attrgetter

from django.db.models import QuerySet

from modern.lms.learner_state import data
from modern.lms.learner_state.models import BlockState, EarlierHistory, History, Past, Recorded

__all__ = ["block_state", "block_states", "history", "positions", "scores", "to_data"]

# How the bridge shows the NUL that PostgreSQL's text cannot hold.
_NUL_SYMBOL = "\u2400"

Document = tuple[Mapping[str, object] | None, bool]


def block_state(user_id: int, place: data.Place) -> data.BlockState | None:
    """What the learner left in the block; None when they left nothing."""
    row = _rows(user_id, place.course_key).filter(usage_key=place.usage_key).last()
    return None if row is None else to_data(row)


def block_states(user_id: int, course_key: str) -> dict[str, data.BlockState]:
    """What the learner left in the course, by usage key, in the order they first came there."""
    return {row.usage_key: to_data(row) for row in _rows(user_id, course_key)}


def positions(user_id: int, course_key: str) -> dict[str, int]:
    """Which child of each container the learner saw last, counted from 1; it may be gone by now."""
    found = _rows(user_id, course_key).filter(state__has_key="position")
    kept = found.values_list("usage_key", "state__position")
    return {usage_key: number for usage_key, number in kept if isinstance(number, int)}


def scores(user_id: int, course_key: str) -> dict[str, data.Score]:
    """What the learner earned in the blocks of the course that were scored, by usage key."""
    found = _rows(user_id, course_key).filter(score__isnull=False)
    points = found.values_list("usage_key", "score", "max_score")
    return {usage_key: data.Score(earned, possible) for usage_key, earned, possible in points}


def history(user_id: int, place: data.Place) -> list[data.Moment]:
    """The states of the block that were recorded, the newest first."""
    saved = _rows(user_id, place.course_key).filter(usage_key=place.usage_key)
    past: list[Past] = [
        *EarlierHistory.objects.filter(block_state__in=saved),
        *History.objects.filter(block_state__in=saved),
    ]
    ordered = sorted(past, key=attrgetter("recorded_at", "pk"), reverse=True)
    return [_moment(row) for row in ordered]


def to_data(row: BlockState) -> data.BlockState:
    """The value of a row."""
    state, unreadable = _document(row)
    return data.BlockState(
        user_id=row.user_id,
        place=data.Place(row.course_key, row.usage_key),
        block_type=row.block_type,
        state=state,
        score=data.Score(row.score, row.max_score),
        created_at=row.created_at,
        modified_at=row.modified_at,
        unreadable=unreadable,
    )


def _moment(row: Past) -> data.Moment:
    state, unreadable = _document(row)
    score = data.Score(row.score, row.max_score)
    return data.Moment(row.recorded_at, state, score, row.version, unreadable=unreadable)


def _rows(user_id: int, course_key: str) -> QuerySet[BlockState]:
    return BlockState.objects.filter(user=user_id, course_key=course_key).order_by("pk")


def _document(row: Recorded) -> Document:
    """Read a document, and say whether there is one that cannot be read."""
    found = row.state if row.state_raw is None else _parsed(row.state_raw)
    return (found, False) if isinstance(found, dict) else (None, found is not None)


def _parsed(text: str) -> object:
    """Read what legacy's Python reads and jsonb does not, such as NaN; else give the text back."""
    if not text:
        return None
    try:
        return json.loads(text.replace(_NUL_SYMBOL, "\0"))
    except (ValueError, RecursionError):
        return text

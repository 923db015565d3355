"""Writes of learner state; who may write what, and what a score means, is the caller's business."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection, transaction

from modern.lms.learner_state import data, queries
from modern.lms.learner_state.models import BlockState, EarlierHistory

__all__ = ["save"]

# Legacy keeps a history of problems alone: graders look back at what was answered when.
WITH_HISTORY = frozenset({"problem"})


def save(
    user_id: int,
    place: data.Place,
    block_type: str,
    state: Mapping[str, object],
    *,
    now: datetime,
    score: data.Score | None = None,
) -> data.BlockState:
    """Keep what the learner left in a block in place of what was there; None leaves its score."""
    with transaction.atomic():
        row = _locked(user_id, place) or BlockState(
            user_id=user_id,
            course_key=place.course_key,
            usage_key=place.usage_key,
            block_type=block_type,
            created_at=now,
        )
        # Legacy's text, if there was one, says nothing of this state any more.
        row.state, row.state_raw, row.state_crc = dict(state), None, None
        if score is not None:
            row.score, row.max_score = score.earned, score.possible
        row.modified_at = now
        row.save()
        if row.block_type in WITH_HISTORY:
            _remember(row)
    return queries.to_data(row)


def _locked(user_id: int, place: data.Place) -> BlockState | None:
    """The row, locked against the bridge, and its place, locked against another first visit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('learner state ' || %s || %s, %s))",
            [place.course_key, place.usage_key, user_id],
        )
    rows = BlockState.objects.select_for_update().filter(
        user=user_id, course_key=place.course_key, usage_key=place.usage_key
    )
    return rows.order_by("pk").last()


def _remember(row: BlockState) -> None:
    EarlierHistory.objects.create(
        block_state=row,
        recorded_at=row.modified_at,
        state=row.state,
        score=row.score,
        max_score=row.max_score,
    )

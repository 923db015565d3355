"""What a learner left in a course, as readers see it."""

from datetime import timedelta
from typing import Any

import pytest

from modern.lms.learner_state import api
from modern.lms.learner_state.data import Place, Score
from modern.lms.learner_state.models import BlockState, EarlierHistory, History
from modern.shared.identity.models import User
from tests.modern.factories import DEMO, LONG_AGO, NOW, make_user

pytestmark = pytest.mark.django_db
WEEK = "block-v1:DemoU+CS101+2016_T3+type@chapter+block@w1"
QUIZ = "block-v1:DemoU+CS101+2016_T3+type@problem+block@p1"


def left(user: User, usage_key: str = QUIZ, **more: Any) -> BlockState:
    fields = {"block_type": "problem", "created_at": LONG_AGO, "modified_at": NOW}
    return BlockState.objects.create(
        user=user, course_key=DEMO, usage_key=usage_key, **fields | more
    )


def read(user: User) -> tuple[object, bool]:
    found = api.block_state(user.pk, Place(DEMO, QUIZ))
    assert found is not None
    return found.state, found.unreadable


def test_a_state_is_found_by_learner_course_and_block() -> None:
    ada = make_user()
    left(ada, state={"attempts": 1}, score=2.0, max_score=2.0)
    left(ada, WEEK, state={"position": 3})
    left(make_user("grace"), state={"attempts": 5})

    found = api.block_state(ada.pk, Place(DEMO, QUIZ))

    assert found is not None
    assert (found.state, found.score) == ({"attempts": 1}, Score(2.0, 2.0))
    assert list(api.block_states(ada.pk, DEMO)) == [QUIZ, WEEK]
    assert api.block_state(ada.pk, Place("edX/toy/2012_Fall", QUIZ)) is None


def test_of_rows_that_are_there_twice_the_last_counts() -> None:
    ada = make_user()
    left(ada, state={"attempts": 1}, score=0.0)
    left(ada, state={"attempts": 2}, score=1.0)

    assert read(ada) == ({"attempts": 2}, False)
    assert api.scores(ada.pk, DEMO) == {QUIZ: Score(1.0, None)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"score": -Infinity}', ({"score": float("-inf")}, False)),
        ('{"s": "\\ud83d alone", "n": "a\\u0000b"}', ({"s": "\ud83d alone", "n": "a\0b"}, False)),
        ('{"seed": 1, "student_answers": {"a', (None, True)),
        ('{"a": "nul\u2400x"}', (None, True)),
        ("[" * 200_000, (None, True)),
        ('"position"', (None, True)),
        ("null", (None, False)),
        ("", (None, False)),
    ],
)
def test_a_text_is_read_as_far_as_legacy_reads_it(text: str, expected: tuple[Any, bool]) -> None:
    ada = make_user()
    left(ada, state_raw=text)

    assert read(ada) == expected


def test_positions_and_scores_are_those_of_blocks_that_have_one() -> None:
    ada = make_user()
    left(ada, WEEK, state={"position": 3})
    left(ada, QUIZ, state={"attempts": 1}, score=1.5, max_score=2.0)
    left(ada, "block@odd", state={"position": "last"})
    left(ada, "block@none")
    left(ada, "block@raw", state_raw='{"position": NaN}', max_score=1.0)

    assert api.positions(ada.pk, DEMO) == {WEEK: 3}
    assert api.scores(ada.pk, DEMO) == {QUIZ: Score(1.5, 2.0)}


def test_history_is_of_both_tables_and_the_newest_comes_first() -> None:
    row = left(make_user())
    for number, table in enumerate((EarlierHistory, History, EarlierHistory)):
        at = NOW + timedelta(minutes=number)
        table.objects.create(block_state=row, recorded_at=at, state={"attempts": number})
    History.objects.create(block_state_id=row.pk + 1, recorded_at=NOW, state={})

    found = api.history(row.user_id, Place(DEMO, QUIZ))

    assert [moment.state for moment in found] == [{"attempts": n} for n in (2, 1, 0)]
    assert api.history(row.user_id, Place(DEMO, WEEK)) == []

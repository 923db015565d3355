"""Leaving a state in a block."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from modern.lms.learner_state import api
from modern.lms.learner_state.data import Place, Score
from modern.lms.learner_state.models import BlockState, EarlierHistory
from tests.modern.factories import DEMO, LONG_AGO, NOW, make_user
from tests.modern.learner_state.test_queries import QUIZ, WEEK, left

HERE = Place(DEMO, QUIZ)


@pytest.mark.django_db
def test_the_first_visit_makes_a_row_and_its_history() -> None:
    ada = make_user()

    made = api.save(ada.pk, HERE, "problem", {"attempts": 1}, now=NOW, score=Score(1.0, 2.0))

    assert made == api.block_state(ada.pk, HERE)
    assert (made.created_at, made.modified_at, made.score) == (NOW, NOW, Score(1.0, 2.0))
    assert [moment.state for moment in api.history(ada.pk, HERE)] == [{"attempts": 1}]


@pytest.mark.django_db
def test_a_later_visit_replaces_the_state_and_what_was_known_of_legacys_text() -> None:
    ada = make_user()
    left(ada, state_raw='{"a": NaN}', state_crc=7, score=1.0, max_score=2.0)

    api.save(ada.pk, HERE, "problem", {"attempts": 2}, now=NOW + timedelta(days=1))

    row = BlockState.objects.get()
    assert (row.state, row.state_raw, row.state_crc) == ({"attempts": 2}, None, None)
    assert (row.score, row.max_score, row.created_at) == (1.0, 2.0, LONG_AGO)


@pytest.mark.django_db
def test_what_is_not_a_problem_has_no_history() -> None:
    ada = make_user()

    api.save(ada.pk, Place(DEMO, WEEK), "chapter", {"position": 2}, now=NOW)

    assert api.positions(ada.pk, DEMO) == {WEEK: 2}
    assert not EarlierHistory.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_first_visits_at_once_leave_one_row() -> None:
    ada = make_user()
    begin = threading.Barrier(2)

    def visit(number: int) -> None:
        begin.wait()
        api.save(ada.pk, HERE, "problem", {"attempts": number}, now=NOW)
        connection.close()

    threads = [threading.Thread(target=visit, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert BlockState.objects.count() == 1
    assert EarlierHistory.objects.count() == 2

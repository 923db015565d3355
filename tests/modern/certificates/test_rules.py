"""Which certificate keeps its learner in the course."""

from datetime import timedelta
from typing import Any

import pytest

from modern.lms.catalog import api as catalog
from modern.lms.certificates import rules
from modern.lms.certificates.data import Status
from tests.modern.factories import NOW, make_course

pytestmark = pytest.mark.django_db
OVER = {"ends_at": NOW - timedelta(days=1)}
EARLY = {"certificates_display_behavior": "early_with_info"}
EARLY_NO_INFO = {"certificates_display_behavior": "early_no_info"}
BEFORE_END = {"certificates_show_before_end": True}


def binds(status: str, course: dict[str, Any]) -> bool:
    key = make_course(**course).key
    return rules.binds(status, catalog.course(key), now=NOW)


@pytest.mark.parametrize("course", [OVER, EARLY, BEFORE_END])
@pytest.mark.parametrize("status", list(Status))
def test_one_that_is_made_or_issued_binds_where_learners_are_shown_it(
    status: Status, course: dict[str, Any]
) -> None:
    bound = {Status.GENERATING, Status.REGENERATING, Status.DOWNLOADABLE}

    assert binds(status, course) is (status in bound)


@pytest.mark.parametrize("course", [{}, {"ends_at": NOW + timedelta(days=1)}])
def test_none_binds_in_a_course_that_shows_them_at_its_end(course: dict[str, Any]) -> None:
    assert not binds(Status.DOWNLOADABLE, course)


@pytest.mark.parametrize(
    ("status", "bound"),
    [(Status.GENERATING, False), (Status.REGENERATING, True), (Status.DOWNLOADABLE, True)],
)
def test_a_first_one_in_the_making_is_hidden_where_nothing_is_said_early(
    status: Status, *, bound: bool
) -> None:
    assert binds(status, EARLY_NO_INFO | OVER) is bound


def test_a_word_that_legacy_does_not_know_binds_nobody() -> None:
    assert not binds("Generating ", EARLY)

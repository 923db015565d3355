"""What there is to know of a learner's certificates."""

import pytest

from modern.lms.certificates import api
from modern.lms.certificates.models import Allowance, Invalidation
from tests.modern.factories import DEMO, NOW, make_certificate, make_course, make_user

pytestmark = pytest.mark.django_db
OTHER = "course-v1:DemoU+CS102+2016_T3"


def test_a_certificate_is_found_by_learner_and_course() -> None:
    ada = make_user()
    row = make_certificate(ada, verify_uuid="070b20c4f0eb44cfa638fd0e81a5b960")
    make_certificate(ada, OTHER, grade="")

    found = api.certificate(ada.pk, DEMO)

    assert found is not None
    assert (found.id, found.grade, found.status, found.invalidated) == (
        row.pk,
        "0.93",
        "downloadable",
        False,
    )
    assert [each.course_key for each in api.certificates_of(ada.pk)] == [DEMO, OTHER]
    assert api.certificate(make_user("grace").pk, DEMO) is None


def test_one_that_was_taken_back_says_so_until_it_is_given_again() -> None:
    ada = make_user()
    taken_back = Invalidation.objects.create(
        certificate=make_certificate(ada), invalidated_by=ada, created_at=NOW, modified_at=NOW
    )

    before = api.certificate(ada.pk, DEMO)
    Invalidation.objects.filter(pk=taken_back.pk).update(active=False)
    after = api.certificate(ada.pk, DEMO)

    assert before is not None
    assert after is not None
    assert (before.invalidated, after.invalidated) == (True, False)


def test_an_allowance_counts_while_one_of_those_repeated_is_active() -> None:
    ada = make_user()
    for active in (False, True, False):
        Allowance.objects.create(user=ada, course_key=DEMO, active=active, created_at=NOW)

    assert api.has_allowance(ada.pk, DEMO)
    assert not api.has_allowance(ada.pk, OTHER)


def test_a_certificate_holds_only_in_a_course_that_the_catalogue_knows() -> None:
    ada = make_user()
    make_certificate(ada)
    make_course(OTHER, certificates_show_before_end=True)

    assert not api.holds(ada.pk, DEMO, now=NOW)
    assert not api.holds(ada.pk, OTHER, now=NOW)
    make_certificate(ada, OTHER)
    assert api.holds(ada.pk, OTHER, now=NOW)

import pytest

from modern.lms.cohorts import api
from modern.lms.cohorts.data import UNDIVIDED, Cohort, Cohorting, ContentGroup
from modern.lms.cohorts.models import Admission, RosterEntry
from modern.lms.cohorts.models import Cohort as CohortRow
from modern.lms.cohorts.models import Cohorting as CohortingRow
from modern.lms.cohorts.models import ContentGroup as ContentGroupRow
from tests.modern.factories import DEMO, LONG_AGO, make_cohort, make_user

pytestmark = pytest.mark.django_db
OTHER = "course-v1:DemoU+CS102+2016_T3"


def test_a_course_that_says_nothing_is_not_divided() -> None:
    assert api.cohorting(DEMO) == UNDIVIDED
    assert not UNDIVIDED.is_on


def test_a_course_says_which_discussions_it_divides() -> None:
    CohortingRow.objects.create(
        course_key=DEMO,
        is_on=True,
        divided_discussions=["Week 1", "i4x-DemoU"],
        divides_inline_discussions=False,
    )

    assert api.cohorting(DEMO) == Cohorting(
        is_on=True,
        divided_discussions=("Week 1", "i4x-DemoU"),
        divides_inline_discussions=False,
    )


@pytest.mark.parametrize("document", [None, {}, 7, "Week 1"])
def test_what_is_no_list_of_topics_divides_no_discussion(document: object) -> None:
    CohortingRow.objects.create(course_key=DEMO, divided_discussions=document)

    assert api.cohorting(DEMO).divided_discussions == ()


def test_cohorts_come_with_how_one_enters_and_what_one_sees(
    django_assert_num_queries: object,
) -> None:
    alpha, pool = make_cohort("Alpha"), make_cohort("Random pool")
    make_cohort("Alpha", course_key=OTHER)
    Admission.objects.create(cohort=alpha, rule=Admission.MANUAL)
    Admission.objects.create(cohort=pool, rule=Admission.RANDOM)
    ContentGroupRow.objects.create(
        cohort=pool, partition_id=50, group_id=2, created=LONG_AGO, modified=LONG_AGO
    )

    with django_assert_num_queries(3):
        found = api.cohorts_in(DEMO)

    assert found == [
        Cohort(id=alpha.pk, course_key=DEMO, name="Alpha", is_random=False, content_group=None),
        Cohort(
            id=pool.pk,
            course_key=DEMO,
            name="Random pool",
            is_random=True,
            content_group=ContentGroup(partition_id=50, group_id=2),
        ),
    ]


def test_a_group_of_another_kind_is_no_cohort() -> None:
    CohortRow.objects.create(course_key=DEMO, name="Friends", kind="friends")

    assert api.cohorts_in(DEMO) == []


def test_the_placement_says_who_is_in_a_cohort_whatever_lists_say() -> None:
    ada, bob = make_user(), make_user("bob")
    alpha, beta = make_cohort("Alpha", ada), make_cohort("Beta")
    RosterEntry.objects.create(cohort=beta, user=ada)
    RosterEntry.objects.create(cohort=beta, user=bob)

    found = api.cohort_of(ada.pk, DEMO)

    assert found is not None
    assert found.name == "Alpha"
    assert api.cohort_of(bob.pk, DEMO) is None
    assert (api.members(alpha.pk), api.members(beta.pk)) == ({ada.pk}, frozenset())


def test_in_a_course_that_is_not_divided_any_more_nobody_is_in_a_cohort() -> None:
    ada = make_user()
    make_cohort("Alpha", ada)

    CohortingRow.objects.update(is_on=False)

    assert api.cohort_of(ada.pk, DEMO) is None
    assert [each.name for each in api.cohorts_in(DEMO)] == ["Alpha"]

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from modern.lms.cohorts import api
from modern.lms.cohorts.errors import UnknownCohort
from modern.lms.cohorts.models import Cohort, Placement, RosterEntry
from tests.modern.factories import DEMO, make_cohort, make_user

OTHER = "course-v1:DemoU+CS102+2016_T3"


def rosters() -> set[tuple[str, str]]:
    rows = RosterEntry.objects.values_list("cohort__name", "user__username")
    return set(rows)


@pytest.mark.django_db
def test_who_is_placed_leaves_the_other_cohort_and_both_lists_follow() -> None:
    ada, bob = make_user(), make_user("bob")
    alpha, beta = make_cohort("Alpha", ada, bob), make_cohort("Beta")
    make_cohort("Elsewhere", ada, course_key=OTHER)

    assert api.place(ada.pk, beta.pk) == alpha.pk

    assert (api.members(alpha.pk), api.members(beta.pk)) == ({bob.pk}, {ada.pk})
    assert rosters() == {("Alpha", "bob"), ("Beta", "ada"), ("Elsewhere", "ada")}


@pytest.mark.django_db
def test_who_was_in_none_is_placed_for_the_first_time() -> None:
    ada, alpha = make_user(), make_cohort("Alpha")

    assert api.place(ada.pk, alpha.pk) is None

    found = api.cohort_of(ada.pk, DEMO)
    assert found is not None
    assert found.id == alpha.pk
    assert rosters() == {("Alpha", "ada")}


@pytest.mark.django_db
def test_placing_someone_where_they_are_changes_nothing() -> None:
    ada = make_user()
    alpha = make_cohort("Alpha", ada)
    before = Placement.objects.get().pk, RosterEntry.objects.get().pk

    assert api.place(ada.pk, alpha.pk) == alpha.pk

    assert (Placement.objects.get().pk, RosterEntry.objects.get().pk) == before


@pytest.mark.django_db
def test_a_group_of_another_kind_is_no_place_and_keeps_its_list() -> None:
    ada, alpha = make_user(), make_cohort("Alpha")
    friends = Cohort.objects.create(course_key=DEMO, name="Friends", kind="friends")
    RosterEntry.objects.create(cohort=friends, user=ada)

    with pytest.raises(UnknownCohort):
        api.place(ada.pk, friends.pk)
    api.place(ada.pk, alpha.pk)

    assert rosters() == {("Friends", "ada"), ("Alpha", "ada")}


@pytest.mark.django_db
def test_nobody_is_placed_in_a_cohort_that_does_not_exist() -> None:
    with pytest.raises(UnknownCohort):
        api.place(make_user().pk, 999_999)

    assert not Placement.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_place_one_person_at_once_leave_them_in_one_cohort() -> None:
    ada = make_user()
    cohorts = [make_cohort(name) for name in ("Alpha", "Beta", "Gamma")]
    start = Barrier(len(cohorts))

    def run(cohort_id: int) -> None:
        start.wait(timeout=30)
        try:
            api.place(ada.pk, cohort_id)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(cohorts)) as threads:
        list(threads.map(run, [cohort.pk for cohort in cohorts]))

    name = Placement.objects.get().cohort.name
    assert rosters() == {(name, "ada")}

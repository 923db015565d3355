"""What only old databases hold arrives, and stays as it is in legacy."""

from tests.etl.tables.agreement import assert_equal
from tests.etl.tables.samples.sample import ADA
from tests.etl.world import World


def test_what_only_old_databases_hold_arrives_as_it_is(bridged: World) -> None:
    pseudonyms = [("a" * 32, "", ADA), ("b" * 32, "", ADA), ("c" * 32, "", 999_999)]
    bridged.write_many(
        "INSERT INTO student_anonymoususerid (anonymous_user_id, course_id, user_id)"
        " VALUES (%s, %s, %s)",
        pseudonyms,
    )
    bridged.write(
        "INSERT INTO student_courseenrollmentallowed (email, course_id, auto_enroll, created)"
        " VALUES ('Zo\u00eb@Example.com', 'MITx/6.002x/2012', 2, '0000-00-00 00:00:00')"
    )
    bridged.write(
        "INSERT INTO student_manualenrollmentaudit"
        " (enrolled_email, state_transition, enrollment_id)"
        " VALUES ('', 'from unenrolled to enrolled', 999999)"
    )

    assert_equal(bridged)

    for value, key, user in pseudonyms:
        found = "SELECT course_key, user_id FROM identity_pseudonym WHERE value = %s"
        assert bridged.rows(found, value) == [(key, user)]
    assert bridged.rows(
        "SELECT email, enrolls_at_once, invited_at FROM invitations_invitation"
        " WHERE course_key = 'MITx/6.002x/2012'"
    ) == [("Zo\u00eb@Example.com", True, None)]
    assert bridged.rows("SELECT email, enrollment_id, reason FROM enrollment_manualchange") == [
        ("", 999_999, None)
    ]


def test_lists_of_discussions_that_are_none_are_kept_as_they_are(bridged: World) -> None:
    texts = {None: (None, None), "": (None, ""), "Week 1": (None, "Week 1"), "[ ]": ([], None)}
    bridged.write_many(
        "INSERT INTO course_groups_coursecohortssettings"
        " (course_id, is_cohorted, cohorted_discussions, always_cohort_inline_discussions)"
        " VALUES (%s, 1, %s, 0)",
        [(f"DemoU/CS/{text}", text) for text in texts],
    )

    assert_equal(bridged)

    query = (
        "SELECT divided_discussions, divided_discussions_raw FROM cohorts_cohorting"
        " WHERE course_key = %s"
    )
    found = {text: bridged.rows(query, f"DemoU/CS/{text}") for text in texts}
    assert found == {text: [both] for text, both in texts.items()}


def test_who_is_on_two_lists_of_a_course_and_in_one_cohort_arrives_so(bridged: World) -> None:
    bridged.write_many(
        "INSERT INTO course_groups_courseusergroup_users (courseusergroup_id, user_id)"
        " VALUES (%s, %s)",
        [(6, ADA), (999_999, ADA)],
    )

    assert_equal(bridged)

    roster = "SELECT cohort_id FROM cohorts_rosterentry WHERE user_id = %s ORDER BY cohort_id"
    placed = "SELECT cohort_id FROM cohorts_placement WHERE user_id = %s"
    assert bridged.rows(roster, ADA) == [(5,), (6,), (999_999,)]
    assert bridged.rows(placed, ADA) == [(5,)]

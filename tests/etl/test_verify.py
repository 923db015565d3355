"""Verify finds planted differences, all of them, and nothing else."""

import json

import pytest

from tests.etl.world import World, on_both_servers

ADA = 7
UGLY_USERS = (
    ("zero date", "UPDATE auth_user SET date_joined = '0000-00-00 00:00:00' WHERE id = 7"),
    ("no day", "UPDATE auth_user SET last_login = '2015-00-10 00:00:00' WHERE id = 7"),
    ("not boolean", "UPDATE auth_user SET is_staff = 2 WHERE id = 7"),
    ("trailing space", "UPDATE auth_user SET first_name = 'Ada ' WHERE id = 7"),
    ("NUL", "UPDATE auth_user SET last_name = CONCAT('a', CHAR(0), 'b') WHERE id = 7"),
    ("backslash", r"UPDATE auth_user SET first_name = 'a\\b\tc\nd' WHERE id = 7"),
    ("accents", "UPDATE auth_user SET first_name = 'Zoë Åström' WHERE id = 7"),
    ("empty", "UPDATE auth_userprofile SET gender = '', bio = NULL WHERE user_id = 7"),
    ("tiny double", "UPDATE course_overviews_courseoverview SET days_early_for_beta = 1.5e-7"),
    ("huge double", "UPDATE course_overviews_courseoverview SET days_early_for_beta = 2.5e19"),
    ("decimal", "UPDATE course_overviews_courseoverview SET lowest_passing_grade = 0.5"),
)

PLANTED = """
    UPDATE identity_user SET first_name = first_name || ' ' WHERE id = 7;
    UPDATE enrollment_enrollment SET enrolled_at = enrolled_at + interval '1 microsecond'
        WHERE id = (SELECT min(id) FROM enrollment_enrollment);
    UPDATE catalog_course SET invitation_only = NOT invitation_only WHERE key = 'edX/toy/2012_Fall';
    DELETE FROM identity_preference WHERE id = (SELECT max(id) FROM identity_preference);
    INSERT INTO auth_group (id, name) VALUES (900000, 'surplus');
"""


def test_recorded_rows_are_equal_on_both_sides(bridged: World) -> None:
    outcome = bridged.etl("verify")

    assert (outcome.code, outcome.errors) == (0, "")
    assert outcome.output.splitlines()[-1].endswith("both sides are equal")


@on_both_servers
@pytest.mark.parametrize("statement", [s for _, s in UGLY_USERS], ids=[n for n, _ in UGLY_USERS])
def test_ugly_values_that_a_rule_converted_count_as_equal(bridged: World, statement: str) -> None:
    bridged.write(statement)
    bridged.caught_up()

    assert bridged.etl("verify").code == 0


@on_both_servers
def test_each_planted_difference_is_named_with_its_row_and_column(bridged: World) -> None:
    bridged.modern.execute("SET bridge.origin = 'legacy'")
    bridged.modern.execute(PLANTED)

    outcome = bridged.etl("verify", "--json")

    found = json.loads(outcome.output)
    named = {
        table: [(d["kind"], d["columns"]) for d in verified["divergences"]]
        for table, verified in found.items()
        if verified["divergences"]
    }
    assert outcome.code == 1
    assert named == {
        "auth_user": [("different", ["first_name"])],
        "student_courseenrollment": [("different", ["created"])],
        "course_overviews_courseoverview": [("different", ["invitation_only"])],
        "user_api_userpreference": [("missing in modern", [])],
        "auth_group": [("missing in legacy", [])],
    }


def test_a_difference_is_printed_without_its_values(bridged: World) -> None:
    bridged.modern.execute("SET bridge.origin = 'legacy'")
    bridged.modern.execute("UPDATE identity_user SET email = 'planted@example.com' WHERE id = 7")

    outcome = bridged.etl("verify", "--tables", "auth_user")

    assert "  7: different in email" in outcome.output.splitlines()
    assert "planted" not in outcome.output


def test_a_row_that_is_only_on_its_way_is_not_reported(bridged: World) -> None:
    follower = bridged.etl_process("follow")
    try:
        assert follower.stdout is not None
        assert "following" in follower.stdout.readline()
        for round_ in range(20):
            bridged.write("UPDATE auth_user SET first_name = %s WHERE id = 7", f"round {round_}")
            assert bridged.etl("verify", "--tables", "auth_user").code == 0
    finally:
        follower.terminate()
        follower.communicate(timeout=20)


def test_a_row_that_was_set_aside_is_counted_and_not_called_different(bridged: World) -> None:
    bridged.write("UPDATE auth_user SET first_name = 'set aside' WHERE id = 7")
    bridged.modern.execute(
        "INSERT INTO bridge.set_aside (source, key, reason, original) VALUES"
        " ('auth_user', '7', 'for this test', '{}')"
    )

    outcome = bridged.etl("verify", "--tables", "auth_user")

    assert outcome.code == 0
    assert "1 set aside" in outcome.output


def test_ranges_cover_every_key_once(bridged: World) -> None:
    bridged.write_many(
        "INSERT INTO auth_group (name) VALUES (%s)", [(f"group {n}",) for n in range(57)]
    )
    bridged.caught_up()
    ((last,),) = bridged.legacy_rows("SELECT MAX(id) FROM auth_group")
    bridged.modern.execute("SET bridge.origin = 'legacy'")
    bridged.modern.execute("UPDATE auth_group SET name = 'planted' WHERE id = %s", (last,))

    outcome = bridged.etl("verify", "--tables", "auth_group", "--chunk", "10")

    assert f"  {last}: different in name" in outcome.output.splitlines()
    assert "1 rows differ" in outcome.output

"""Verify finds planted differences, all of them, and nothing else."""

import json
import zlib
from contextlib import closing

import pytest

from etl import mysql, postgres
from etl.mysql import Source
from etl.postgres import Target
from etl.stopping import Stop
from etl.tables import BY_SOURCE
from etl.verification import digest
from etl.verification.sides import LegacySide, ModernSide, Range
from etl.verification.totals import Total, compare
from etl.verification.verifying import Options, Pass
from tests.etl.world import World, on_every_server

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


@on_every_server
@pytest.mark.parametrize("statement", [s for _, s in UGLY_USERS], ids=[n for n, _ in UGLY_USERS])
def test_ugly_values_that_a_rule_converted_count_as_equal(bridged: World, statement: str) -> None:
    bridged.write(statement)
    bridged.caught_up()

    assert bridged.etl("verify").code == 0


@on_every_server
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


def test_a_row_that_is_only_on_its_way_is_not_reported(
    bridged: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("etl.settling.PATIENCE_SECONDS", 60.0)
    follower = bridged.etl_process("follow")
    try:
        assert follower.stdout is not None
        assert "following" in follower.stdout.readline()
        for round_ in range(20):
            bridged.write("UPDATE auth_user SET first_name = %s WHERE id = 7", f"round {round_}")
            assert bridged.etl("verify", "--tables", "auth_user").code == 0
    finally:
        follower.terminate()
        follower.communicate(timeout=60)


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


def damage(world: World) -> None:
    """Plant differences as if somebody had written around the bridge."""
    with world.modern.transaction():
        world.modern.execute("SET LOCAL bridge.origin = 'legacy'")
        world.modern.execute(PLANTED)


def test_repair_reads_what_differs_anew_and_verifies_it_again(bridged: World) -> None:
    damage(bridged)

    outcome = bridged.etl("verify", "--repair")

    assert (outcome.code, outcome.errors) == (0, "")
    assert outcome.output.splitlines()[-1].endswith("5 repaired: both sides are equal")
    assert bridged.etl("verify").code == 0


def test_repair_is_done_by_the_follower_that_runs(bridged: World) -> None:
    damage(bridged)
    follower = bridged.etl_process("follow")
    try:
        assert follower.stdout is not None
        assert "following" in follower.stdout.readline()
        outcome = bridged.etl("verify", "--repair")
    finally:
        follower.terminate()
        follower.communicate(timeout=60)

    assert (outcome.code, outcome.errors) == (0, "")
    assert bridged.rows("SELECT sum(copied), sum(deleted) FROM bridge.recopy") == [(5, 1)]


def test_repair_leaves_alone_what_modern_wrote_and_legacy_lacks(bridged: World) -> None:
    bridged.modern.execute("INSERT INTO auth_group (id, name) VALUES (900000, 'on its way')")

    outcome = bridged.etl("verify", "--repair", "--tables", "auth_group")

    assert outcome.code == 1
    assert "  900000: missing in legacy" in outcome.output.splitlines()
    assert bridged.value("SELECT name FROM auth_group WHERE id = 900000") == "on its way"


def test_a_follower_can_start_after_a_repair(bridged: World) -> None:
    damage(bridged)
    assert bridged.etl("verify", "--repair").code == 0

    bridged.caught_up()


def test_totals_name_the_groups_that_differ(bridged: World) -> None:
    with bridged.modern.transaction():
        bridged.modern.execute("SET LOCAL bridge.origin = 'legacy'")
        bridged.modern.execute("UPDATE identity_user SET is_active = false WHERE id = 7")

    outcome = bridged.etl("verify", "--quick", "--tables", "auth_user")

    ((rows, active),) = bridged.legacy_rows("SELECT COUNT(*), SUM(is_active) FROM auth_user")
    assert outcome.code == 1
    assert (
        f"  users: {rows} rows, {active} is_active in legacy, "
        f"{rows} rows, {int(str(active)) - 1} is_active in modern"
    ) in outcome.output.splitlines()


def test_totals_tell_courses_apart_that_differ_in_case_only(bridged: World) -> None:
    bridged.write(
        "INSERT INTO student_courseenrollment (user_id, course_id, created, is_active, mode)"
        " VALUES (1, 'Case/A/1', NULL, 1, 'audit'), (3, 'case/a/1', NULL, 1, 'audit')"
    )
    bridged.caught_up()

    assert bridged.etl("verify", "--quick", "--tables", "student_courseenrollment").code == 0


def test_totals_tell_courses_apart_that_have_one_checksum(bridged: World) -> None:
    assert zlib.crc32(b"plumless") == zlib.crc32(b"buckeroo")
    bridged.write(
        "INSERT INTO student_courseenrollment (user_id, course_id, created, is_active, mode)"
        " VALUES (1, 'plumless', NULL, 1, 'audit'), (3, 'buckeroo', NULL, 1, 'audit')"
    )
    bridged.caught_up()

    assert bridged.etl("verify", "--quick", "--tables", "student_courseenrollment").code == 0


def test_totals_tell_no_value_from_an_empty_one(bridged: World) -> None:
    bridged.write("UPDATE auth_userprofile SET gender = IF(user_id < 5, '', NULL)")
    bridged.caught_up()
    total = Total("profiles", "auth_userprofile", by=("gender",))
    table = BY_SOURCE["auth_userprofile"]
    bridged.modern.execute("SET bridge.origin = 'legacy'")
    with closing(mysql.connect(bridged.settings.legacy)) as legacy:
        assert compare(total, table, Source(legacy), bridged.modern) == []
        bridged.modern.execute("UPDATE identity_profile SET gender = '' WHERE user_id = 7")
        unequal = compare(total, table, Source(legacy), bridged.modern)

    assert [one.group for one in unequal] == [(None,), ("",)]


@on_every_server
def test_equal_rows_have_equal_digests_one_by_one_and_together(bridged: World) -> None:
    table = BY_SOURCE["auth_user"]
    ids = [int(str(key)) for (key,) in bridged.rows("SELECT id FROM identity_user ORDER BY id")]
    with closing(mysql.connect(bridged.settings.legacy)) as connection:
        source = Source(connection)
        legacy = LegacySide(source, table, digest.legacy(table, source.columns(table.source)))
        modern = ModernSide(bridged.modern, table, digest.modern(table))
        for part in (Range(None, None), *(Range(number - 1, number) for number in ids)):
            assert legacy.summary(part) == modern.summary(part)
            assert legacy.rows(part) == modern.rows(part)


def test_a_difference_is_none_of_how_a_database_likes_to_spell(bridged: World) -> None:
    name = bridged.value("SELECT current_database()")
    for setting in ("DateStyle = 'SQL, DMY'", "extra_float_digits = -9", "TimeZone = 'Asia/Tokyo'"):
        bridged.modern.execute(f'ALTER DATABASE "{name}" SET {setting}')

    assert bridged.etl("verify").code == 0


def test_a_moment_that_legacy_cannot_have_is_none_of_no_moment(bridged: World) -> None:
    bridged.write("UPDATE auth_user SET last_login = NULL WHERE id = 7")
    bridged.caught_up()
    bridged.modern.execute("SET bridge.origin = 'legacy'")
    bridged.modern.execute("UPDATE identity_user SET last_login = 'infinity' WHERE id = 7")

    outcome = bridged.etl("verify", "--tables", "auth_user")

    assert "  7: different in last_login" in outcome.output.splitlines()


def test_a_sum_is_compared_as_well_as_the_rows(bridged: World) -> None:
    total = Total("learners", "student_courseenrollment", by=("mode",), sums=("user_id",))
    table = BY_SOURCE["student_courseenrollment"]
    bridged.modern.execute("SET bridge.origin = 'legacy'")
    with closing(mysql.connect(bridged.settings.legacy)) as legacy:
        assert compare(total, table, Source(legacy), bridged.modern) == []
        bridged.modern.execute(
            "UPDATE enrollment_enrollment SET user_id = user_id + 1000"
            " WHERE id = (SELECT min(id) FROM enrollment_enrollment WHERE mode = 'honor')"
        )
        (unequal,) = compare(total, table, Source(legacy), bridged.modern)

    assert (unequal.total, unequal.group) == ("learners", ("honor",))
    rows, _, sum_ = unequal.legacy.removesuffix(" user_id").partition(" rows, ")
    assert unequal.modern == f"{rows} rows, {float(sum_) + 1000:.6f} user_id"


def test_a_quick_pass_finds_missing_rows_but_does_not_look_into_them(bridged: World) -> None:
    damage(bridged)

    outcome = bridged.etl("verify", "--quick", "--json")

    found = json.loads(outcome.output)
    named = {
        table: [divergence["kind"] for divergence in verified["divergences"]]
        for table, verified in found.items()
        if verified["divergences"]
    }
    assert named == {
        "user_api_userpreference": ["missing in modern"],
        "auth_group": ["missing in legacy"],
    }
    assert bridged.rows("SELECT * FROM bridge.verified") == []


def test_status_says_how_fresh_each_table_is(bridged: World) -> None:
    before = bridged.value("SELECT clock_timestamp()")
    with bridged.modern.transaction():
        bridged.modern.execute("SET LOCAL bridge.origin = 'legacy'")
        bridged.modern.execute("UPDATE identity_user SET first_name = 'no' WHERE id = 7")
    assert bridged.etl("verify", "--tables", "auth_user", "auth_group").code == 1

    rows = bridged.rows(
        "SELECT source, different FROM bridge.verified WHERE verified_at > %s ORDER BY source",
        before,
    )
    lines = bridged.etl("status").output.splitlines()
    metrics = bridged.etl("status", "--prometheus").output
    assert rows == [("auth_group", 0), ("auth_user", 1)]
    assert [line for line in lines if line.startswith("verify: 2 of ")] != []
    assert 'etl_rows_different{table="auth_user"} 1' in metrics.splitlines()
    assert 'etl_verified_timestamp_seconds{table="auth_group"} ' in metrics


def test_a_row_that_is_set_aside_during_a_pass_is_no_divergence(bridged: World) -> None:
    bridged.write("INSERT INTO auth_group (id, name) VALUES (9001, 'a'), (9003, 'b')")
    bridged.caught_up()
    with (
        closing(mysql.connect(bridged.settings.legacy)) as legacy,
        closing(postgres.connect(bridged.settings.modern)) as modern,
    ):
        table = BY_SOURCE["auth_group"]
        one = Pass(Source(legacy), Target(modern), table, Options(chunk=1), Stop(), settle=int)
        parts = one.parts()
        first = next(parts)
        with bridged.modern.transaction():
            bridged.modern.execute("SET LOCAL bridge.origin = 'legacy'")
            bridged.modern.execute("DELETE FROM auth_group WHERE id = 9003")
        bridged.modern.execute(
            "INSERT INTO bridge.set_aside (source, key, reason, original)"
            " VALUES ('auth_group', '9003', 'for this test', '{}')"
        )
        total = sum(parts, first)

    assert (total.divergences, total.set_aside) == ((), 1)

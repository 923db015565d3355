"""Modern writes reach legacy once, and meet legacy's own writes without losing either silently."""

from contextlib import closing

import psycopg
import pytest

from etl.back.policies import Policies, Policy
from etl.back.write_back import Carried, WriteBack
from etl.errors import AlreadyRunning, OutboxReplaced
from etl.stopping import Stop
from tests.etl.world import World, on_every_server, wait_until

VER101 = "course-v1:LabU+VER101+2016_T3"
CAT03 = "course-v1:LabU+CAT03+2016"
ADA = 7
LEGACY_MODE = "SELECT mode FROM student_courseenrollment WHERE id = {}"


def start(world: World, policy: Policy = Policy.LEGACY) -> WriteBack:
    return WriteBack.start(
        world.settings,
        policies=Policies(policy),
        until_empty=True,
        stop=Stop(),
        report=lambda _: None,
    )


def write_back(world: World, policy: Policy = Policy.LEGACY) -> Carried:
    """Carry all that modern wrote so far."""
    carried = [Carried()]
    with closing(start(world, policy)) as worker:
        worker.report = carried.append
        worker.run(Stop())
    return sum(carried, Carried())


def enroll_in_modern(world: World, key: str = "DEFAULT") -> int:
    return int(
        str(
            world.value(
                "INSERT INTO enrollment_enrollment"
                " (id, user_id, course_key, enrolled_at, active, mode)"
                f" VALUES ({key}, %s, %s, '2026-01-02 03:04:05.678901+00', true, 'audit')"
                " RETURNING id",
                ADA,
                CAT03,
            )
        )
    )


def an_enrollment(world: World) -> int:
    query = "SELECT id FROM enrollment_enrollment WHERE user_id = %s AND course_key = %s"
    return int(str(world.value(query, ADA, VER101)))


def set_legacy_mode(world: World, key: int, mode: str) -> None:
    world.write("UPDATE student_courseenrollment SET mode = %s WHERE id = %s", mode, key)


def set_modern_mode(world: World, key: int, mode: str) -> None:
    world.modern.execute("UPDATE enrollment_enrollment SET mode = %s WHERE id = %s", (mode, key))


def modes(world: World, key: int) -> tuple[object, object]:
    ((legacy,),) = world.legacy_rows(LEGACY_MODE.format(key))
    return legacy, world.value("SELECT mode FROM enrollment_enrollment WHERE id = %s", key)


def is_equal(world: World) -> bool:
    return world.etl("verify").code == 0


@on_every_server
def test_a_modern_enrolment_appears_in_legacy_with_an_even_id(bridged: World) -> None:
    key = enroll_in_modern(bridged)

    assert write_back(bridged) == Carried(upto=1, written=1)

    stored = "SELECT mode, is_active, CAST(created AS CHAR) FROM student_courseenrollment"
    assert bridged.legacy_rows(f"{stored} WHERE id = {key}") == [
        ("audit", 1, "2026-01-02 03:04:05.678901")
    ]
    assert key % 2 == 0


@on_every_server
def test_the_echo_of_a_modern_write_changes_nothing_and_is_not_sent_again(bridged: World) -> None:
    enroll_in_modern(bridged)
    write_back(bridged)

    bridged.caught_up()

    assert write_back(bridged) == Carried()
    assert bridged.value("SELECT count(*) FROM bridge.outbox") == 1
    assert is_equal(bridged)


def test_what_the_follower_writes_never_enters_the_outbox(bridged: World) -> None:
    set_legacy_mode(bridged, an_enrollment(bridged), "honor")

    bridged.caught_up()

    assert modes(bridged, an_enrollment(bridged)) == ("honor", "honor")
    assert bridged.value("SELECT count(*) FROM bridge.outbox") == 0


def test_a_deletion_in_modern_deletes_in_legacy(bridged: World) -> None:
    key = bridged.value("SELECT id FROM identity_preference WHERE user_id = %s LIMIT 1", ADA)
    bridged.modern.execute("DELETE FROM identity_preference WHERE id = %s", (key,))

    assert write_back(bridged).written == 1
    assert bridged.legacy_rows(f"SELECT id FROM user_api_userpreference WHERE id = {key}") == []


def test_a_row_that_others_in_legacy_hang_on_is_not_deleted_but_restored(bridged: World) -> None:
    key = an_enrollment(bridged)
    bridged.modern.execute("DELETE FROM enrollment_enrollment WHERE id = %s", (key,))

    assert write_back(bridged).conflicts == 1

    assert modes(bridged, key) == ("verified", "verified")
    assert bridged.rows("SELECT policy, op FROM bridge.conflict") == [("refused by legacy", "D")]


def test_changes_of_different_columns_on_both_sides_both_stand(bridged: World) -> None:
    key = an_enrollment(bridged)
    bridged.write("UPDATE student_courseenrollment SET is_active = 0 WHERE id = %s", key)
    set_modern_mode(bridged, key, "honor")

    assert write_back(bridged).written == 1
    bridged.caught_up()

    active = bridged.value("SELECT active FROM enrollment_enrollment WHERE id = %s", key)
    assert (modes(bridged, key), active) == (("honor", "honor"), False)


@on_every_server
@pytest.mark.parametrize(
    ("policy", "winner"), [(Policy.LEGACY, "professional"), (Policy.MODERN, "honor")]
)
def test_a_conflict_is_settled_by_policy_and_recorded_with_three_images(
    bridged: World, policy: Policy, winner: str
) -> None:
    key = an_enrollment(bridged)
    (was, _) = modes(bridged, key)
    set_legacy_mode(bridged, key, "professional")
    set_modern_mode(bridged, key, "honor")

    assert write_back(bridged, policy).conflicts == 1
    bridged.caught_up()

    assert modes(bridged, key) == (winner, winner)
    assert bridged.rows(
        "SELECT policy, legacy ->> 'mode', before ->> 'mode', after ->> 'mode' FROM bridge.conflict"
    ) == [(str(policy), "professional", was, "honor")]


def test_a_value_that_comes_back_is_not_taken_for_untouched(bridged: World) -> None:
    key = an_enrollment(bridged)
    (was, _) = modes(bridged, key)
    set_modern_mode(bridged, key, "professional")
    set_legacy_mode(bridged, key, "honor")
    set_legacy_mode(bridged, key, str(was))

    bridged.caught_up()
    write_back(bridged)
    bridged.caught_up()

    assert modes(bridged, key) == ("professional", "professional")


def test_two_enrolments_of_one_learner_on_both_sides_leave_legacys(bridged: World) -> None:
    bridged.write(
        "INSERT INTO student_courseenrollment (user_id, course_id, created, is_active, mode)"
        " VALUES (%s, %s, '2026-01-01', 1, 'honor')",
        ADA,
        CAT03,
    )
    key = enroll_in_modern(bridged)

    assert write_back(bridged).conflicts == 1
    bridged.caught_up()

    assert bridged.rows("SELECT policy, key FROM bridge.conflict") == [
        ("refused by legacy", str(key))
    ]
    assert bridged.rows(
        "SELECT mod(id, 2), mode FROM enrollment_enrollment WHERE user_id = %s AND course_key = %s",
        ADA,
        CAT03,
    ) == [(1, "honor")]


@on_every_server
def test_text_that_legacy_cannot_hold_is_kept_on_record_and_readable_there(
    bridged: World,
) -> None:
    bridged.modern.execute(
        "UPDATE identity_profile SET bio = 'smile \N{GRINNING FACE}' WHERE user_id = %s", (ADA,)
    )

    assert write_back(bridged) == Carried(upto=1, written=1)
    bridged.caught_up()

    assert bridged.rows("SELECT policy, after ->> 'bio' FROM bridge.conflict") == [
        ("not representable: bio", "smile \N{GRINNING FACE}")
    ]
    bio = "SELECT bio FROM auth_userprofile WHERE user_id = {}"
    assert bridged.legacy_rows(bio.format(ADA)) == [("smile ?",)]
    assert is_equal(bridged)


def test_numbers_and_moments_that_legacy_does_not_have_stop_nothing(bridged: World) -> None:
    bridged.modern.execute(
        "UPDATE catalog_course SET passing_grade = 'NaN' WHERE key = %s", (CAT03,)
    )
    bridged.modern.execute("UPDATE identity_user SET last_login = 'infinity' WHERE id = %s", (ADA,))

    assert write_back(bridged) == Carried(upto=2, written=1, conflicts=1)
    bridged.caught_up()

    assert bridged.rows("SELECT seq, policy FROM bridge.conflict ORDER BY id") == [
        (1, "not representable: lowest_passing_grade"),
        (1, "refused by legacy"),
        (2, "not representable: last_login"),
    ]
    assert is_equal(bridged)


@on_every_server
def test_what_a_strict_legacy_refuses_is_restored(bridged: World) -> None:
    (was,) = bridged.rows("SELECT date_joined FROM identity_user WHERE id = %s", ADA)
    bridged.modern.execute("UPDATE identity_user SET date_joined = 'epoch' WHERE id = %s", (ADA,))

    with closing(start(bridged)) as worker:
        # Legacy's zero date stands for the epoch, and this mode forbids it.
        with worker.legacy.cursor() as cursor:
            cursor.execute("SET SESSION sql_mode = 'TRADITIONAL'")
        worker.run(Stop())

    assert bridged.rows("SELECT policy FROM bridge.conflict") == [("refused by legacy",)]
    assert bridged.rows("SELECT date_joined FROM identity_user WHERE id = %s", ADA) == [was]


def test_what_legacy_alters_unforeseen_is_noticed_by_its_warning(bridged: World) -> None:
    key = an_enrollment(bridged)
    with closing(start(bridged)) as worker:
        set_modern_mode(bridged, key, "honor")
        wait_until(lambda: worker.step() is not None)
        bridged.write("ALTER TABLE student_courseenrollment MODIFY mode varchar(5) NOT NULL")
        set_modern_mode(bridged, key, "professional")
        wait_until(lambda: worker.step() is not None)

    assert bridged.rows("SELECT policy, after ->> 'mode' FROM bridge.conflict") == [
        ("altered by legacy", "professional")
    ]
    assert bridged.legacy_rows(LEGACY_MODE.format(key)) == [("profe",)]


def test_an_entry_of_a_transaction_that_is_still_open_is_not_passed_over(bridged: World) -> None:
    with psycopg.connect(bridged.settings.modern) as slow:
        slow.execute("UPDATE identity_user SET first_name = 'Slow' WHERE id = %s", (ADA,))
        key = enroll_in_modern(bridged)
        with closing(start(bridged)) as worker:
            assert [worker.step() for _ in range(3)] == [None, None, None]
        slow.commit()

    assert write_back(bridged).written == 2
    assert bridged.legacy_rows(LEGACY_MODE.format(key)) == [("audit",)]


def test_a_transaction_that_was_rolled_back_leaves_a_gap_that_holds_nothing_up(
    bridged: World,
) -> None:
    with psycopg.connect(bridged.settings.modern) as undone:
        undone.execute("UPDATE identity_user SET first_name = 'Undone' WHERE id = %s", (ADA,))
        undone.rollback()
    enroll_in_modern(bridged)

    assert write_back(bridged) == Carried(upto=2, written=1)


def test_a_second_worker_is_refused_and_told_why(bridged: World) -> None:
    with closing(start(bridged)), pytest.raises(AlreadyRunning, match="etl write-back"):
        start(bridged)


def test_a_modern_database_that_went_back_in_time_is_noticed(bridged: World) -> None:
    bridged.write("UPDATE bridge_origin SET last_seq = 5000 WHERE id = 1")
    enroll_in_modern(bridged)

    with pytest.raises(OutboxReplaced, match="5000"):
        write_back(bridged)


def test_installing_again_goes_on_behind_what_legacy_contains(bridged: World) -> None:
    bridged.write("UPDATE bridge_origin SET last_seq = 5000 WHERE id = 1")

    assert bridged.etl("install").code == 0
    enroll_in_modern(bridged)

    assert write_back(bridged) == Carried(upto=5001, written=1)

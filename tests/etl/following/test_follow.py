"""Following the log: every change arrives once, in whole transactions, and nothing else does."""

import itertools
import random
import signal
import threading
import time

from etl.following.follow import Options, follow
from etl.stopping import Stop
from tests.etl.world import RECORDED, World, on_every_server, wait_until

ENROL = (
    "INSERT INTO student_courseenrollment (id, user_id, course_id, created, is_active, mode)"
    " VALUES (%s, %s, %s, %s, %s, %s)"
)
GROUPS = "SELECT id, name FROM auth_group ORDER BY id"


@on_every_server
def test_inserts_updates_and_deletes_arrive(bridged: World) -> None:
    bridged.write("INSERT INTO auth_group (id, name) VALUES (9001, 'a'), (9003, 'b'), (9005, 'c')")
    bridged.write("UPDATE auth_group SET name = 'changed' WHERE id = 9003")
    bridged.write("DELETE FROM auth_group WHERE id = 9005")

    bridged.caught_up()

    assert bridged.rows(GROUPS) == bridged.legacy_rows(GROUPS)
    assert bridged.value("SELECT name FROM auth_group WHERE id = 9003") == "changed"
    assert bridged.value("SELECT count(*) FROM bridge.outbox") == 0


def test_a_changed_key_leaves_no_old_row(bridged: World) -> None:
    bridged.write("INSERT INTO auth_group (id, name) VALUES (9001, 'a')")
    bridged.caught_up()
    bridged.write("UPDATE auth_group SET id = 9007 WHERE id = 9001")

    bridged.caught_up()

    assert bridged.rows("SELECT id, name FROM auth_group WHERE id > 9000") == [(9007, "a")]


@on_every_server
def test_unique_values_may_change_places_in_one_batch(bridged: World) -> None:
    bridged.write("INSERT INTO auth_group (id, name) VALUES (9001, 'a'), (9003, 'b')")
    bridged.caught_up()
    for name, key in (("x", 9001), ("a", 9003), ("b", 9001)):
        bridged.write("UPDATE auth_group SET name = %s WHERE id = %s", name, key)

    bridged.caught_up()

    assert bridged.rows("SELECT id, name FROM auth_group WHERE id > 9000 ORDER BY id") == [
        (9001, "b"),
        (9003, "a"),
    ]
    assert bridged.rows("SELECT * FROM bridge.set_aside") == []


@on_every_server
def test_ugly_values_are_treated_as_in_the_snapshot(bridged: World) -> None:
    bridged.write(ENROL, 9001, 1, "a\0b", "0000-00-00", 2, "x\ty\\é")
    bridged.write("UPDATE auth_user SET date_joined = '2015-02-00' WHERE id = 1")

    bridged.caught_up()

    assert bridged.rows(
        "SELECT course_key, enrolled_at, active, mode FROM enrollment_enrollment WHERE id = 9001"
    ) == [("a\u2400b", None, True, "x\ty\\é")]
    assert str(bridged.value("SELECT date_joined FROM identity_user WHERE id = 1"))[:4] == "1970"
    assert bridged.value("SELECT sum(count) FROM bridge.quality") == 4


def test_a_second_pass_over_the_same_log_changes_nothing(bridged: World) -> None:
    before = bridged.rows('SELECT file, "offset" FROM bridge.position')
    bridged.write("INSERT INTO auth_group (id, name) VALUES (9001, 'a')")
    bridged.caught_up()
    versions = bridged.rows("SELECT id, xmin::text FROM auth_group ORDER BY id")
    bridged.modern.execute('UPDATE bridge.position SET file = %s, "offset" = %s', before[0])

    bridged.caught_up()

    assert bridged.rows("SELECT id, xmin::text FROM auth_group ORDER BY id") == versions


def test_a_modern_write_on_its_way_is_not_overwritten_until_legacy_contains_it(
    bridged: World,
) -> None:
    bridged.write("INSERT INTO auth_group (id, name) VALUES (9001, 'a')")
    bridged.caught_up()
    bridged.modern.execute("UPDATE auth_group SET name = 'modern' WHERE id = 9001")
    bridged.write("UPDATE auth_group SET name = 'legacy' WHERE id = 9001")

    bridged.caught_up()
    assert bridged.value("SELECT name FROM auth_group WHERE id = 9001") == "modern"

    seq = bridged.value("SELECT max(seq) FROM bridge.outbox")
    with bridged.legacy.cursor() as cursor:
        cursor.execute("UPDATE auth_group SET name = 'modern, back' WHERE id = 9001")
        cursor.execute("UPDATE bridge_origin SET last_seq = %s", (seq,))
    bridged.legacy.commit()
    bridged.caught_up()

    assert bridged.value("SELECT name FROM auth_group WHERE id = 9001") == "modern, back"
    assert bridged.value("SELECT acked FROM bridge.position") == seq
    assert bridged.value("SELECT count(*) FROM bridge.outbox") == 1


def test_a_modern_writer_that_has_not_committed_is_waited_for(bridged: World) -> None:
    bridged.write("INSERT INTO auth_group (id, name) VALUES (9001, 'a')")
    bridged.caught_up()
    bridged.write("UPDATE auth_group SET name = 'legacy' WHERE id = 9001")
    with bridged.modern.transaction():
        bridged.modern.execute("UPDATE auth_group SET name = 'modern' WHERE id = 9001")
        process = bridged.etl_process("follow", "--until-caught-up")
        wait_until(lambda: is_waited_for(bridged))
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")

    assert bridged.value("SELECT name FROM auth_group WHERE id = 9001") == "modern"


def is_waited_for(world: World) -> bool:
    # pg_stat_activity would stand still within this connection's transaction.
    return bool(
        world.rows("SELECT FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))")
    )


@on_every_server
def test_a_transaction_larger_than_a_batch_and_a_piece_arrives(bridged: World) -> None:
    count = 45_000
    bridged.write_many(ENROL, [(9001 + 2 * n, n, "c", None, 1, "audit") for n in range(count)])

    bridged.caught_up()

    assert bridged.value("SELECT count(*) FROM enrollment_enrollment WHERE id > 9000") == count


@on_every_server
def test_statements_with_savepoints_and_other_databases_tables_do_not_disturb(
    bridged: World,
) -> None:
    with bridged.legacy.cursor() as cursor:
        cursor.execute("SAVEPOINT a")
        cursor.execute("INSERT INTO auth_group (id, name) VALUES (9001, 'rolled back')")
        cursor.execute("ROLLBACK TO SAVEPOINT a")
        cursor.execute("INSERT INTO auth_group (id, name) VALUES (9003, 'kept')")
        cursor.execute("SAVEPOINT b")
    bridged.legacy.commit()
    bridged.write("CREATE TABLE unmapped (id int PRIMARY KEY, g int REFERENCES auth_group (id))")
    bridged.write("INSERT INTO unmapped VALUES (1, 1)")
    bridged.write("DROP TABLE unmapped")

    bridged.caught_up()

    assert bridged.rows("SELECT id FROM auth_group WHERE id > 9000") == [(9003,)]


def test_changes_to_a_table_that_was_not_copied_wait_for_its_snapshot(world: World) -> None:
    assert world.etl("install").code == 0
    assert world.etl("backfill", "--tables", "auth_user").code == 0
    world.write("INSERT INTO auth_group (id, name) VALUES (9001, 'a')")

    world.caught_up()
    assert world.rows("SELECT id FROM auth_group") == []
    assert world.etl("backfill").code == 0
    world.write("UPDATE auth_group SET name = 'b' WHERE id = 9001")
    world.caught_up()

    assert world.rows(GROUPS) == world.legacy_rows(GROUPS)


def test_the_snapshot_and_the_log_converge_while_legacy_is_written(world: World) -> None:
    assert world.etl("install").code == 0
    world.write_many(ENROL, [(9001 + 2 * n, n, "c", None, 1, "audit") for n in range(3000)])
    process = world.etl_process("backfill", "--chunk", "50")
    numbers = random.Random(1)
    while process.poll() is None:
        scribble(world, numbers, next(STAMPS))
    process.communicate()
    assert process.returncode == 0

    world.caught_up()

    assert_equal_enrolments(world)


def test_a_follower_that_is_killed_again_and_again_loses_and_repeats_nothing(
    bridged: World,
) -> None:
    bridged.write_many(ENROL, [(9001 + 2 * n, n, "c", None, 1, "audit") for n in range(500)])
    keep_a_ledger(bridged)
    dawdle(bridged)
    numbers, kills, written = random.Random(2), 0, 0
    for _ in range(5):
        process = bridged.etl_process("follow")
        begin = time.monotonic() + numbers.uniform(0.1, 0.8)
        seen = progress(bridged)
        while time.monotonic() < begin or progress(bridged) == seen:
            written += scribble(bridged, numbers, next(STAMPS))
            seen = progress(bridged) if time.monotonic() < begin else seen
        process.kill()
        process.communicate()
        kills += 1

    bridged.caught_up()

    assert kills == 5
    assert_equal_enrolments(bridged)
    # Every write has a stamp of its own: one that was applied twice would be in the ledger twice.
    assert bridged.value("SELECT count(*) - count(DISTINCT (id, mode, active)) FROM ledger") == 0
    assert bridged.value("SELECT count(*) FROM bridge.outbox") == 0
    assert written > 0


STAMPS = itertools.count(1)


def scribble(world: World, numbers: random.Random, stamp: int) -> int:
    """One small transaction of legacy: updates, an insert, a delete."""
    with world.legacy.cursor() as cursor:
        for _ in range(3):
            cursor.execute(
                "UPDATE student_courseenrollment SET mode = %s WHERE id = %s",
                (f"{stamp}-{numbers.random()}", 9001 + 2 * numbers.randrange(3000)),
            )
        cursor.execute(
            ENROL, (1 + 2 * numbers.randrange(50_000, 10**8), stamp, "n", None, 1, f"{stamp}")
        )
        cursor.execute(
            "DELETE FROM student_courseenrollment WHERE id = %s",
            (9001 + 2 * numbers.randrange(3000),),
        )
    world.legacy.commit()
    return 5


def keep_a_ledger(world: World) -> None:
    """Note every stored row in the transaction that stores it."""
    world.modern.execute("CREATE TABLE ledger (id bigint, mode text, active boolean)")
    world.modern.execute(
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO ledger VALUES (NEW.id, NEW.mode, NEW.active); RETURN NULL; END $$"
    )
    world.modern.execute(
        "CREATE TRIGGER note AFTER INSERT OR UPDATE ON enrollment_enrollment"
        " FOR EACH ROW EXECUTE FUNCTION note()"
    )


def progress(world: World) -> object:
    """What a follower has committed: a kill follows at once when either half of it moves."""
    return world.rows('SELECT (SELECT count(*) FROM ledger), file, "offset" FROM bridge.position')


def dawdle(world: World) -> None:
    """Let the place and the rows take a while each, so that kills fall between them."""
    world.modern.execute(
        "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM pg_sleep(0.2); RETURN NEW; END $$"
    )
    world.modern.execute(
        "CREATE TRIGGER dawdle BEFORE UPDATE ON bridge.position"
        " FOR EACH ROW EXECUTE FUNCTION dawdle()"
    )
    world.modern.execute(
        "CREATE TRIGGER dawdle BEFORE INSERT ON enrollment_enrollment"
        " FOR EACH STATEMENT EXECUTE FUNCTION dawdle()"
    )


def assert_equal_enrolments(world: World) -> None:
    legacy = world.legacy_rows("SELECT id, user_id, mode FROM student_courseenrollment ORDER BY id")
    assert world.rows("SELECT id, user_id, mode FROM enrollment_enrollment ORDER BY id") == legacy


def test_two_followers_do_not_run_at_the_same_time(bridged: World) -> None:
    first = bridged.etl_process("follow")
    try:
        wait_until(lambda: bridged.etl("status").output.startswith("follow: running"))

        outcome = bridged.etl("follow")

        assert outcome.code == 2
        assert outcome.errors.startswith("etl: another `etl follow` or `etl backfill`")
        assert outcome.errors.count("\n") == 1
    finally:
        first.send_signal(signal.SIGTERM)
        output, errors = first.communicate(timeout=60)
    assert (first.returncode, errors) == (0, "")
    assert output.splitlines()[-1] == "stopped"


def test_sigterm_commits_what_was_read(bridged: World) -> None:
    process = bridged.etl_process("follow")
    wait_until(lambda: bridged.etl("status").output.startswith("follow: running"))
    bridged.write("INSERT INTO auth_group (id, name) VALUES (9001, 'a')")
    wait_until(lambda: bridged.rows("SELECT FROM auth_group WHERE id = 9001") != [])

    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) == (0, "")


def test_a_lost_connection_is_made_again(bridged: World) -> None:
    said: list[str] = []
    stop = Stop()
    worker = threading.Thread(
        target=follow,
        args=(bridged.settings, Options()),
        kwargs={"stop": stop, "report": said.append},
    )
    worker.start()
    wait_until(lambda: begun(said) >= 1)
    for times, kill in enumerate((kill_in_postgresql, kill_in_mariadb), start=2):
        wait_until(lambda kill=kill: kill(bridged))
        wait_until(lambda times=times: begun(said) >= times)
    bridged.write("INSERT INTO auth_group (id, name) VALUES (9001, 'a')")
    wait_until(lambda: bridged.rows("SELECT FROM auth_group WHERE id = 9001") != [])
    stop.request()
    worker.join()

    assert said[0].startswith(f"following {len(RECORDED)} tables from ")
    assert said[1].endswith("; trying again in 0.5 s")


def begun(said: list[str]) -> int:
    """How often a follower began; between two of them it may try more than once."""
    return sum(line.startswith("following ") for line in said)


def kill_in_postgresql(world: World) -> bool:
    return bool(
        world.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'etl' AND datname = current_database()"
        )
    )


def kill_in_mariadb(world: World) -> bool:
    found = world.legacy_rows(
        "SELECT id FROM information_schema.processlist"
        " WHERE command = 'Binlog Dump' AND db = DATABASE()"
    )
    for (number,) in found:
        world.write(f"KILL {number}")
    return bool(found)


def test_a_row_that_another_one_keeps_out_arrives_when_that_one_is_gone(bridged: World) -> None:
    taken = "SELECT user_id, course_key FROM enrollment_enrollment WHERE id = 9002"
    bridged.modern.execute(
        "INSERT INTO enrollment_enrollment (id, user_id, course_key, active, mode)"
        " VALUES (9002, 1, 'both', true, 'audit')"
    )
    bridged.write(ENROL, 9001, 1, "both", None, 1, "honor")
    bridged.write(ENROL, 9003, 1, "other", None, 1, "honor")
    bridged.caught_up()

    assert bridged.rows("SELECT id FROM enrollment_enrollment WHERE id > 9000 ORDER BY id") == [
        (9002,),
        (9003,),
    ]
    ((key, reason, refused),) = bridged.rows("SELECT key, reason, refused FROM bridge.set_aside")
    assert (key, refused) == ("9001", True)
    assert reason.startswith("UniqueViolation 23505 ")

    with bridged.modern.transaction():
        bridged.modern.execute("SET LOCAL bridge.origin = 'legacy'")
        bridged.modern.execute("DELETE FROM enrollment_enrollment WHERE id = 9002")
    bridged.caught_up()

    assert bridged.rows(taken) == []
    assert bridged.value("SELECT mode FROM enrollment_enrollment WHERE id = 9001") == "honor"
    assert bridged.rows("SELECT * FROM bridge.set_aside") == []

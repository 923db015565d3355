"""Copying the recorded rows and uglier ones: at once, in steps, again, beside modern writes."""

import signal

from etl.copying.worker import STAGED_ROWS
from etl.tables import BY_SOURCE
from tests.etl.world import RECORDED, World, wait_until

ENROL = (
    "INSERT INTO student_courseenrollment (id, user_id, course_id, created, is_active, mode)"
    " VALUES (%s, %s, %s, %s, %s, %s)"
)
# So that it is not done before somebody ends it.
SLOWLY = ("backfill", "--tables", "student_courseenrollment", "--max-rate", "500")


def test_every_recorded_row_of_every_table_arrives_with_its_key(bridged: World) -> None:
    for table in RECORDED:
        query = f"SELECT CAST(`{table.key}` AS CHAR) FROM `{table.source}`"
        expected = {key for (key,) in bridged.legacy_rows(query)}
        key = table.key_column.target
        arrived = {str(found) for (found,) in bridged.rows(f"SELECT {key} FROM {table.target}")}
        assert arrived == expected, table.source
    assert bridged.rows("SELECT * FROM bridge.set_aside") == []


def test_values_arrive_as_they_were_recorded(bridged: World) -> None:
    (user,) = bridged.legacy_rows("SELECT * FROM auth_user ORDER BY id LIMIT 1")
    names = [f"{column.target}" for column in BY_SOURCE["auth_user"].columns]
    (arrived,) = bridged.rows(
        f"SELECT {', '.join(names)} FROM identity_user WHERE id = %s", user[0]
    )

    naive = [v.replace(tzinfo=None) if hasattr(v, "tzinfo") else v for v in arrived]
    recorded = [bool(v) if isinstance(a, bool) else v for v, a in zip(user, naive, strict=True)]
    assert naive == recorded


def test_an_ugly_row_is_converted_by_rule_and_counted(world: World) -> None:
    world.write(ENROL, 9001, 1, "a\0b", "0000-00-00", 2, "x\ty\\")

    world.installed()

    assert world.rows(
        "SELECT course_key, enrolled_at, active, mode FROM enrollment_enrollment WHERE id = 9001"
    ) == [("a\u2400b", None, True, "x\ty\\")]
    rules = world.rows(
        "SELECT column_name, rule, count, sample_key FROM bridge.quality"
        " WHERE source = 'student_courseenrollment' ORDER BY 1"
    )
    assert rules == [
        ("course_id", "NUL character", 1, "9001"),
        ("created", "zero date", 1, "9001"),
        ("is_active", "true from neither 0 nor 1", 1, "9001"),
    ]


def test_a_row_that_no_rule_covers_is_set_aside_and_heals_when_it_is_mended(world: World) -> None:
    # Half of a surrogate pair, which MySQL's utf8 lets in.
    world.write(
        "INSERT INTO student_courseenrollment (id, user_id, course_id, is_active, mode)"
        " VALUES (9001, 1, 'c', 1, _utf8mb3 x'EDA08041')"
    )
    world.installed()

    ((key, reason, original),) = world.rows("SELECT key, reason, original FROM bridge.set_aside")
    assert (key, reason) == ("9001", "mode: not valid UTF-8")
    assert original == [b"9001", b"1", b"c", None, b"1", b"\xed\xa0\x80A"]
    assert world.rows("SELECT id FROM enrollment_enrollment WHERE id = 9001") == []

    world.write("UPDATE student_courseenrollment SET mode = 'honor' WHERE id = 9001")
    world.caught_up()

    assert world.value("SELECT mode FROM enrollment_enrollment WHERE id = 9001") == "honor"
    assert world.rows("SELECT * FROM bridge.set_aside") == []


def test_rows_that_postgresql_refuses_are_set_aside_alone(world: World) -> None:
    world.write("ALTER TABLE auth_group MODIFY name varchar(400) NOT NULL")
    world.write_many(
        "INSERT INTO auth_group (id, name) VALUES (%s, %s)",
        [(9001, "good"), (9003, "x" * 300), (9005, "also good")],
    )

    world.installed()

    assert world.rows("SELECT id FROM auth_group WHERE id > 9000 ORDER BY id") == [(9001,), (9005,)]
    assert world.rows("SELECT source, key, reason FROM bridge.set_aside") == [
        ("auth_group", "9003", "StringDataRightTruncation 22001")
    ]


def test_a_limited_backfill_goes_on_where_it_ended(world: World) -> None:
    assert world.etl("install").code == 0
    arguments = ("backfill", "--tables", "auth_user", "--chunk", "2", "--limit", "4")
    expected = world.legacy_rows("SELECT id FROM auth_user ORDER BY id")

    first = world.etl(*arguments)
    assert (first.code, world.value("SELECT count(*) FROM identity_user")) == (1, 4)
    assert first.output.endswith("not finished: run `etl backfill` to go on\n")
    last = world.etl(*arguments[:-2])

    assert (last.code, last.errors) == (0, "")
    assert world.rows("SELECT id FROM identity_user ORDER BY id") == expected
    assert world.value("SELECT copied FROM bridge.checkpoint") == len(expected)


def test_a_copy_without_a_queue_goes_on_after_its_last_key(world: World) -> None:
    assert world.etl("install").code == 0
    keys = [key for (key,) in world.legacy_rows("SELECT id FROM auth_user ORDER BY id")]
    world.modern.execute(
        "INSERT INTO bridge.checkpoint (source, since_file, since_offset, last_key, copied)"
        " VALUES ('auth_user', '', 0, %s, 3)",
        (str(keys[2]).encode(),),
    )

    assert world.etl("backfill", "--tables", "auth_user").code == 0

    assert world.rows("SELECT id FROM identity_user ORDER BY id") == [(key,) for key in keys[3:]]
    assert world.value("SELECT copied FROM bridge.checkpoint") == len(keys)


def test_a_dry_run_reads_everything_and_writes_nothing(world: World) -> None:
    outcome = world.etl("backfill", "--dry-run", "--tables", "auth_user")

    assert outcome.code == 0
    assert "auth_user" in outcome.output
    assert world.value("SELECT count(*) FROM identity_user") == 0
    assert world.value("SELECT to_regclass('bridge.checkpoint')") is None


def test_text_keys_page_in_the_order_of_their_collation(world: World) -> None:
    keys = ["b/B/b", "A/a/a", "a/b/c", "Z/z/z", "é/a/a", "course-v1:x+y+z", "a/b/ß"]
    (columns,) = world.legacy_rows(
        "SELECT GROUP_CONCAT(CONCAT('`', column_name, '`')) FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND table_name = 'course_overviews_courseoverview'"
        " AND column_name <> 'id'"
    )
    for key in keys:
        world.write(
            f"INSERT INTO course_overviews_courseoverview (id, {columns[0]})"
            f" SELECT %s, {columns[0]} FROM course_overviews_courseoverview LIMIT 1",
            key,
        )
    assert world.etl("install").code == 0

    outcome = world.etl("backfill", "--tables", "course_overviews_courseoverview", "--chunk", "2")

    assert outcome.code == 0
    expected = world.legacy_rows("SELECT id FROM course_overviews_courseoverview")
    assert sorted(world.rows("SELECT key FROM catalog_course")) == sorted(expected)


def test_a_row_with_a_modern_write_on_its_way_is_left_alone(world: World) -> None:
    assert world.etl("install").code == 0
    world.write("UPDATE auth_group SET name = 'from legacy' WHERE id = 1")
    world.write("INSERT IGNORE INTO auth_group (id, name) VALUES (1, 'from legacy')")
    world.rows("INSERT INTO auth_group (id, name) VALUES (1, 'from modern') RETURNING id")

    outcome = world.etl("backfill", "--tables", "auth_group")

    assert "1 rows left to modern writes" in outcome.output
    assert world.value("SELECT name FROM auth_group WHERE id = 1") == "from modern"


def test_a_new_snapshot_deletes_what_legacy_lacks_but_nothing_on_its_way_there(
    bridged: World,
) -> None:
    bridged.modern.execute("SET bridge.origin = 'legacy'")
    bridged.modern.execute("INSERT INTO auth_group (id, name) VALUES (9001, 'gone from legacy')")
    bridged.modern.execute("RESET bridge.origin")
    bridged.modern.execute("INSERT INTO auth_group (id, name) VALUES (9002, 'modern')")
    bridged.modern.execute("UPDATE auth_group SET name = name || '!' WHERE id = 9002")

    outcome = bridged.etl("backfill", "--resnapshot", "--tables", "auth_group")

    assert (outcome.code, outcome.errors) == (0, "")
    assert "1 deleted" in outcome.output
    assert bridged.rows("SELECT id FROM auth_group WHERE id > 9000") == [(9002,)]


def test_a_range_that_holds_rows_is_copied_anew_to_its_end(bridged: World) -> None:
    rows = 2 * STAGED_ROWS + 1
    bridged.write(
        "INSERT INTO auth_group (id, name) SELECT seq * 2 + 10001, CONCAT('group ', seq)"
        f" FROM seq_1_to_{rows}"
    )
    # By the statistics of before, rows would be taken for large ones, and few be read at once.
    bridged.legacy_rows("ANALYZE TABLE auth_group")
    arguments = ("backfill", "--resnapshot", "--tables", "auth_group")
    assert bridged.etl(*arguments).code == 0
    bridged.modern.execute("SET bridge.origin = 'legacy'")
    bridged.modern.execute("UPDATE auth_group SET name = 'old ' || id WHERE id > 10000")

    assert bridged.etl(*arguments).code == 0
    anew = bridged.value("SELECT count(*) FROM auth_group WHERE starts_with(name, 'group ')")
    assert anew == rows


def test_a_new_snapshot_that_was_cut_off_still_deletes_at_its_end(bridged: World) -> None:
    bridged.write("DELETE FROM student_courseaccessrole WHERE id = 1")
    table = ("--tables", "student_courseaccessrole")
    arguments = ("backfill", "--resnapshot", *table, "--chunk", "1", "--limit", "1")
    assert bridged.etl(*arguments).code == 1
    assert bridged.value("SELECT sweep FROM bridge.checkpoint WHERE NOT done") is True

    outcome = bridged.etl("backfill", *table)

    assert (outcome.code, outcome.errors) == (0, "")
    assert "1 deleted" in outcome.output
    assert bridged.rows("SELECT id FROM permissions_courserole WHERE id = 1") == []
    assert bridged.rows("SELECT * FROM bridge.checkpoint WHERE sweep") == []


def test_sigterm_ends_a_backfill_after_its_chunk_and_the_next_one_finishes(world: World) -> None:
    assert world.etl("install").code == 0
    world.write_many(ENROL, [(9001 + 2 * n, n, "c", None, 1, "audit") for n in range(3000)])

    process = world.etl_process(*SLOWLY, "--chunk", "5")
    wait_until(lambda: world.value("SELECT count(*) FROM enrollment_enrollment") != 0)
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) == (1, "")
    assert "not finished" in output
    assert world.etl("backfill", "--tables", "student_courseenrollment").code == 0
    ((expected,),) = world.legacy_rows("SELECT count(*) FROM student_courseenrollment")
    assert world.value("SELECT count(*) FROM enrollment_enrollment") == expected


def test_a_backfill_that_is_killed_again_and_again_copies_each_row_once(world: World) -> None:
    assert world.etl("install").code == 0
    world.write_many(ENROL, [(9001 + 2 * n, n, "c", None, 1, "audit") for n in range(2000)])
    ((expected,),) = world.legacy_rows("SELECT count(*) FROM student_courseenrollment")

    for _ in range(4):
        before = world.value("SELECT count(*) FROM enrollment_enrollment")
        process = world.etl_process(*SLOWLY, "--chunk", "10")
        wait_until(
            lambda before=before: (
                world.value("SELECT count(*) FROM enrollment_enrollment") != before
            )
        )
        process.kill()
        process.communicate()
    assert world.etl("backfill", "--tables", "student_courseenrollment").code == 0

    assert world.value("SELECT count(*) FROM enrollment_enrollment") == expected
    assert world.value("SELECT copied FROM bridge.checkpoint") == expected

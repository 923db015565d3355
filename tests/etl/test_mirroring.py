"""Tables that no map names arrive one to one in schema `legacy`, and stay equal."""

import json
from collections.abc import Iterator
from contextlib import closing

import pytest

from deploy.stack import Servers
from etl import mysql, postgres
from etl.mysql import Source
from etl.postgres import WRITERS, Target
from tests.etl.spelling import json_documents
from tests.etl.world import RECORDED, World, connected, on_every_server, wait_until
from tests.legacy_lms.database import facts
from tests.legacy_lms.database.loader import load
from tests.servers import fresh_mariadb, fresh_postgres

# Column type → what is written to it, as literals; the server takes the ugly ones as well.
VALUES = {
    "tinyint(1)": ("2", "-1"),
    "tinyint unsigned": ("255", "0"),
    "smallint unsigned": ("65535", "0"),
    "mediumint": ("-8388608", "8388607"),
    "int unsigned": ("4294967295", "7"),
    "int(7) zerofill": ("7", "0"),
    "bigint": ("-9223372036854775808", "9223372036854775807"),
    "bigint unsigned": ("18446744073709551615", "0"),
    "decimal(30,2)": ("-1234567890123456789012345678.91", "0.50"),
    "float": ("16777216", "0.1"),
    "double": ("2.5e19", "-0.1"),
    "double(12,3)": ("1.5", "-2"),
    "date": ("'2016-02-29'", "'0000-00-00'"),
    "datetime(6)": ("'2016-09-05 07:12:44.000001'", "'2015-00-10 00:00:00'"),
    "datetime": ("'9999-12-31 23:59:59'", "NULL"),
    "timestamp": ("'2016-09-05 07:12:44'", "'2038-01-19 03:14:07'"),
    "time": ("'-838:59:59'", "'00:00:01'"),
    "time(6)": ("'-00:00:00.5'", "'100:00:00.000001'"),
    "year": ("2016", "0"),
    "bit(1)": ("b'1'", "b'0'"),
    "bit(20)": ("b'10000000000000000001'", "NULL"),
    "char(15)": ("'a'", "''"),
    "varchar(40) character set utf8mb4": ("'Zo\u00eb \U0001f600'", "'a\\\\b\\tc\\nd '"),
    "varchar(40) character set latin1": ("'caf\u00e9'", "CONCAT('a', CHAR(0), 'b')"),
    "longtext": ("'{\"a\": 1}'", "NULL"),
    "binary(4)": ("x'0100'", "x'00000000'"),
    "varbinary(9)": ("x'00FF5C'", "''"),
    "longblob": ("x'89504E470D0A1A0A'", "NULL"),
    "enum('a','it''s')": ("'it''s'", "'unknown'"),
    "set('x','y','z')": ("'x,z'", "''"),
    "point": ("ST_GeomFromText('POINT(1 2)')", "NULL"),
}

# Tables of the recorded release that are not excluded.
COPIED = 272
STAGED = "SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r'"


@pytest.fixture(scope="module")
def whole(servers: Servers, modern_template: str) -> Iterator[World]:
    """A world with all 292 recorded tables, the bridge installed and everything copied."""
    with (
        fresh_mariadb(servers) as legacy_url,
        fresh_postgres(servers, modern_template) as modern_url,
    ):
        load(legacy_url)
        with connected(legacy_url, modern_url) as world:
            world.installed()
            yield world


def listed(world: World) -> dict[str, dict[str, object]]:
    document = json.loads(world.etl("tables", "--json").output)
    return {table["name"]: table for table in document["tables"]}


def with_every_type(world: World, *rows: int) -> None:
    """Make a table with a column of each type, and write some of the values above."""
    columns = ", ".join(f"c{number} {kind} NULL" for number, kind in enumerate(VALUES))
    world.write(f"CREATE TABLE IF NOT EXISTS fork_types (id int PRIMARY KEY, {columns})")
    for row in rows:
        literals = ", ".join(values[row % 2] for values in VALUES.values())
        world.write(f"INSERT INTO fork_types VALUES ({row}, {literals})".replace("%", "%%"))


def test_every_row_of_every_table_arrives_and_verifies(whole: World) -> None:
    mirrored = [name for name, table in listed(whole).items() if table["kind"] == "mirrored"]
    counts = {
        name: (
            whole.legacy_rows(f"SELECT COUNT(*) FROM `{name}`")[0][0],
            whole.value(f'SELECT count(*) FROM legacy."{name}"'),
        )
        for name in mirrored
    }
    outcome = whole.etl("verify")

    assert {name: both for name, both in counts.items() if both[0] != both[1]} == {}
    assert sum(rows != (0, 0) for rows in counts.values()) > 45
    assert (outcome.code, outcome.errors) == (0, "")
    assert outcome.output.splitlines()[-1].startswith(f"{COPIED} tables, ")


def test_every_table_of_the_database_is_listed_in_one_class(whole: World) -> None:
    document = json.loads(whole.etl("tables", "--json").output)
    there = whole.legacy_rows("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")

    names = [table["name"] for table in document["tables"]]
    assert sorted(names) == sorted(str(name) for name, _ in there)
    assert {name: document[name] for name in ("mapped", "mirrored", "excluded", "extra")} == {
        "mapped": len(RECORDED),
        "mirrored": COPIED - len(RECORDED),
        "excluded": 22,
        "extra": 0,
    }
    assert len(there) == len(facts.tables()) + 2
    last = whole.etl("tables").output.splitlines()[-1]
    counts = f"{len(RECORDED)} mapped, {COPIED - len(RECORDED)} mirrored, 22 excluded, 0 extra"
    assert last == f"294 tables: {counts}"


def test_an_excluded_table_has_no_mirror_and_cannot_be_chosen(whole: World) -> None:
    outcome = whole.etl("verify", "--tables", "django_session")

    assert whole.value("SELECT to_regclass('legacy.django_session')") is None
    assert outcome.code == 2
    assert outcome.errors.startswith("etl: django_session is excluded (sessions end by themselves")


def test_changes_of_mirrored_tables_are_followed(whole: World) -> None:
    whole.write("UPDATE certificates_certificatehtmlviewconfiguration SET configuration = '{}'")
    whole.write("DELETE FROM bookmarks_bookmark")
    whole.write("INSERT INTO django_comment_client_permission VALUES ('new_one')")
    whole.write("UPDATE django_comment_client_permission SET name = 'Newer' WHERE name = 'new_one'")
    whole.caught_up()

    assert whole.value("SELECT count(*) FROM legacy.bookmarks_bookmark") == 0
    names = whole.rows(
        "SELECT name FROM legacy.django_comment_client_permission WHERE name ILIKE 'new%%'"
    )
    assert names == [("Newer",)]
    assert whole.etl("verify").code == 0


def test_one_line_of_the_status_speaks_of_all_mirrors_in_good_order(whole: World) -> None:
    lines = whole.etl("status").output.splitlines()

    mirrors = f"{COPIED - len(RECORDED)} mirrors in schema legacy: "
    assert sum(line.startswith(mirrors) for line in lines) == 1
    assert len([line for line in lines if "rows copied" in line]) == len(RECORDED) + 1


@on_every_server
def test_a_value_of_every_type_is_equal_by_snapshot_and_by_log(world: World) -> None:
    with_every_type(world, 1, 2)
    world.installed()
    with_every_type(world, 3, 4)
    world.caught_up()

    outcome = world.etl("verify", "--tables", "fork_types")

    assert outcome.output.splitlines()[0] == "fork_types: 4 rows, equal"
    names = ", ".join(f"c{number}" for number in range(len(VALUES)))
    snapshot, log = (
        world.rows(f"SELECT {names} FROM legacy.fork_types WHERE id IN (%s, %s) ORDER BY id", *ids)
        for ids in ((1, 2), (3, 4))
    )
    assert snapshot == log
    assert world.rows("SELECT c0, c5, c7, c12, c19, c26 FROM legacy.fork_types WHERE id = 2") == [
        (2, 7, 18446744073709551615, snapshot[1][12], 1, b"\0\xff\\")
    ]


@pytest.mark.parametrize("legacy_server", ["mysql57"], indirect=True)
def test_documents_and_the_columns_made_from_them_are_equal_by_snapshot_and_by_log(
    world: World,
) -> None:
    documents = [*map(json_documents.alone, json_documents.SCALARS), "NULL"]
    with closing(mysql.connect(world.settings.legacy)) as legacy:
        json_documents.make_table(Source(legacy))
        json_documents.write(Source(legacy), documents)
        world.installed()
        json_documents.write(Source(legacy), documents, first=len(documents) + 1)
    world.caught_up()

    outcome = world.etl("verify", "--tables", "documents")

    columns = "document, kind, head FROM legacy.documents WHERE (id <= %s) = %s ORDER BY id"
    snapshot, log = (
        world.rows(f"SELECT {columns}", len(documents), first) for first in (True, False)
    )
    assert outcome.output.splitlines()[0] == f"documents: {2 * len(documents)} rows, equal"
    assert snapshot == log
    assert (snapshot[-1], log[0]) == ((None, None, None), ("null", "NULL", "null"))


def test_a_difference_in_any_column_of_a_mirror_is_named(world: World) -> None:
    with_every_type(world, 2)
    world.installed()
    world.modern.execute("UPDATE legacy.fork_types SET c16 = c16 + interval '1 microsecond'")
    world.modern.execute("UPDATE legacy.fork_types SET c27 = c27 || '\\x00'")
    world.modern.execute("UPDATE legacy.fork_types SET c9 = c9 + 1e-7")

    outcome = world.etl("verify", "--tables", "fork_types")

    assert "  2: different in c9, c16, c27" in outcome.output.splitlines()


def test_a_table_that_no_list_knows_is_mirrored_and_called_extra(world: World) -> None:
    world.write("CREATE TABLE fork_homework (id int PRIMARY KEY, note text)")
    world.write("INSERT INTO fork_homework VALUES (1, 'kept')")
    world.write("CREATE TABLE fork_pairs (a int, b int, PRIMARY KEY (a, b))")
    world.installed()

    tables = listed(world)

    assert world.rows("SELECT * FROM legacy.fork_homework") == [(1, "kept")]
    assert (tables["fork_homework"]["kind"], tables["fork_homework"]["extra"]) == ("mirrored", True)
    assert tables["fork_pairs"]["kind"] == "excluded"
    assert str(tables["fork_pairs"]["reason"]).startswith("it has a primary key of 2 columns")
    assert world.value("SELECT to_regclass('legacy.fork_pairs')") is None


def test_a_changed_mirrored_table_is_a_barrier_and_is_made_anew(world: World) -> None:
    world.write("CREATE TABLE fork_homework (id int PRIMARY KEY, note text)")
    world.installed()
    world.write("INSERT INTO fork_homework VALUES (1, 'before')")
    world.write("ALTER TABLE fork_homework ADD COLUMN grade int NOT NULL DEFAULT 7")

    refused = world.etl("follow", "--until-caught-up")

    way_out = "then `etl backfill --resnapshot --tables fork_homework`"
    assert refused.code == 2
    assert way_out in refused.errors
    made = world.etl("install")
    assert "make the mirror of fork_homework anew: its legacy table has changed" in made.output
    assert world.etl("backfill", "--resnapshot", "--tables", "fork_homework").code == 0
    world.write("INSERT INTO fork_homework VALUES (3, 'after', 8)")
    world.caught_up()
    assert world.rows("SELECT * FROM legacy.fork_homework ORDER BY id") == [
        (1, "before", 7),
        (3, "after", 8),
    ]


def test_a_table_with_long_texts_is_copied_in_smaller_chunks(world: World) -> None:
    rows = "SELECT seq, REPEAT(MD5(seq), 3125) FROM seq_1_to_800"
    world.write("CREATE TABLE fork_texts (id int PRIMARY KEY, t longtext)")
    world.write(f"INSERT INTO fork_texts {rows}")
    world.write("ANALYZE TABLE fork_texts")
    assert world.etl("install").code == 0

    process = world.etl_process("backfill", "--tables", "fork_texts")
    output, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) == (0, "")
    assert output.splitlines()[-2].startswith("800 rows copied, ")
    assert world.value("SELECT count(*) FROM legacy.fork_texts WHERE length(t) = 100000") == 800
    chunks = world.value("SELECT count(DISTINCT xmin::text) FROM legacy.fork_texts")
    assert isinstance(chunks, int)
    assert 8 <= chunks <= 20


def test_a_mirror_goes_when_its_table_is_mapped_and_the_table_is_copied_again(
    bridged: World,
) -> None:
    # As if auth_group had been mirrored by the version before.
    bridged.modern.execute("CREATE TABLE legacy.auth_group (id integer PRIMARY KEY, name text)")

    outcome = bridged.etl("install")

    assert "drop the mirror of auth_group: that table is not mirrored any more" in outcome.output
    assert bridged.value("SELECT to_regclass('legacy.auth_group')") is None
    assert bridged.rows("SELECT FROM bridge.checkpoint WHERE source = 'auth_group'") == []


def test_only_the_staging_tables_that_were_used_last_are_kept(whole: World) -> None:
    with postgres.connect(whole.settings.modern) as connection:
        target = Target(connection)
        legacy = mysql.connect(whole.settings.legacy)
        tables = Source(legacy).inventory().chosen(None)[: WRITERS + 5]
        legacy.close()
        for table in tables:
            with target.transaction():
                target.writer(table).apply({}, acked=0)

        kept = connection.execute(STAGED).fetchall()
    assert list(target.writers) == [table.source for table in tables[5:]]
    assert kept == [(WRITERS,)]


def test_a_change_of_a_mirrored_table_stops_the_follower_that_meets_it(world: World) -> None:
    world.write("CREATE TABLE fork_homework (id int PRIMARY KEY, note text)")
    world.installed()
    follower = world.etl_process("follow")
    assert follower.stdout is not None
    assert follower.stdout.readline().startswith(f"following {len(RECORDED) + 1} tables from ")
    world.write("INSERT INTO fork_homework VALUES (1, 'before')")
    wait_until(lambda: world.rows("SELECT FROM legacy.fork_homework") != [])
    world.write("ALTER TABLE fork_homework CHANGE note remark text")

    _, errors = follower.communicate(timeout=60)

    assert follower.returncode == 2
    assert "ALTER in the legacy log changed fork_homework" in errors
    assert errors.endswith(
        ": run `etl install`, which makes mirrors fit, then "
        "`etl backfill --resnapshot --tables fork_homework`\n"
    )
    assert world.rows("SELECT id, note FROM legacy.fork_homework") == [(1, "before")]
    assert "fork_homework: 0 rows copied, 0 set aside, needs schema" in world.etl("status").output

"""Rows that PostgreSQL refused are tried again, whatever else waits."""

from contextlib import closing

from etl import mysql, postgres
from etl.following.mending import Mending
from etl.mysql import Source
from etl.postgres import Target
from etl.tables import BY_SOURCE
from tests.etl.world import World

REFUSED = (
    "INSERT INTO bridge.set_aside (source, key, reason, original, refused, at)"
    " SELECT %s, key::text, 'for this test', '{}', true, %s::timestamptz"
    " FROM generate_series(%s::int, %s::int) AS key"
)


def test_refused_rows_of_a_table_that_is_not_followed_hold_no_others_up(bridged: World) -> None:
    bridged.modern.execute(REFUSED, ("auth_user", "2015-01-01Z", 1_000, 1_199))
    bridged.modern.execute(REFUSED, ("auth_group", "2016-01-01Z", 9_001, 9_001))
    bridged.write("INSERT INTO auth_group (id, name) VALUES (9001, 'refused before')")
    with (
        closing(mysql.connect(bridged.settings.legacy)) as legacy,
        closing(postgres.connect(bridged.settings.modern)) as modern,
    ):
        tables = {"auth_group": BY_SOURCE["auth_group"]}
        Mending(Source(legacy), Target(modern), tables).step()

    assert bridged.value("SELECT name FROM auth_group WHERE id = 9001") == "refused before"
    assert bridged.value("SELECT count(*) FROM bridge.set_aside") == 200

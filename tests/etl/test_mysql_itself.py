"""The whole bridge on MySQL proper: 5.6, which installations of 2016 run, and 5.7."""

import json
from collections.abc import Iterator
from contextlib import closing

import pytest

from deploy.stack.reach import connect_mysql
from tests.etl.world import World, connected
from tests.legacy_lms.database import facts, rows, schema
from tests.mysql.server import RELEASES, as_admin

_DATABASE = "edxapp_whole"


@pytest.fixture(params=RELEASES)
def whole(request: pytest.FixtureRequest, modern_url: str) -> Iterator[World]:
    """All 292 recorded tables with their rows, and nothing of the bridge."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    with closing(connect_mysql(as_admin(url))) as admin, admin.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {_DATABASE}")
        cursor.execute(f"CREATE DATABASE {_DATABASE} CHARACTER SET utf8")
    with connected(url.replace("/edxapp", f"/{_DATABASE}"), modern_url) as world:
        world.write("SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO'")
        for table in facts.tables().values():
            world.write(schema.create_table(table))
            if statement := rows.recorded(table.name):
                world.legacy.query(statement)
        world.write("SET sql_mode = ''")
        yield world


def test_a_recorded_database_crosses_and_both_sides_write_until_they_are_equal(
    whole: World,
) -> None:
    doctor = json.loads(whole.etl("doctor", "--json", "--load", "1").output)
    whole.installed()
    whole.write("UPDATE auth_user SET last_name = 'of legacy' WHERE id = 3")
    whole.write("DELETE FROM bookmarks_bookmark")
    whole.write("UPDATE certificates_generatedcertificate SET grade = '0.5'")
    whole.modern.execute("UPDATE identity_user SET last_name = 'of modern' WHERE id = 5")
    carried = whole.etl("write-back", "--until-empty")
    whole.caught_up()
    verified = whole.etl("verify")

    assert [found for found in doctor["findings"] if found["severity"] == "blocker"] == []
    assert (carried.code, carried.errors) == (0, "")
    assert whole.legacy_rows("SELECT last_name FROM auth_user WHERE id IN (3, 5) ORDER BY id") == [
        ("of legacy",),
        ("of modern",),
    ]
    assert (verified.code, verified.errors) == (0, "")
    assert whole.value("SELECT count(*) FROM bridge.conflict") == 0

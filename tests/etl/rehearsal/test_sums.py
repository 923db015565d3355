"""Both sides are counted by plain SQL, and differ where their rows do."""

from contextlib import closing

from etl import mysql
from etl.mysql import Source
from etl.rehearsal import sums
from etl.rehearsal.sums import Question, Sum
from tests.etl.world import World

ROLES = Question("roles", "student_courseaccessrole", "role")
BY_MODE = Question("enrolments", "student_courseenrollment", "mode")


def ask(world: World, question: Question) -> Sum:
    with closing(mysql.connect(world.settings.legacy)) as connection:
        source = Source(connection)
        return sums.ask(question, source, world.modern, inventory=source.inventory())


def test_a_copied_table_counts_the_same(bridged: World) -> None:
    answer = ask(bridged, ROLES)

    assert answer.is_equal
    assert sum(answer.modern.values()) == bridged.value(
        "SELECT count(*) FROM permissions_courserole"
    )


def test_another_case_is_another_value(bridged: World) -> None:
    bridged.write("UPDATE student_courseenrollment SET mode = 'Verified' WHERE mode = 'verified'")

    answer = ask(bridged, BY_MODE)

    assert not answer.is_equal
    assert answer.legacy["Verified"] == answer.modern["verified"]


def test_rows_that_are_set_aside_are_not_counted(bridged: World) -> None:
    bridged.write("UPDATE auth_userprofile SET country = '' WHERE country IS NULL")
    bridged.caught_up()
    key = bridged.value("SELECT min(id) FROM permissions_courserole")
    bridged.modern.execute("SET bridge.origin = 'legacy'")
    bridged.modern.execute("DELETE FROM permissions_courserole WHERE id = %s", (key,))
    bridged.modern.execute(
        "INSERT INTO bridge.set_aside (source, key, reason, original)"
        " VALUES ('student_courseaccessrole', %s, 'a test', '{}')",
        (str(key),),
    )

    assert ask(bridged, ROLES).is_equal

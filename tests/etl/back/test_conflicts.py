"""What is told of writes that both sides made: names of columns, and values only when asked."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from etl.back.conflicts import Conflict
from etl.back.policies import Policies, Policy
from etl.errors import SettingsInvalid
from etl.rows import Json
from tests.etl.world import World

ADA = 7
TABLE = "student_courseenrollment"
Image = dict[str, Json] | None


def conflict(
    source: str, legacy: Image = None, before: Image = None, after: Image = None
) -> Conflict:
    return Conflict(1, source, "7", "U", "legacy", datetime.now(UTC), legacy, before, after)


def both_sides_write(world: World, *policies: str) -> int:
    """Let both sides change an enrolment's mode, and carry modern's write over."""
    key = int(str(world.value("SELECT min(id) FROM enrollment_enrollment WHERE user_id = %s", ADA)))
    world.write("UPDATE student_courseenrollment SET mode = 'theirs' WHERE id = %s", key)
    world.modern.execute("UPDATE enrollment_enrollment SET mode = 'ours' WHERE id = %s", (key,))
    outcome = world.etl("write-back", "--until-empty", *policies)
    assert (outcome.code, outcome.errors) == (0, "")
    return key


def test_a_conflict_is_listed_with_the_columns_that_differ_and_no_value(bridged: World) -> None:
    key = both_sides_write(bridged)

    lines = bridged.etl("conflicts").output.splitlines()

    assert lines[0].startswith("entry 1, ")
    assert lines[0].endswith(f" UTC: {TABLE} {key}, update: legacy; differs in mode")
    assert lines[1:] == [f"{TABLE}: 1 legacy"]
    assert "theirs" not in bridged.etl("conflicts", "--json").output


def test_values_are_shown_to_who_asks_for_them(bridged: World) -> None:
    key = both_sides_write(bridged)

    document = json.loads(bridged.etl("conflicts", "--values", "--json").output)
    lines = bridged.etl("conflicts", "--values").output.splitlines()

    (entry,) = document["conflicts"]
    was = entry["values"]["mode"].pop("before")
    assert entry.pop("at") > "2016"
    assert entry == {
        "entry": 1,
        "table": TABLE,
        "key": str(key),
        "op": "U",
        "policy": "legacy",
        "columns": ["mode"],
        "values": {"mode": {"legacy": "theirs", "after": "ours"}},
    }
    assert lines[1] == f"    mode: legacy 'theirs', before '{was}', after 'ours'"


def test_what_is_listed_can_be_narrowed(bridged: World) -> None:
    bridged.modern.execute(
        "INSERT INTO bridge.conflict (seq, source, key, op, policy)"
        " SELECT n, %s, n, 'D', 'modern' FROM generate_series(1, 2) AS n",
        (TABLE,),
    )

    def found(*options: str) -> tuple[list[int], int]:
        document = json.loads(bridged.etl("conflicts", "--json", *options).output)
        counted = sum(count["count"] for count in document["counts"])
        return [entry["entry"] for entry in document["conflicts"]], counted

    assert found("--table", TABLE) == ([2, 1], 2)
    assert found("--table", "auth_user") == ([], 0)
    assert found("--since", "2999-01-01") == ([], 0)
    assert found("--since", "2016-09-05T07:12:44+02:00") == ([2, 1], 2)
    assert found("--limit", "1") == ([2], 2)
    assert bridged.etl("conflicts", "--table", "auth_user").output == "no conflict\n"


def test_a_table_without_a_map_is_refused(world: World) -> None:
    outcome = world.etl("conflicts", "--table", "auth_usr")

    assert outcome.code == 2
    assert outcome.errors.startswith("etl: there is no table map for auth_usr: choose from")


def test_before_the_bridge_is_installed_the_way_out_is_named(world: World) -> None:
    outcome = world.etl("conflicts")

    assert outcome.code == 2
    assert "etl install" in outcome.errors


def test_numbers_and_nuls_differ_only_where_they_do() -> None:
    legacy: Image = {"lowest_passing_grade": "0.50", "display_name": "a\u2400", "effort": "x"}
    after: Image = {"passing_grade": 0.5, "title": "a\u2400", "effort": "y"}

    found = conflict("course_overviews_courseoverview", legacy, after=after)

    assert found.columns == ("effort",)
    assert found.images["legacy"]["lowest_passing_grade"] == Decimal("0.5")


def test_a_table_whose_map_is_gone_has_no_columns() -> None:
    assert conflict("gone", {"a": 1}, {"b": 2}, {"b": 3}).columns == ()


@pytest.mark.parametrize(("of", "stands"), [("modern", "ours"), ("legacy", "theirs")])
def test_a_table_may_have_a_policy_of_its_own(bridged: World, of: str, stands: str) -> None:
    other = {"modern": "legacy", "legacy": "modern"}[of]
    key = both_sides_write(bridged, "--policy", other, "--policy-of", f"{TABLE}={of}")

    assert bridged.legacy_rows(f"SELECT mode FROM {TABLE} WHERE id = {key}") == [(stands,)]
    assert bridged.value("SELECT policy FROM bridge.conflict") == of


def test_policies_say_what_stands_where() -> None:
    policies = Policies.parse("legacy", ["auth_user=modern", "auth_user=modern"])

    assert policies.of("auth_user") is Policy.MODERN
    assert policies.of("auth_group") is Policy.LEGACY
    assert str(policies) == "legacy stands, modern stands in auth_user"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["auth_usr=modern"], "no table map for auth_usr"),
        (["auth_user=theirs"], "auth_user=modern"),
        (["auth_user"], "auth_user=modern"),
        (["auth_user=modern", "auth_user=legacy"], "two policies"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(words: list[str], message: str) -> None:
    with pytest.raises(SettingsInvalid, match=message):
        Policies.parse("legacy", words)

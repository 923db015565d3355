"""Rows of mapped tables cross both ways: legacy's arrive, and modern's go back as legacy's."""

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

from psycopg import sql
from psycopg.types.json import Jsonb

from etl.tables import BY_SOURCE, Column, TableMap
from etl.values.packed_documents import from_packed_json
from tests.etl.back.test_write_back import write_back
from tests.etl.world import World

ADA, EDSGER = 7, 10
VER101 = "course-v1:LabU+VER101+2016_T3"
CAT03 = "course-v1:LabU+CAT03+2016"
# Ids that modern gives to rows which others here refer to.
COHORT, ORGANIZATION = 1_000, 1_002
TREE = {"root": "r", "blocks": {"r": {"block_type": "course"}}}
THEN = "2016-09-05 07:12:44.000001"
HERE = THEN + "+00"


@dataclass(frozen=True, slots=True)
class Sample:
    """A row as modern writes it and as legacy spells it, its id aside, and a change of the row."""

    modern: Mapping[str, object]
    legacy: Mapping[str, object]
    change: Mapping[str, object]
    changed: Mapping[str, object]


SAMPLES = {
    "auth_registration": Sample(
        {"user_id": 1, "key": "0" * 32},
        {"user_id": 1, "activation_key": "0" * 32},
        {"key": "f" * 32},
        {"activation_key": "f" * 32},
    ),
    "student_anonymoususerid": Sample(
        {"user_id": ADA, "course_key": "", "value": "0" * 32},
        {"user_id": ADA, "course_id": "", "anonymous_user_id": "0" * 32},
        {"course_key": VER101},
        {"course_id": VER101},
    ),
    "user_api_usercoursetag": Sample(
        {"user_id": ADA, "course_key": VER101, "key": "k", "value": "2"},
        {"user_id": ADA, "course_id": VER101, "key": "k", "value": "2"},
        {"value": ""},
        {"value": ""},
    ),
    "student_courseenrollmentallowed": Sample(
        {
            "email": "eve@example.com",
            "course_key": VER101,
            "enrolls_at_once": False,
            "invited_at": HERE,
        },
        {"email": "eve@example.com", "course_id": VER101, "auto_enroll": 0, "created": THEN},
        {"enrolls_at_once": True, "invited_at": None},
        {"auto_enroll": 1, "created": None},
    ),
    "student_manualenrollmentaudit": Sample(
        {
            "enrollment_id": None,
            "email": "eve@example.com",
            "transition": "from not enrolled to allowed to enroll",
            "reason": None,
            "recorded_at": HERE,
            "actor_id": ADA,
        },
        {
            "enrollment_id": None,
            "enrolled_email": "eve@example.com",
            "state_transition": "from not enrolled to allowed to enroll",
            "reason": None,
            "time_stamp": THEN,
            "enrolled_by_id": ADA,
        },
        {"reason": "asked\tfor\nit", "actor_id": None},
        {"reason": "asked\tfor\nit", "enrolled_by_id": None},
    ),
    "course_groups_coursecohortssettings": Sample(
        {
            "course_key": CAT03,
            "is_on": True,
            "divided_discussions": Jsonb(["Week 1"]),
            "divides_inline_discussions": True,
        },
        {
            "course_id": CAT03,
            "is_cohorted": 1,
            "cohorted_discussions": '["Week 1"]',
            "always_cohort_inline_discussions": 1,
        },
        {"is_on": False, "divided_discussions": Jsonb(["Woche \u00fc"])},
        {"is_cohorted": 0, "cohorted_discussions": '["Woche \\u00fc"]'},
    ),
    "course_groups_courseusergroup": Sample(
        {"id": COHORT, "course_key": VER101, "name": "Gamma", "kind": "cohort"},
        {"course_id": VER101, "name": "Gamma", "group_type": "cohort"},
        {"name": "gamma"},
        {"name": "gamma"},
    ),
    "course_groups_coursecohort": Sample(
        {"cohort_id": COHORT, "rule": "manual"},
        {"course_user_group_id": COHORT, "assignment_type": "manual"},
        {"rule": "random"},
        {"assignment_type": "random"},
    ),
    "course_groups_courseusergrouppartitiongroup": Sample(
        {
            "cohort_id": COHORT,
            "partition_id": 50,
            "group_id": 1,
            "created": HERE,
            "modified": HERE,
        },
        {
            "course_user_group_id": COHORT,
            "partition_id": 50,
            "group_id": 1,
            "created_at": THEN,
            "updated_at": THEN,
        },
        {"group_id": 2},
        {"group_id": 2},
    ),
    "course_groups_cohortmembership": Sample(
        {"user_id": EDSGER, "course_key": VER101, "cohort_id": COHORT},
        {"user_id": EDSGER, "course_id": VER101, "course_user_group_id": COHORT},
        {"cohort_id": 5},
        {"course_user_group_id": 5},
    ),
    "course_groups_courseusergroup_users": Sample(
        {"cohort_id": COHORT, "user_id": EDSGER},
        {"courseusergroup_id": COHORT, "user_id": EDSGER},
        {"cohort_id": 5},
        {"courseusergroup_id": 5},
    ),
    "organizations_organization": Sample(
        {
            "id": ORGANIZATION,
            "created": HERE,
            "modified": HERE,
            "name": "Demo University",
            "short_name": "DemoU",
            "description": "",
            "logo_path": None,
            "active": True,
        },
        {
            "created": THEN,
            "modified": THEN,
            "name": "Demo University",
            "short_name": "DemoU",
            "description": "",
            "logo": None,
            "active": 1,
        },
        {"logo_path": "logos/d.png", "active": False},
        {"logo": "logos/d.png", "active": 0},
    ),
    "organizations_organizationcourse": Sample(
        {
            "created": HERE,
            "modified": HERE,
            "course_key": CAT03,
            "organization_id": ORGANIZATION,
            "active": True,
        },
        {
            "created": THEN,
            "modified": THEN,
            "course_id": CAT03,
            "organization_id": ORGANIZATION,
            "active": 1,
        },
        {"active": False},
        {"active": 0},
    ),
    "course_structures_coursestructure": Sample(
        {
            "created": HERE,
            "modified": HERE,
            "course_key": "DemoU/New/2016",
            "tree": Jsonb(TREE),
            "discussions": None,
        },
        {
            "created": THEN,
            "modified": THEN,
            "course_id": "DemoU/New/2016",
            "structure_json": str(from_packed_json(TREE, None, None)),
            "discussion_id_map_json": None,
        },
        {"discussions": Jsonb({"topic": "r"})},
        {"discussion_id_map_json": str(from_packed_json({"topic": "r"}, None, None))},
    ),
    "certificates_generatedcertificate": Sample(
        {
            "user_id": 1,
            "course_key": VER101,
            "status": "generating",
            "mode": "honor",
            "grade": "",
            "name": "Ada",
            "distinction": False,
            "verify_uuid": "0" * 32,
            "download_uuid": "",
            "download_url": "",
            "request_key": "f" * 32,
            "error_reason": "",
            "created_at": HERE,
            "modified_at": HERE,
        },
        {
            "user_id": 1,
            "course_id": VER101,
            "status": "generating",
            "mode": "honor",
            "grade": "",
            "name": "Ada",
            "distinction": 0,
            "verify_uuid": "0" * 32,
            "download_uuid": "",
            "download_url": "",
            "key": "f" * 32,
            "error_reason": "",
            "created_date": THEN,
            "modified_date": THEN,
        },
        {"status": "downloadable", "grade": "0.93"},
        {"status": "downloadable", "grade": "0.93"},
    ),
    "certificates_certificatewhitelist": Sample(
        {
            "user_id": ADA,
            "course_key": VER101,
            "active": True,
            "notes": None,
            "created_at": HERE,
        },
        {"user_id": ADA, "course_id": VER101, "whitelist": 1, "notes": None, "created": THEN},
        {"active": False, "notes": ""},
        {"whitelist": 0, "notes": ""},
    ),
    "certificates_certificateinvalidation": Sample(
        {
            "certificate_id": 1,
            "invalidated_by_id": ADA,
            "active": True,
            "notes": "x",
            "created_at": HERE,
            "modified_at": HERE,
        },
        {
            "generated_certificate_id": 1,
            "invalidated_by_id": ADA,
            "active": 1,
            "notes": "x",
            "created": THEN,
            "modified": THEN,
        },
        {"active": False},
        {"active": 0},
    ),
    "courseware_studentmodulehistory": Sample(
        {
            "block_state_id": 3,
            "version": None,
            "recorded_at": HERE,
            "state": '{"seed": 1}',
            "score": None,
            "max_score": 0.1,
        },
        {
            "student_module_id": 3,
            "version": None,
            "created": THEN,
            "state": '{"seed": 1}',
            "grade": None,
            "max_grade": 0.1,
        },
        {"score": 1e-7},
        {"grade": 1e-7},
    ),
}


Rows = dict[str, list[dict[str, object]]]


def in_legacy(world: World, keys: Mapping[str, int]) -> Rows:
    """The row of its id in each table, by column; moments as text."""
    return {source: _legacy_row(world, BY_SOURCE[source], key) for source, key in keys.items()}


def _legacy_row(world: World, table: TableMap, key: int) -> list[dict[str, object]]:
    columns = [column for column in table.columns if column.source != table.key]
    shown = ", ".join(map(_shown, columns))
    rows = world.legacy_rows(f"SELECT {shown} FROM {table.source} WHERE {table.key} = {key}")
    return [{c.source: value for c, value in zip(columns, row, strict=True)} for row in rows]


def _shown(column: Column) -> str:
    is_moment = column.kind.name.endswith("moment")
    return f"CAST(`{column.source}` AS CHAR)" if is_moment else f"`{column.source}`"


def insert(world: World, table: TableMap, values: Mapping[str, object]) -> int:
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING id").format(
        sql.Identifier(table.target),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(map(sql.Placeholder, values)),
    )
    ((key,),) = world.modern.execute(statement, values).fetchall()
    return int(str(key))


def update(world: World, table: TableMap, key: int, values: Mapping[str, object]) -> None:
    changes = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in values
    )
    statement = sql.SQL("UPDATE {} SET {} WHERE id = %(id)s").format(
        sql.Identifier(table.target), changes
    )
    world.modern.execute(statement, {**values, "id": key})


def assert_equal(world: World) -> None:
    """Both sides hold the same rows, after the echo of what was written back too."""
    assert write_back(world).conflicts == 0
    world.caught_up()
    outcome = world.etl("verify")
    assert (outcome.code, outcome.errors) == (0, ""), outcome.output


def test_what_only_old_databases_hold_arrives_as_it_is(bridged: World) -> None:
    pseudonyms = [("a" * 32, "", ADA), ("b" * 32, "", ADA), ("c" * 32, "", 999_999)]
    bridged.write_many(
        "INSERT INTO student_anonymoususerid (anonymous_user_id, course_id, user_id)"
        " VALUES (%s, %s, %s)",
        pseudonyms,
    )
    bridged.write(
        "INSERT INTO student_courseenrollmentallowed (email, course_id, auto_enroll, created)"
        " VALUES ('Zo\u00eb@Example.com', 'MITx/6.002x/2012', 2, '0000-00-00 00:00:00')"
    )
    bridged.write(
        "INSERT INTO student_manualenrollmentaudit"
        " (enrolled_email, state_transition, enrollment_id)"
        " VALUES ('', 'from unenrolled to enrolled', 999999)"
    )

    assert_equal(bridged)

    for value, key, user in pseudonyms:
        found = "SELECT course_key, user_id FROM identity_pseudonym WHERE value = %s"
        assert bridged.rows(found, value) == [(key, user)]
    assert bridged.rows(
        "SELECT email, enrolls_at_once, invited_at FROM invitations_invitation"
        " WHERE course_key = 'MITx/6.002x/2012'"
    ) == [("Zo\u00eb@Example.com", True, None)]
    assert bridged.rows("SELECT email, enrollment_id, reason FROM enrollment_manualchange") == [
        ("", 999_999, None)
    ]


def test_lists_of_discussions_that_are_none_are_kept_as_they_are(bridged: World) -> None:
    texts = {None: (None, None), "": (None, ""), "Week 1": (None, "Week 1"), "[ ]": ([], None)}
    bridged.write_many(
        "INSERT INTO course_groups_coursecohortssettings"
        " (course_id, is_cohorted, cohorted_discussions, always_cohort_inline_discussions)"
        " VALUES (%s, 1, %s, 0)",
        [(f"DemoU/CS/{text}", text) for text in texts],
    )

    assert_equal(bridged)

    query = (
        "SELECT divided_discussions, divided_discussions_raw FROM cohorts_cohorting"
        " WHERE course_key = %s"
    )
    found = {text: bridged.rows(query, f"DemoU/CS/{text}") for text in texts}
    assert found == {text: [both] for text, both in texts.items()}


def test_who_is_on_two_lists_of_a_course_and_in_one_cohort_arrives_so(bridged: World) -> None:
    bridged.write_many(
        "INSERT INTO course_groups_courseusergroup_users (courseusergroup_id, user_id)"
        " VALUES (%s, %s)",
        [(6, ADA), (999_999, ADA)],
    )

    assert_equal(bridged)

    roster = "SELECT cohort_id FROM cohorts_rosterentry WHERE user_id = %s ORDER BY cohort_id"
    placed = "SELECT cohort_id FROM cohorts_placement WHERE user_id = %s"
    assert bridged.rows(roster, ADA) == [(5,), (6,), (999_999,)]
    assert bridged.rows(placed, ADA) == [(5,)]


def test_what_modern_did_not_change_of_a_row_is_not_packed_anew(bridged: World) -> None:
    packing = "SELECT MD5(structure_json) FROM course_structures_coursestructure WHERE id = 19"
    before = bridged.legacy_rows(packing)
    bridged.modern.execute(
        """UPDATE catalog_structure SET discussions = '{"topic": "x"}' WHERE id = 19"""
    )

    assert_equal(bridged)

    assert bridged.legacy_rows(packing) == before
    kept = "SELECT discussions_crc = %s FROM catalog_structure WHERE id = 19"
    written = "SELECT discussion_id_map_json FROM course_structures_coursestructure WHERE id = 19"
    ((text,),) = bridged.legacy_rows(written)
    assert json.loads(gzip.decompress(base64.b64decode(str(text)))) == {"topic": "x"}
    assert bridged.value(kept, crc32(str(text).encode())) is True


def test_a_structure_that_nobody_can_unpack_is_kept_and_comes_back(bridged: World) -> None:
    bridged.write(
        "INSERT INTO course_structures_coursestructure"
        " (course_id, created, modified, structure_json, discussion_id_map_json)"
        " VALUES ('DemoU/Cut/2016', '0000-00-00', '2016-01-01', 'H4sIAA7BAmsC', '{}')"
    )

    assert_equal(bridged)
    bridged.modern.execute(
        "UPDATE catalog_structure SET course_key = 'DemoU/Cut/2017'"
        " WHERE course_key = 'DemoU/Cut/2016'"
    )
    assert_equal(bridged)

    query = "SELECT tree, tree_raw, discussions FROM catalog_structure WHERE course_key = %s"
    assert bridged.rows(query, "DemoU/Cut/2017") == [(None, "H4sIAA7BAmsC", {})]
    assert bridged.legacy_rows(
        "SELECT structure_json, discussion_id_map_json FROM course_structures_coursestructure"
        " WHERE course_id = 'DemoU/Cut/2017'"
    ) == [("H4sIAA7BAmsC", "{}")]


def test_what_modern_writes_changes_and_deletes_legacy_spells_its_own_way(bridged: World) -> None:
    keys = {
        source: insert(bridged, BY_SOURCE[source], sample.modern)
        for source, sample in SAMPLES.items()
    }
    assert_equal(bridged)
    written = in_legacy(bridged, keys)

    for source, key in keys.items():
        update(bridged, BY_SOURCE[source], key, SAMPLES[source].change)
    assert_equal(bridged)
    changed = in_legacy(bridged, keys)

    for source, key in reversed(keys.items()):
        delete = sql.SQL("DELETE FROM {} WHERE id = %s")
        target = sql.Identifier(BY_SOURCE[source].target)
        bridged.modern.execute(delete.format(target), (key,))
    assert_equal(bridged)

    assert written == {source: [sample.legacy] for source, sample in SAMPLES.items()}
    assert changed == {
        source: [{**sample.legacy, **sample.changed}] for source, sample in SAMPLES.items()
    }
    assert in_legacy(bridged, keys) == {source: [] for source in SAMPLES}

"""Every recorded legacy table is in one class, by one pattern, with a reason."""

from collections import Counter

import pytest

from etl.tables import BY_SOURCE
from etl.tables.classes import EXCLUDED, MIRRORED, Class, declared
from tests.etl.world import RECORDED
from tests.legacy_lms.database import facts


def test_the_recorded_tables_fall_into_three_classes_and_none_is_unknown() -> None:
    found = {name: declared(name) for name in facts.tables()}

    assert [name for name, entry in found.items() if entry.extra] == []
    assert sum(Counter(entry.kind for entry in found.values()).values()) == 292
    assert {name for name, entry in found.items() if entry.kind is Class.MAPPED} == {
        table.source for table in RECORDED
    }
    assert sum(entry.kind is Class.EXCLUDED for entry in found.values()) == 20
    assert all(entry.reason for entry in found.values())


def test_no_name_is_declared_twice() -> None:
    assert not EXCLUDED.keys() & MIRRORED.keys()
    assert not EXCLUDED.keys() & BY_SOURCE.keys()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("auth_user", Class.MAPPED),
        ("auth_permission", Class.MIRRORED),
        ("django_admin_log", Class.MIRRORED),
        ("oauth2_accesstoken", Class.MIRRORED),
        ("oauth2_grant", Class.EXCLUDED),
        ("django_session", Class.EXCLUDED),
        ("djcelery_periodictask", Class.EXCLUDED),
        ("_student_courseenrollment_gho", Class.EXCLUDED),
        ("bridge_origin", Class.EXCLUDED),
    ],
)
def test_a_map_decides_first_and_then_the_patterns(name: str, kind: Class) -> None:
    assert declared(name).kind is kind


def test_a_table_that_no_list_knows_is_mirrored_as_extra() -> None:
    entry = declared("fork_homework")

    assert (entry.kind, entry.extra) == (Class.MIRRORED, True)

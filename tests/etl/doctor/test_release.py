"""The package's own copy of the recorded facts says what the fixtures say."""

from etl.doctor import release
from etl.doctor.relations import COURSES, relations
from etl.tables import ALL
from tests.legacy_lms.database import facts


def test_the_release_is_the_recorded_one_in_every_type() -> None:
    assert release.recorded() == {
        table.name: {column.name: column.type for column in table.columns}
        for table in facts.tables().values()
    }


def test_the_references_are_the_recorded_foreign_keys() -> None:
    assert release.references() == {
        (table.name, key.column): (key.referenced_table, key.referenced_column)
        for table in facts.tables().values()
        for key in table.foreign_keys
    }


def test_what_refers_without_a_foreign_key_is_known_by_its_meaning() -> None:
    found = {
        (table.source, relation.column, relation.parent, relation.problem)
        for table in ALL
        for relation in relations(table)
        if (table.source, relation.column) not in release.references()
    }

    history, missing = "student_historicalcourseenrollment", "refers to a row that was deleted"
    assert found >= {
        (history, "id", "student_courseenrollment", missing),
        (history, "user_id", "auth_user", missing),
        (history, "course_id", COURSES, "refers to a course without an overview"),
        (
            "courseware_studentmodule",
            "course_id",
            COURSES,
            "refers to a course without an overview",
        ),
    }
    assert {column for _, column, _, _ in found} <= {"id", "user_id", "course_id", "course_key"}

"""Cohorts, who is in them, and what they divide."""

from psycopg.types.json import Jsonb

from tests.etl.tables.samples.sample import CAT03, HERE, THEN, VER101, Sample

EDSGER = 10
# The id that modern gives to a row which others here refer to.
COHORT = 1_000

SAMPLES = {
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
}

"""How courses divide their learners: cohorts, who is in which, and what that changes."""

from etl.tables.mapping import Column, TableMap
from etl.values.convert import BOOLEAN, INTEGER, REQUIRED_MOMENT
from etl.values.documents import JSON

COHORTING = TableMap(
    source="course_groups_coursecohortssettings",
    target="cohorts_cohorting",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("course_id", to="course_key"),
        Column("is_cohorted", to="is_on", kind=BOOLEAN),
        Column("cohorted_discussions", to="divided_discussions", kind=JSON),
        Column("always_cohort_inline_discussions", to="divides_inline_discussions", kind=BOOLEAN),
    ),
)

COHORT = TableMap(
    source="course_groups_courseusergroup",
    target="cohorts_cohort",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("course_id", to="course_key"),
        Column("name"),
        Column("group_type", to="kind"),
    ),
)

ADMISSION = TableMap(
    source="course_groups_coursecohort",
    target="cohorts_admission",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("course_user_group_id", to="cohort_id", kind=INTEGER),
        Column("assignment_type", to="rule"),
    ),
)

CONTENT_GROUP = TableMap(
    source="course_groups_courseusergrouppartitiongroup",
    target="cohorts_contentgroup",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("course_user_group_id", to="cohort_id", kind=INTEGER),
        Column("partition_id", kind=INTEGER),
        Column("group_id", kind=INTEGER),
        Column("created_at", to="created", kind=REQUIRED_MOMENT),
        Column("updated_at", to="modified", kind=REQUIRED_MOMENT),
    ),
)

PLACEMENT = TableMap(
    source="course_groups_cohortmembership",
    target="cohorts_placement",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("user_id", kind=INTEGER),
        Column("course_id", to="course_key"),
        Column("course_user_group_id", to="cohort_id", kind=INTEGER),
    ),
)

ROSTER_ENTRY = TableMap(
    source="course_groups_courseusergroup_users",
    target="cohorts_rosterentry",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("courseusergroup_id", to="cohort_id", kind=INTEGER),
        Column("user_id", kind=INTEGER),
    ),
)

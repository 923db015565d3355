"""Courses as the catalogue shows them, who offers them, and what they consist of."""

from etl.tables.mapping import Column, TableMap
from etl.values.convert import BOOLEAN, DOUBLE, INTEGER, MOMENT, NUMBER, REQUIRED_MOMENT
from etl.values.packed_documents import PACKED_JSON

COURSE = TableMap(
    source="course_overviews_courseoverview",
    target="catalog_course",
    key="id",
    columns=(
        Column("id", to="key"),
        Column("created", kind=REQUIRED_MOMENT),
        Column("modified", kind=REQUIRED_MOMENT),
        Column("version", to="schema_version", kind=INTEGER),
        Column("_location", to="usage_key"),
        Column("display_name", to="title"),
        Column("display_number_with_default", to="number"),
        Column("display_org_with_default", to="display_org"),
        Column("org"),
        Column("start", to="starts_at", kind=MOMENT),
        Column("end", to="ends_at", kind=MOMENT),
        Column("advertised_start"),
        Column("course_image_url", to="image_url"),
        Column("social_sharing_url"),
        Column("end_of_course_survey_url", to="survey_url"),
        Column("certificates_display_behavior"),
        Column("certificates_show_before_end", kind=BOOLEAN),
        Column("cert_html_view_enabled", to="certificates_html_view_enabled", kind=BOOLEAN),
        Column("has_any_active_web_certificate", to="has_active_web_certificate", kind=BOOLEAN),
        Column("cert_name_short", to="certificate_name_short"),
        Column("cert_name_long", to="certificate_name_long"),
        Column("lowest_passing_grade", to="passing_grade", kind=NUMBER),
        Column("days_early_for_beta", to="beta_days_early", kind=DOUBLE),
        Column("mobile_available", kind=BOOLEAN),
        Column("visible_to_staff_only", to="staff_only", kind=BOOLEAN),
        Column("_pre_requisite_courses_json", to="prerequisite_courses"),
        Column("enrollment_start", to="enrollment_starts_at", kind=MOMENT),
        Column("enrollment_end", to="enrollment_ends_at", kind=MOMENT),
        Column("enrollment_domain"),
        Column("invitation_only", kind=BOOLEAN),
        Column("max_student_enrollments_allowed", to="max_enrollments", kind=INTEGER),
        Column("announcement", to="announced_at", kind=MOMENT),
        Column("catalog_visibility"),
        Column("course_video_url", to="video_url"),
        Column("effort"),
        Column("short_description"),
        Column("self_paced", kind=BOOLEAN),
    ),
)

ORGANIZATION = TableMap(
    source="organizations_organization",
    target="catalog_organization",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("created", kind=REQUIRED_MOMENT),
        Column("modified", kind=REQUIRED_MOMENT),
        Column("name"),
        Column("short_name"),
        Column("description"),
        Column("logo", to="logo_path"),
        Column("active", kind=BOOLEAN),
    ),
)

COURSE_ORGANIZATION = TableMap(
    source="organizations_organizationcourse",
    target="catalog_courseorganization",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("created", kind=REQUIRED_MOMENT),
        Column("modified", kind=REQUIRED_MOMENT),
        Column("course_id", to="course_key"),
        Column("organization_id", kind=INTEGER),
        Column("active", kind=BOOLEAN),
    ),
)

STRUCTURE = TableMap(
    source="course_structures_coursestructure",
    target="catalog_structure",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("created", kind=REQUIRED_MOMENT),
        Column("modified", kind=REQUIRED_MOMENT),
        Column("course_id", to="course_key"),
        Column("structure_json", to="tree", kind=PACKED_JSON),
        Column("discussion_id_map_json", to="discussions", kind=PACKED_JSON),
    ),
)

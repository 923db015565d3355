"""Who learns what: modes and invitations of a course, enrolments and what was done to them."""

from etl.tables.mapping import Column, TableMap
from etl.values.convert import BOOLEAN, DATE, INTEGER, MOMENT, REQUIRED_MOMENT

MODE = TableMap(
    source="course_modes_coursemode",
    target="enrollment_mode",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("course_id", to="course_key"),
        Column("mode_slug", to="slug"),
        Column("mode_display_name", to="name"),
        Column("min_price", kind=INTEGER),
        Column("currency"),
        Column("expiration_datetime", to="expires_at", kind=MOMENT),
        Column("expiration_date", to="expires_on", kind=DATE),
        Column("expiration_datetime_is_explicit", to="expires_explicitly", kind=BOOLEAN),
        Column("suggested_prices"),
        Column("description"),
        Column("sku"),
        Column("bulk_sku"),
    ),
)

ENROLLMENT = TableMap(
    source="student_courseenrollment",
    target="enrollment_enrollment",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("user_id", kind=INTEGER),
        Column("course_id", to="course_key"),
        Column("created", to="enrolled_at", kind=MOMENT),
        Column("is_active", to="active", kind=BOOLEAN),
        Column("mode"),
    ),
)

ATTRIBUTE = TableMap(
    source="student_courseenrollmentattribute",
    target="enrollment_attribute",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("enrollment_id", kind=INTEGER),
        Column("namespace"),
        Column("name"),
        Column("value"),
    ),
)

HISTORY = TableMap(
    source="student_historicalcourseenrollment",
    target="enrollment_history",
    key="history_id",
    columns=(
        Column("history_id", to="id", kind=INTEGER),
        Column("id", to="enrollment_id", kind=INTEGER),
        Column("user_id", kind=INTEGER),
        Column("course_id", to="course_key"),
        Column("created", to="enrolled_at", kind=MOMENT),
        Column("is_active", to="active", kind=BOOLEAN),
        Column("mode"),
        Column("history_date", to="recorded_at", kind=REQUIRED_MOMENT),
        Column("history_type", to="change"),
        Column("history_user_id", to="actor_id", kind=INTEGER),
    ),
)

INVITATION = TableMap(
    source="student_courseenrollmentallowed",
    target="invitations_invitation",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("email"),
        Column("course_id", to="course_key"),
        Column("auto_enroll", to="enrolls_at_once", kind=BOOLEAN),
        Column("created", to="invited_at", kind=MOMENT),
    ),
)

MANUAL_CHANGE = TableMap(
    source="student_manualenrollmentaudit",
    target="enrollment_manualchange",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("enrollment_id", kind=INTEGER),
        Column("enrolled_email", to="email"),
        Column("state_transition", to="transition"),
        Column("reason"),
        Column("time_stamp", to="recorded_at", kind=MOMENT),
        Column("enrolled_by_id", to="actor_id", kind=INTEGER),
    ),
)

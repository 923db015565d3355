"""People: accounts, groups, profiles and what hangs on them."""

from etl.tables.mapping import Column, TableMap
from etl.values.convert import BOOLEAN, INTEGER, MOMENT, REQUIRED_MOMENT

USER = TableMap(
    source="auth_user",
    target="identity_user",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("password"),
        Column("last_login", kind=MOMENT),
        Column("is_superuser", kind=BOOLEAN),
        Column("username"),
        Column("first_name"),
        Column("last_name"),
        Column("email"),
        Column("is_staff", kind=BOOLEAN),
        Column("is_active", kind=BOOLEAN),
        Column("date_joined", kind=REQUIRED_MOMENT),
    ),
)

GROUP = TableMap(
    source="auth_group",
    target="auth_group",
    key="id",
    columns=(Column("id", kind=INTEGER), Column("name")),
)

USER_GROUP = TableMap(
    source="auth_user_groups",
    target="identity_user_groups",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("user_id", kind=INTEGER),
        Column("group_id", kind=INTEGER),
    ),
)

PROFILE = TableMap(
    source="auth_userprofile",
    target="identity_profile",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("user_id", kind=INTEGER),
        Column("name"),
        Column("meta"),
        Column("courseware"),
        Column("language"),
        Column("location"),
        Column("year_of_birth", kind=INTEGER),
        Column("gender"),
        Column("level_of_education"),
        Column("mailing_address"),
        Column("city"),
        Column("country"),
        Column("goals"),
        Column("allow_certificate", to="may_have_certificate", kind=BOOLEAN),
        Column("bio"),
        Column("profile_image_uploaded_at", to="image_uploaded_at", kind=MOMENT),
    ),
)

LANGUAGE_PROFICIENCY = TableMap(
    source="student_languageproficiency",
    target="identity_languageproficiency",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("user_profile_id", to="profile_id", kind=INTEGER),
        Column("code"),
    ),
)

PREFERENCE = TableMap(
    source="user_api_userpreference",
    target="identity_preference",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("user_id", kind=INTEGER),
        Column("key"),
        Column("value"),
    ),
)

ORG_TAG = TableMap(
    source="user_api_userorgtag",
    target="identity_orgtag",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("user_id", kind=INTEGER),
        Column("org"),
        Column("key"),
        Column("value"),
        Column("created", kind=REQUIRED_MOMENT),
        Column("modified", kind=REQUIRED_MOMENT),
    ),
)

STANDING = TableMap(
    source="student_userstanding",
    target="identity_standing",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("user_id", kind=INTEGER),
        Column("account_status", to="status"),
        Column("changed_by_id", kind=INTEGER),
        Column("standing_last_changed_at", to="changed_at", kind=REQUIRED_MOMENT),
    ),
)

ACTIVATION = TableMap(
    source="auth_registration",
    target="identity_activation",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("user_id", kind=INTEGER),
        Column("activation_key", to="key"),
    ),
)

PSEUDONYM = TableMap(
    source="student_anonymoususerid",
    target="identity_pseudonym",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("user_id", kind=INTEGER),
        Column("course_id", to="course_key"),
        Column("anonymous_user_id", to="value"),
    ),
)

COURSE_TAG = TableMap(
    source="user_api_usercoursetag",
    target="identity_coursetag",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("user_id", kind=INTEGER),
        Column("course_id", to="course_key"),
        Column("key"),
        Column("value"),
    ),
)

"""Who may do what: roles in courses and in their forums."""

from etl.tables.mapping import Column, TableMap
from etl.values.convert import INTEGER

COURSE_ROLE = TableMap(
    source="student_courseaccessrole",
    target="permissions_courserole",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("user_id", kind=INTEGER),
        Column("org"),
        Column("course_id", to="course_key"),
        Column("role"),
    ),
)

FORUM_ROLE = TableMap(
    source="django_comment_client_role",
    target="permissions_forumrole",
    key="id",
    columns=(Column("id", kind=INTEGER), Column("name"), Column("course_id", to="course_key")),
)

FORUM_ROLE_MEMBER = TableMap(
    source="django_comment_client_role_users",
    target="permissions_forumrolemember",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("role_id", kind=INTEGER),
        Column("user_id", kind=INTEGER),
    ),
)

"""Certificates, who gets one whatever the grade, and which were taken back.

What certificates look like and where they are generated is configuration, and trial runs are not
anyone's: those tables of legacy are mirrored.
"""

from etl.tables.mapping import Column, TableMap
from etl.values.convert import BOOLEAN, INTEGER, REQUIRED_MOMENT

CERTIFICATE = TableMap(
    source="certificates_generatedcertificate",
    target="certificates_certificate",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("user_id", kind=INTEGER),
        Column("course_id", to="course_key"),
        Column("status"),
        Column("mode"),
        Column("grade"),
        Column("name"),
        Column("distinction", kind=BOOLEAN),
        Column("verify_uuid"),
        Column("download_uuid"),
        Column("download_url"),
        Column("key", to="request_key"),
        Column("error_reason"),
        Column("created_date", to="created_at", kind=REQUIRED_MOMENT),
        Column("modified_date", to="modified_at", kind=REQUIRED_MOMENT),
    ),
)

ALLOWANCE = TableMap(
    source="certificates_certificatewhitelist",
    target="certificates_allowance",
    key="id",
    columns=(
        Column("id", kind=INTEGER),
        Column("user_id", kind=INTEGER),
        Column("course_id", to="course_key"),
        Column("whitelist", to="active", kind=BOOLEAN),
        Column("notes"),
        Column("created", to="created_at", kind=REQUIRED_MOMENT),
    ),
)

INVALIDATION = TableMap(
    source="certificates_certificateinvalidation",
    target="certificates_invalidation",
    key="id",
    optional=True,
    columns=(
        Column("id", kind=INTEGER),
        Column("generated_certificate_id", to="certificate_id", kind=INTEGER),
        Column("invalidated_by_id", kind=INTEGER),
        Column("active", kind=BOOLEAN),
        Column("notes"),
        Column("created", to="created_at", kind=REQUIRED_MOMENT),
        Column("modified", to="modified_at", kind=REQUIRED_MOMENT),
    ),
)

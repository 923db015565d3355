"""Every table map, in the order in which rows refer to each other."""

from etl.tables import (
    catalog,
    certificates,
    cohorts,
    enrollment,
    identity,
    learner_state,
    permissions,
)
from etl.tables.mapping import Column, TableMap

__all__ = ["ALL", "BY_SOURCE", "Column", "TableMap"]

ALL: tuple[TableMap, ...] = (
    identity.USER,
    identity.GROUP,
    identity.USER_GROUP,
    identity.PROFILE,
    identity.LANGUAGE_PROFICIENCY,
    identity.PREFERENCE,
    identity.ORG_TAG,
    identity.STANDING,
    identity.ACTIVATION,
    identity.PSEUDONYM,
    identity.COURSE_TAG,
    permissions.COURSE_ROLE,
    permissions.FORUM_ROLE,
    permissions.FORUM_ROLE_MEMBER,
    catalog.COURSE,
    catalog.ORGANIZATION,
    catalog.COURSE_ORGANIZATION,
    catalog.STRUCTURE,
    enrollment.MODE,
    enrollment.INVITATION,
    enrollment.ENROLLMENT,
    enrollment.ATTRIBUTE,
    enrollment.HISTORY,
    enrollment.MANUAL_CHANGE,
    cohorts.COHORTING,
    cohorts.COHORT,
    cohorts.ADMISSION,
    cohorts.CONTENT_GROUP,
    cohorts.PLACEMENT,
    cohorts.ROSTER_ENTRY,
    certificates.CERTIFICATE,
    certificates.ALLOWANCE,
    certificates.INVALIDATION,
    learner_state.BLOCK_STATE,
    learner_state.EARLIER_HISTORY,
    learner_state.HISTORY,
)

BY_SOURCE = {table.source: table for table in ALL}

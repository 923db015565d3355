"""The only door of cohorts: how a course divides its learners, and who is in which part."""

from modern.lms.cohorts.commands import place
from modern.lms.cohorts.queries import cohort_of, cohorting, cohorts_in, members

__all__ = ["cohort_of", "cohorting", "cohorts_in", "members", "place"]

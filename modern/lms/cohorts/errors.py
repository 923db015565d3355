"""What can go wrong with cohorts.

CohortError
└── UnknownCohort   Missing   look at the cohorts of the course
"""

from __future__ import annotations

from modern.shared.errors import Missing, ModernError

__all__ = ["CohortError", "UnknownCohort"]


class CohortError(ModernError):
    """The cohort could not be used: look at the cohorts of the course."""


class UnknownCohort(CohortError, Missing):
    """There is no such cohort: look at the cohorts of the course."""

    code = "unknown_cohort"

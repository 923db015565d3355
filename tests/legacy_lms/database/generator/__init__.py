"""More legacy rows, as many as asked for, of the kind the platform writes.

What a row holds is a pure function of the plan and the row's index, so the same seed gives the same
database and memory stays constant; only ``fill`` talks to a server.
"""

from tests.legacy_lms.database.generator.fill import Outcome, generate
from tests.legacy_lms.database.generator.plan import Plan

__all__ = ["Outcome", "Plan", "generate"]

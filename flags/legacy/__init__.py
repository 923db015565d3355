"""What the legacy LMS and Studio serve, area by area: capabilities and their routes, declared as
data.

An area goes when its capabilities are retired. Paths are edx-platform's of June 2016, with those of
October 2016.
"""

from __future__ import annotations

from flags.legacy import (
    assessment,
    authoring,
    catalog,
    courseware,
    discussion,
    enrollment,
    identity,
    instructor,
    operations,
    profile,
)

__all__ = ["ALL"]

ALL = (
    catalog,
    profile,
    identity,
    enrollment,
    discussion,
    courseware,
    assessment,
    instructor,
    authoring,
    operations,
)
"""The areas; each has `CAPABILITIES` and `ROUTES`."""

"""Dates as MySQL writes them, within the years the recorded release can have seen."""

from datetime import datetime, timedelta

__all__ = ["SPAN_SECONDS", "at"]

# From the first public courses to the day of the recorded release.
_BEGIN = datetime(2012, 9, 1)  # noqa: DTZ001 - legacy dates are naive UTC
SPAN_SECONDS = int((datetime(2016, 6, 17) - _BEGIN).total_seconds())  # noqa: DTZ001 - see above


def at(seconds: int, microseconds: int = 0) -> str:
    """Write the moment so many seconds after the beginning as a ``datetime(6)``."""
    moment = _BEGIN + timedelta(seconds=seconds, microseconds=microseconds)
    return moment.isoformat(" ", "microseconds")

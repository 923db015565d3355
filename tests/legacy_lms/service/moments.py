"""Moments as the tables hold them, naive and in UTC, and as legacy writes them in JSON."""

from datetime import UTC, datetime

EPOCH = datetime.fromtimestamp(0, UTC).replace(tzinfo=None)


def utc_now() -> datetime:
    """The present moment, to the microsecond."""
    return datetime.now(UTC).replace(tzinfo=None)


def unix(moment: datetime) -> int:
    """Whole seconds since 1970, as signatures and tokens carry them."""
    return int((moment - EPOCH).total_seconds())


def drf_moment(moment: datetime | None) -> str | None:
    """A moment as a DRF field renders it: six digits of fraction, none when they are zero."""
    return moment.isoformat() + "Z" if moment else None


def short_moment(moment: datetime | None) -> str | None:
    """A moment as the DRF encoder renders it: the fraction cut to three digits."""
    return moment.isoformat()[:23] + "Z" if moment else None

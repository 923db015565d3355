"""The JSON of the enrollment API; pure functions of what modern hands out."""

from typing import Any

from compat import dates
from modern.lms.enrollment.data import CourseOffer, Enrollment, Mode

__all__ = ["course_details", "enrollment"]


def enrollment(row: Enrollment, offer: CourseOffer | None) -> dict[str, Any]:
    """Return the enrollment object; `offer` is None when the course is gone."""
    return {
        "created": dates.in_full(row.enrolled_at),
        "mode": row.mode,
        "is_active": row.active,
        "course_details": None if offer is None else course_details(offer),
        "user": row.username,
    }


def course_details(offer: CourseOffer) -> dict[str, Any]:
    """Return what a course offers; the encoder made its dates, so they end in milliseconds."""
    return {
        "course_id": offer.course_key,
        "enrollment_start": dates.to_milliseconds(offer.enrollment_starts_at),
        "enrollment_end": dates.to_milliseconds(offer.enrollment_ends_at),
        "course_start": dates.to_milliseconds(offer.starts_at),
        "course_end": dates.to_milliseconds(offer.ends_at),
        "invite_only": offer.invitation_only,
        "course_modes": [_mode(mode) for mode in offer.modes],
    }


def _mode(mode: Mode) -> dict[str, Any]:
    return {
        "slug": mode.slug,
        "name": mode.name,
        "min_price": mode.min_price,
        "suggested_prices": mode.suggested_prices,
        "currency": mode.currency,
        "expiration_datetime": dates.to_milliseconds(mode.expires_at),
        "description": mode.description,
        "sku": mode.sku,
        "bulk_sku": mode.bulk_sku,
    }

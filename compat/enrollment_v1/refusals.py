"""The refusals of the enrollment API, word for word, each with its status.

`of` turns an error of modern into the one a legacy client knows; several become the same.
"""

from typing import Any

from compat.enrollment_v1.shapes import course_details
from modern.lms.enrollment.data import CourseOffer
from modern.lms.enrollment.errors import (
    AttributesMissing,
    CourseNotFound,
    EnrollmentError,
    ModeMismatch,
)

__all__ = ["Refusal", "of"]


class Refusal(Exception):
    """A request is refused with `status` and a body; None is an empty one."""

    def __init__(self, status: int, message: str | None, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = None if message is None else {"message": message, **more}


def no_course_named() -> Refusal:
    """A POST must say which course."""
    return Refusal(400, "Course ID must be specified to create a new enrollment.")


def no_such_course(course_id: object) -> Refusal:
    """The key is malformed or names no course."""
    return Refusal(400, f"No course '{course_id}' found for enrollment")


def no_course_details(course_id: str) -> Refusal:
    """The same for the public description of a course."""
    return Refusal(400, f"No course found for course ID '{course_id}'")


def not_yours() -> Refusal:
    """Someone else's enrolment: not even its existence is told."""
    return Refusal(404, None)


def mode_needs_key(mode: str) -> Refusal:
    """Only servers put people into paid modes."""
    return Refusal(403, f"User does not have permission to create enrollment with mode [{mode}].")


def no_such_user(username: str) -> Refusal:
    """A server named a user that does not exist."""
    return Refusal(406, f"The user {username} does not exist.")


def bad_activation(value: object) -> Refusal:
    """`is_active` must be true, false or absent."""
    return Refusal(400, f"'{value}' is an invalid enrollment activation status.")


def bad_attributes(value: object) -> Refusal:
    """Attributes must be a list of objects with three texts; legacy broke down over others."""
    return Refusal(400, f"'{value}' are invalid enrollment attributes.")


def bad_opt_in(value: object) -> Refusal:
    """The choice about e-mail must be true or false and somebody's; legacy broke down over it."""
    return Refusal(
        400, f"'{value}' is an invalid email opt-in: it takes a signed-in user's choice."
    )


def unreadable(username: str, course_id: str) -> Refusal:
    """A GET with a malformed key; legacy broke down over it."""
    return Refusal(
        400,
        f"An error occurred while retrieving enrollments for user '{username}' "
        f"in course '{course_id}'",
    )


def mode_unavailable(mode: str | None, offer: CourseOffer) -> Refusal:
    """Name the mode that was asked for, so None where it was the default, and what there is."""
    text = f"The course mode '{mode}' is not available for course '{offer.course_key}'."
    return Refusal(400, text, course_details=course_details(offer))


def of(error: EnrollmentError, *, username: str, course_id: str, mode: str | None) -> Refusal:
    """Return what legacy says of the error; closed, full and the like are one text."""
    match error:
        case CourseNotFound():
            return no_such_course(course_id)
        case ModeMismatch(actual=actual, requested=requested):
            modes = f"active mode={actual}, requested mode={requested}"
            return Refusal(400, f"Enrollment mode mismatch: {modes}. Won't deactivate.")
        case AttributesMissing(required=required):
            labels = ", ".join(f"u'{label}'" for label in required)  # as Python 2 prints a list
            wanted = f"requested mode={mode} required attributes=[{labels}]"
            return Refusal(400, f"Missing enrollment attributes: {wanted}")
    place = f"for user '{username}' in course '{course_id}'"
    return Refusal(400, f"An error occurred while creating the new course enrollment {place}")

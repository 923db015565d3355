"""What can go wrong when people enrol; each is also an error of `modern.shared.errors`.

EnrollmentError
├── CourseNotFound, EnrollmentNotFound    Missing    name something that exists
├── EnrollmentClosed, StaffOnly           Forbidden  ask the course staff
├── ModeUnavailable, AttributesMissing    BadInput   ask for something the course offers
└── CourseFull, ModeMismatch, AlreadyEnrolled, HeldByCertificate
                                          Conflict   read the state again, then decide
"""

from modern.shared.errors import BadInput, Conflict, Forbidden, Missing, ModernError

__all__ = [
    "AlreadyEnrolled",
    "AttributesMissing",
    "CourseFull",
    "CourseNotFound",
    "EnrollmentClosed",
    "EnrollmentError",
    "EnrollmentNotFound",
    "HeldByCertificate",
    "ModeMismatch",
    "ModeUnavailable",
    "StaffOnly",
]


class EnrollmentError(ModernError):
    """The enrolment was not changed."""

    code = "enrollment_error"


class CourseNotFound(EnrollmentError, Missing):
    """There is no course with this key."""

    code = "course_not_found"

    def __init__(self, course_key: str) -> None:
        super().__init__(f"No course {course_key}: check the key, or publish the course first.")


class EnrollmentNotFound(EnrollmentError, Missing):
    """The user never enrolled in the course, or the caller may not know of it."""

    code = "enrollment_not_found"

    def __init__(self, which: str) -> None:
        super().__init__(f"There is no enrolment {which}: check the name, or enrol first.")


class EnrollmentClosed(EnrollmentError, Forbidden):
    """The enrolment period has not begun or is over, or the course is by invitation."""

    code = "enrollment_closed"

    def __init__(self, course_key: str) -> None:
        super().__init__(f"Enrolment in {course_key} is closed: ask the course staff.")


class StaffOnly(EnrollmentError, Forbidden):
    """Only the staff of the course may do this: ask them."""

    code = "staff_only"


class CourseFull(EnrollmentError, Conflict):
    """Every place is taken; staff and instructors do not count."""

    code = "course_full"

    def __init__(self, course_key: str) -> None:
        super().__init__(f"{course_key} is full: wait for a place, or raise its maximum.")


class ModeUnavailable(EnrollmentError, BadInput):
    """The course does not offer the mode, or no longer; `offered` is what it does offer."""

    code = "mode_unavailable"

    def __init__(self, course_key: str, mode: str, *, offered: tuple[str, ...]) -> None:
        super().__init__(
            f"{course_key} does not offer {mode!r}: choose one of {', '.join(offered)}."
        )
        self.mode = mode
        self.offered = offered


class AttributesMissing(EnrollmentError, BadInput):
    """The mode requires attributes that were not among those given."""

    code = "attributes_missing"

    def __init__(self, mode: str, required: tuple[str, ...]) -> None:
        super().__init__(f"Mode {mode!r} requires {', '.join(required)}: add them and try again.")
        self.mode = mode
        self.required = required


class ModeMismatch(EnrollmentError, Conflict):
    """A request to leave names another mode than the enrolment has: it rests on stale knowledge."""

    code = "mode_mismatch"

    def __init__(self, actual: str, requested: str) -> None:
        super().__init__(
            f"The enrolment is {actual!r}, not {requested!r}: read it again, then deactivate it."
        )
        self.actual = actual
        self.requested = requested


class AlreadyEnrolled(EnrollmentError, Conflict):
    """The user is in the course already, and nothing was changed."""

    code = "already_enrolled"

    def __init__(self, course_key: str, *, enrollment_id: int) -> None:
        super().__init__(f"Already enrolled in {course_key}: change enrolment {enrollment_id}.")
        self.enrollment_id = enrollment_id


class HeldByCertificate(EnrollmentError, Conflict):
    """A certificate of the course is being made, or the learner has it: leaving would void it."""

    code = "held_by_certificate"

    def __init__(self, course_key: str) -> None:
        super().__init__(
            f"The certificate of {course_key} keeps its learner enrolled: ask the course staff."
        )

"""Progress, grades and certificates: what a learner has to show in the end (sets D and G)."""

from __future__ import annotations

from flags.access import Access
from flags.capability import Capability, CourseScope
from flags.route import Service, form, query, serves

__all__ = ["CAPABILITIES", "ROUTES"]

CAPABILITIES = (
    Capability(
        name="certificates",
        wave=2,
        course_scoped=CourseScope.PART,
        reads=("certificates_*",),
        writes=("certificates_*", "xqueue"),
        must_flip_with=("grades-progress",),
        may_flip_before=("badges",),
        needs="user and course ids, and the uuids of verification links, kept",
        checks="404 body of the certificate JSON; /certificates/{uuid}; download_url",
        note="grades-progress when generating; the reads alone may flip in wave 1.",
    ),
    Capability(
        name="grades-progress",
        wave=7,
        course_scoped=CourseScope.YES,
        reads=("courseware_studentmodule", "submissions_*", "grades_*"),
        must_flip_with=("courseware", "certificates", "credit"),
        needs=(
            "a recomputed grade equals Python 2's rounding; the grading policy comes from the "
            "course"
        ),
        checks="progress has no JSON; grades API v0",
        note="grades_* exist from October 2016 on. Of certificates its generation.",
    ),
)

_certificates = serves(Service.LMS, "certificates")
_grades = serves(Service.LMS, "grades-progress")

_COURSE = "/courses/{course_id}"

ROUTES = (
    _certificates(
        "GET",
        "/api/certificates/v0/certificates/{username}/courses/{course_id}/",
        "certificates_api:v0:certificates:detail",
    ),
    _certificates(
        "GET", "/certificates/user/{user_id}/course/{course_id}", "certificates:html_view"
    ),
    _certificates("GET", "/certificates/{uuid}", "certificates:render_cert_by_uuid"),
    _certificates("GET", "/certificates/search", "certificates:search", course=query("course_id")),
    _certificates(
        "POST",
        "/certificates/regenerate",
        "certificates:regenerate_certificate_for_user",
        course=form("course_key"),
    ),
    _certificates(
        "POST",
        "/certificates/generate",
        "certificates:generate_certificate_for_user",
        course=form("course_key"),
    ),
    _certificates("POST", f"{_COURSE}/generate_user_cert...", "generate_user_cert"),
    _certificates("POST", "/request_certificate", "request_certificate", course=form("course_id")),
    _certificates("POST", "/update_certificate"),
    _certificates("POST", "/update_example_certificate"),
    # Showing progress updates credit_creditrequirementstatus.
    _grades("GET", f"{_COURSE}/progress", "progress", always=Access.WRITES),
    _grades("GET", f"{_COURSE}/progress/{{student_id}}/", "student_progress", always=Access.WRITES),
    _grades(
        "GET", f"{_COURSE}/submission_history/{{username}}/{{usage_key}}", "submission_history"
    ),
    _grades("GET", "/api/grades/v0/course_grade/{course_id}/users/", "grades_api:user_grade"),
    _grades(
        "GET", "/api/grades/v0/courses/{course_id}/policy/", "grades_api:course_grading_policy"
    ),
)

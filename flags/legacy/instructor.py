"""The instructor's dashboard with its 68 endpoints, cohorts, and custom courses (CCX)."""

from __future__ import annotations

from flags.access import Access
from flags.capability import Capability, CourseScope
from flags.route import Service, serves

__all__ = ["CAPABILITIES", "ROUTES"]

CAPABILITIES = (
    Capability(
        name="instructor",
        wave=8,
        course_scoped=CourseScope.YES,
        reads=("everything of the course",),
        writes=(
            "student_courseenrollment*",
            "student_courseaccessrole",
            "course_groups_*",
            "courseware_studentmodule",
            "instructor_task_*",
            "report storage",
        ),
        must_flip_with=("courseware", "enrollment", "discussion-api"),
        needs="Celery tasks and report storage; calls by POST alone; polling of InstructorTask",
        checks="all 68 endpoints",
        note="Of discussion-api its roles.",
    ),
    Capability(
        name="ccx",
        wave=8,
        course_scoped=CourseScope.YES,
        reads=("ccx_*",),
        writes=("ccx_*", "student_courseenrollment"),
        must_flip_with=("courseware", "instructor", "enrollment"),
        needs="custom course keys (ccx-v1) everywhere",
        checks="the list of CCXs",
    ),
)

_instructor = serves(Service.LMS, "instructor")
_ccx = serves(Service.LMS, "ccx")

_COURSE = "/courses/{course_id}"
_API = f"{_COURSE}/instructor/api"
_COHORTS = "/courses/{course_key}/cohorts"

# Since June 2016 the API takes POST only, also where it just shows something.
_POSTS_THAT_READ = (
    "list_course_role_members",
    "get_grading_config",
    "get_students_features",
    "get_student_progress_url",
    "list_entrance_exam_instructor_tasks",
    "list_instructor_tasks",
    "list_background_email_tasks",
    "list_email_content",
    "list_forum_members",
    "show_unit_extensions",
    "show_student_extensions",
    "list_report_downloads",
    "list_financial_report_downloads",
    "get_registration_codes",
    "active_registration_codes",
    "spent_registration_codes",
    "get_user_invoice_preference",
)
# The reports among them start a task, whatever their names say.
_POSTS_THAT_WRITE = (
    "students_update_enrollment",
    "register_and_enroll_students",
    "modify_access",
    "bulk_beta_modify_access",
    "get_students_features/csv",
    "get_students_who_may_enroll",
    "get_problem_responses",
    "reset_student_attempts",
    "rescore_problem",
    "reset_student_attempts_for_entrance_exam",
    "rescore_entrance_exam",
    "mark_student_can_skip_entrance_exam",
    "update_forum_role_membership",
    "send_email",
    "change_due_date",
    "reset_due_date",
    "get_proctored_exam_results",
    "calculate_grades_csv",
    "problem_grade_report",
    "generate_registration_codes",
    "get_enrollment_report",
    "get_exec_summary_report",
    "get_course_survey_results",
    "export_ora2_data",
    "add_users_to_cohorts",
    "generate_example_certificates",
    "enable_certificate_generation",
    "start_certificate_generation",
    "start_certificate_regeneration",
    "generate_certificate_exceptions/{generate_for}",
    "generate_bulk_certificate_exceptions",
    "sale_validation_url",
)
_GETS = (
    "get_anon_ids",
    "get_issued_certificates/",
    "get_sale_records[/csv]",
    "get_sale_order_records",
    "get_coupon_codes",
    "gradebook[/{offset}]",
)
_CCX_PAGES = (
    "ccx_coach",
    "create_ccx",
    "save_ccx",
    "ccx_invite",
    "ccx_schedule",
    "ccx_manage_student",
    "ccx_gradebook[/{offset}]",
    "ccx_grades.csv",
    "ccx_set_grading_policy",
)

ROUTES = (
    _instructor("GET", f"{_COURSE}/instructor", "instructor_dashboard"),
    *(_instructor("POST", f"{_API}/{end}", end, always=Access.READS) for end in _POSTS_THAT_READ),
    *(_instructor("POST", f"{_API}/{end}", end.partition("/")[0]) for end in _POSTS_THAT_WRITE),
    *(_instructor("GET", f"{_API}/{end}") for end in _GETS),
    _instructor("POST DELETE", f"{_API}/certificate_exception_view/"),
    _instructor("POST DELETE", f"{_API}/certificate_invalidation_view/"),
    _instructor("POST", f"{_COURSE}/set_course_mode_price"),
    _instructor("POST", f"{_COURSE}/add_coupon"),
    _instructor("POST", f"{_COURSE}/update_coupon"),
    _instructor("POST", f"{_COURSE}/remove_coupon"),
    _instructor("POST", f"{_COURSE}/get_coupon_info", always=Access.READS),
    _instructor("GET", f"{_COURSE}/look_up_registration_code"),
    _instructor("POST", f"{_COURSE}/registration_code_details"),
    # The dashboard polls with POST when it asks for several tasks.
    _instructor(
        "GET POST", "/instructor_task_status/", "instructor_task_status", always=Access.READS
    ),
    _instructor("GET", "/class_dashboard/..."),
    _instructor("GET PATCH", f"{_COHORTS}/settings", "course_cohort_settings"),
    _instructor("GET PUT POST PATCH", f"{_COHORTS}/[{{cohort_id}}]", "cohorts"),
    _instructor("GET POST", f"{_COHORTS}/{{cohort_id}}/add", "add_to_cohort"),
    _instructor("GET POST", f"{_COHORTS}/{{cohort_id}}/delete", "remove_from_cohort"),
    _instructor("GET POST", f"{_COHORTS}/topics", "cohort_discussion_topics"),
    _instructor("GET POST", f"{_COHORTS}/debug", "debug_cohort_mgmt"),
    _instructor(
        "GET", "/courses/{course_key}/verified_track_content/settings", "verified_track_cohorting"
    ),
    _ccx("GET POST", "/api/ccx/v0/ccx/", "ccx_api:v0:ccx:list"),
    _ccx("GET PATCH DELETE", "/api/ccx/v0/ccx/{course_id}[/]", "ccx_api:v0:ccx:detail"),
    *(_ccx("GET POST", f"{_COURSE}/{page}") for page in _CCX_PAGES),
)

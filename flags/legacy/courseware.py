"""The course as a learner walks through it: pages, blocks and their handlers, bookmarks and notes
(set D).
"""

from __future__ import annotations

from flags.access import Access
from flags.capability import Capability, CourseScope
from flags.route import Service, json, query, serves

__all__ = ["CAPABILITIES", "ROUTES"]

_STATE = ("courseware_studentmodule", "courseware_studentmodulehistory", "courseware_xmodule*")

CAPABILITIES = (
    Capability(
        name="bookmarks-notes",
        wave=6,
        course_scoped=CourseScope.PART,
        reads=("bookmarks_*",),
        writes=("bookmarks_*", "edx-notes-api service"),
        must_flip_with=("courseware",),
        needs="the JSON cache of paths; usage keys; edx-notes-api wants a JWT of its own",
        checks="bookmark id is username,usage; limit; 404",
        note="courseware because its buttons call the API.",
    ),
    Capability(
        name="courseware",
        wave=7,
        course_scoped=CourseScope.YES,
        reads=("modulestore", "courseware_studentmodule", "course_groups_*", "due date overrides"),
        writes=_STATE,
        must_flip_with=("xblock-handlers", "grades-progress", "lti-provider", "mobile-api"),
        may_flip_before=("course-structure-api", "assets"),
        needs=(
            "a flip per course with a freeze; XBlock runtime; state copied at cut-over; anonymous "
            "ids"
        ),
        checks="jump_to; masquerade of staff; redirects by access",
        note="Rendered pages call their own handlers. Of mobile-api its course_status_info.",
    ),
    Capability(
        name="xblock-handlers",
        wave=7,
        course_scoped=CourseScope.YES,
        reads=("modulestore", "courseware_studentmodule", "course_groups_*", "due date overrides"),
        writes=_STATE,
        must_flip_with=("courseware",),
        needs="the same service as courseware; xqueue keys fit only the side that sent them",
        checks="problem_check; LTI outcome by handler_noauth; upload 413",
    ),
)

_courseware = serves(Service.LMS, "courseware")
_handlers = serves(Service.LMS, "xblock-handlers")
_notes = serves(Service.LMS, "bookmarks-notes")

_COURSE = "/courses/{course_id}"
_BLOCK = "/courses/{course_id}/xblock/{usage_id}"

ROUTES = (
    _courseware("GET", f"{_COURSE}/", "course_root"),
    _courseware("GET", f"{_COURSE}/info", "info"),
    # Walking through a course saves the position in courseware_studentmodule, on GET.
    _courseware("GET", f"{_COURSE}/courseware[/]", "courseware", always=Access.WRITES),
    _courseware(
        "GET", f"{_COURSE}/courseware/{{chapter}}/", "courseware_chapter", always=Access.WRITES
    ),
    _courseware(
        "GET",
        f"{_COURSE}/courseware/{{chapter}}/{{section}}/",
        "courseware_section",
        always=Access.WRITES,
    ),
    _courseware(
        "GET",
        f"{_COURSE}/courseware/{{chapter}}/{{section}}/{{position}}[/]",
        "courseware_position",
        always=Access.WRITES,
    ),
    _courseware("GET", f"{_COURSE}/jump_to/{{usage_key}}", "jump_to"),
    _courseware("GET", f"{_COURSE}/jump_to_id/{{module_id}}", "jump_to_id"),
    _courseware("GET", "/xblock/{usage_key}", "render_xblock", always=Access.WRITES),
    _courseware("GET", f"{_BLOCK}/view/{{view_name}}", "xblock_view"),
    _courseware("GET", "/xblock/resource/{block_type}/...", "xblock_resource_url"),
    # Custom tabs take what no other route of the course takes.
    _courseware("GET", f"{_COURSE}/{{tab_slug}}/", "static_tab"),
    _courseware("GET", f"{_COURSE}/syllabus", "syllabus"),
    _courseware("GET", f"{_COURSE}/book/{{index}}/[{{page}}]", "book"),
    _courseware("GET", f"{_COURSE}/pdfbook/{{index}}/[{{page}}]", "pdf_book"),
    _courseware("GET", f"{_COURSE}/pdfbook/{{index}}/chapter/{{chapter}}/[{{page}}]", "pdf_book"),
    _courseware("GET", f"{_COURSE}/htmlbook/{{index}}/", "html_book"),
    _courseware("GET", f"{_COURSE}/htmlbook/{{index}}/chapter/{{chapter}}/", "html_book"),
    _courseware("GET POST", f"{_COURSE}/survey", "course_survey"),
    _courseware("GET POST", "/survey/{name}/", "view_survey"),
    _courseware("GET POST", "/survey/{name}/answers/", "submit_answers"),
    _courseware("POST", "/courses/{course_key}/masquerade", "masquerade_update"),
    _courseware("POST", "/search/{course_id}", "do_search", always=Access.READS),
    _courseware("*", "/api/edx_proctoring/v1/..."),
    _handlers("GET POST PUT DELETE", f"{_BLOCK}/handler/{{handler}}[/...]", "xblock_handler"),
    _handlers("*", f"{_BLOCK}/handler_noauth/{{handler}}[/...]", "xblock_handler_noauth"),
    _handlers("POST", f"{_COURSE}/xqueue/{{userid}}/{{usage_key}}/{{dispatch}}", "xqueue_callback"),
    _handlers("GET", f"{_COURSE}/lti_rest_endpoints/", "lti_rest_endpoints"),
    _handlers("GET", "/calculate", "calculate"),
    _notes("GET", "/api/bookmarks/v1/bookmarks/", "bookmarks", course=query("course_id")),
    _notes("POST", "/api/bookmarks/v1/bookmarks/", "bookmarks", course=json("usage_id")),
    _notes("GET DELETE", "/api/bookmarks/v1/bookmarks/{username},{usage_id}/", "bookmarks_detail"),
    _notes("GET", f"{_COURSE}/edxnotes/", "edxnotes"),
    _notes("GET", f"{_COURSE}/edxnotes/notes/", "edxnotes"),
    _notes("GET", f"{_COURSE}/edxnotes/token/", "edxnotes"),
    _notes("GET PUT POST", f"{_COURSE}/edxnotes/visibility/", "edxnotes"),
    _notes("*", f"{_COURSE}/notes", "notes"),
    _notes("*", f"{_COURSE}/notes/api", "notes"),
    _notes("*", f"{_COURSE}/notes/api/annotations[/{{id}}]", "notes"),
    _notes("*", f"{_COURSE}/notes/api/search", "notes"),
)

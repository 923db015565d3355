"""Studio: authoring, settings, files, import and export, libraries, teams, and its home page (set
F).

One modulestore and one contentstore have one writer per course: these flip together.
"""

from __future__ import annotations

from flags.access import Access
from flags.capability import Capability, CourseScope
from flags.route import Service, serves

__all__ = ["CAPABILITIES", "ROUTES"]

CAPABILITIES = (
    Capability(
        name="studio-authoring",
        wave=9,
        course_scoped=CourseScope.YES,
        reads=("modulestore draft",),
        writes=("modulestore draft", "modulestore published", "overviews, structures, search"),
        must_flip_with=(
            "studio-settings",
            "studio-team",
            "studio-libraries",
            "studio-import-export",
        ),
        needs="one writer of the modulestore per course; publishing updates legacy's copies",
        checks="xblock JSON",
        note="Of studio-team its access rules.",
    ),
    Capability(
        name="studio-settings",
        wave=9,
        course_scoped=CourseScope.YES,
        reads=("modulestore course settings", "course_modes_*"),
        writes=("modulestore course settings", "course_modes_*"),
        must_flip_with=("studio-authoring",),
        checks="PUT of grading; list of errors of advanced settings",
    ),
    Capability(
        name="studio-assets",
        wave=9,
        course_scoped=CourseScope.YES,
        reads=("contentstore",),
        writes=("contentstore", "edxval_*"),
        must_flip_with=("assets", "studio-authoring"),
        needs="paging of the file list; transcripts",
        checks="files as JSON",
        note="assets is its reading side.",
    ),
    Capability(
        name="studio-import-export",
        wave=9,
        course_scoped=CourseScope.YES,
        reads=("modulestore", "contentstore"),
        writes=("modulestore", "contentstore"),
        must_flip_with=("studio-authoring", "studio-assets"),
        needs="the session holds the import's status; chunks by Content-Range; state of one host",
        checks="numbers of import_status; the exported tgz",
    ),
    Capability(
        name="studio-libraries",
        wave=9,
        course_scoped=CourseScope.NO,
        reads=("modulestore libraries",),
        writes=("modulestore libraries",),
        must_flip_with=("studio-authoring", "courseware"),
        needs="library-v1 keys",
        checks="the list",
        note="courseware for library_content blocks.",
    ),
    Capability(
        name="studio-team",
        wave=9,
        course_scoped=CourseScope.YES,
        reads=("student_courseaccessrole", "course_creators_*"),
        writes=("student_courseaccessrole", "course_creators_*"),
        must_flip_with=("studio-authoring",),
        needs="role rows decide which tabs staff see in the LMS",
        checks="403 as JSON or HTML",
        note="The LMS reads the same table for staff access.",
    ),
    Capability(
        name="studio-home",
        wave=9,
        course_scoped=CourseScope.NO,
        reads=("modulestore course list",),
        writes=("modulestore course create", "course_action_state_*"),
        must_flip_with=("studio-authoring",),
        needs="a rerun of a course is an asynchronous task",
        checks="status of a notification",
    ),
)

_home = serves(Service.CMS, "studio-home")
_authoring = serves(Service.CMS, "studio-authoring")
_settings = serves(Service.CMS, "studio-settings")
_team = serves(Service.CMS, "studio-team")
_assets = serves(Service.CMS, "studio-assets")
_transfer = serves(Service.CMS, "studio-import-export")
_libraries = serves(Service.CMS, "studio-libraries")

_GROUPS = "/group_configurations/{course_key}"
_TRANSCRIPTS = ("upload", "download", "check", "choose", "replace", "rename", "save")

ROUTES = (
    _home("GET", "/", "homepage"),
    _home("GET", "/howitworks", "howitworks"),
    _home("GET", "/home[/]", "home"),
    _home("GET", "/organizations", "organizations"),
    _home("POST", "/request_course_creator", "request_course_creator"),
    _home("POST", "/course/", "course_handler"),
    _home("GET", "/course_rerun/{course_key}", "course_rerun_handler"),
    _home(
        "GET DELETE",
        "/course_notifications/{course_key}/{action_state_id}",
        "course_notifications_handler",
    ),
    _home("GET", "/programs/id_token/", "programs_id_token"),
    _home("GET", "/program/...", "programs"),
    _authoring("GET", "/course/{course_key}", "course_handler"),
    _authoring(
        "GET",
        "/course/{course_key}/search_reindex",
        "course_search_index_handler",
        always=Access.WRITES,
    ),
    _authoring("GET POST PUT PATCH DELETE", "/xblock/{usage_key}", "xblock_handler"),
    _authoring("POST", "/xblock/", "xblock_handler"),
    _authoring("GET", "/xblock/{usage_key}/{view_name}", "xblock_view_handler"),
    _authoring("GET", "/xblock/outline/{usage_key}", "xblock_outline_handler"),
    _authoring("GET", "/xblock/container/{usage_key}", "xblock_container_handler"),
    _authoring("*", "/xblock/{usage_key}/handler/{handler}[/...]", "component_handler"),
    _authoring("*", "/preview/xblock/{usage_key}/handler/{handler}[/...]", "preview_handler"),
    _authoring("GET", "/container/{usage_key}", "container_handler"),
    _authoring("GET DELETE", "/orphan/{course_key}", "orphan_handler"),
    _authoring("GET POST PUT", "/tabs/{course_key}", "tabs_handler"),
    _authoring("GET", "/course_info/{course_key}", "course_info_handler"),
    _authoring(
        "GET POST PUT DELETE",
        "/course_info_update/{course_key}/[{update_id}]",
        "course_info_update_handler",
    ),
    _authoring("GET POST DELETE", "/course/{course_key}/entrance_exam[/]", "entrance_exam"),
    _settings("GET POST PUT", "/settings/details/{course_key}", "settings_handler"),
    _settings(
        "GET POST PUT DELETE", "/settings/grading/{course_key}[/{grader_index}]", "grading_handler"
    ),
    _settings("GET POST PUT", "/settings/advanced/{course_key}", "advanced_settings_handler"),
    _settings("GET POST PUT", "/textbooks/{course_key}", "textbooks_list_handler"),
    _settings(
        "GET POST PUT DELETE", "/textbooks/{course_key}/{textbook_id}", "textbooks_detail_handler"
    ),
    _settings("GET POST", _GROUPS, "group_configurations_list_handler"),
    _settings(
        "POST PUT DELETE",
        f"{_GROUPS}/{{configuration_id}}[/{{group_id}}]",
        "group_configurations_detail_handler",
    ),
    _settings("GET POST", "/certificates/{course_key}", "certificates_list_handler"),
    _settings(
        "POST PUT DELETE",
        "/certificates/{course_key}/{certificate_id}",
        "certificates_detail_handler",
    ),
    _settings(
        "POST PUT DELETE",
        "/certificates/{course_key}/{certificate_id}/signatories/{signatory_id}",
        "signatory_detail_handler",
    ),
    _settings(
        "GET POST", "/certificates/activation/{course_key}/", "certificate_activation_handler"
    ),
    _team("GET POST PUT DELETE", "/course_team/{courselike_key}/[{email}]", "course_team_handler"),
    _assets("GET POST PUT DELETE", "/assets/{course_key}/[...]", "assets_handler"),
    _assets("GET POST", "/videos/{course_key}", "videos_handler"),
    _assets("GET", "/video_encodings_download/{course_key}", "video_encodings_download"),
    *(_assets("GET POST", f"/transcripts/{act}", f"{act}_transcripts") for act in _TRANSCRIPTS),
    _transfer("GET POST PUT", "/import/{courselike_key}", "import_handler"),
    _transfer("GET", "/import_status/{courselike_key}/{filename}", "import_status_handler"),
    _transfer("GET", "/export/{courselike_key}", "export_handler"),
    # ?action=push makes the export, by GET.
    _transfer("GET", "/export_git/{course_key}", "export_git", always=Access.WRITES),
    _libraries("GET POST", "/library/", "library_handler"),
    _libraries("GET POST", "/library/{library_key}", "library_handler"),
    _libraries("GET", "/library/{library_key}/team/", "manage_library_users"),
)

"""What is read about published courses: catalogue, structure, videos, badges, files, and the
phones' lists.
"""

from __future__ import annotations

from flags.access import Access
from flags.capability import EVERY_OTHER, Capability, CourseScope
from flags.route import Service, query, serves

__all__ = ["CAPABILITIES", "ROUTES"]

CAPABILITIES = (
    Capability(
        name="badges",
        wave=1,
        course_scoped=CourseScope.NO,
        reads=("badges_badgeassertion", "badges_badgeclass"),
        may_flip_before=EVERY_OTHER,
        needs="user ids and usernames; image URLs kept absolute on the old media host",
        checks="the Android badge list without its slash answers 301",
    ),
    Capability(
        name="course-structure-api",
        wave=1,
        course_scoped=CourseScope.YES,
        reads=(
            "modulestore",
            "course_structures cache",
            "access by start, visibility, cohort, group",
        ),
        may_flip_before=EVERY_OTHER,
        needs=(
            "import of published courses; access rules per user (role, beta, cohort, content "
            "groups)"
        ),
        checks=(
            "blocks with depth 0, 2, all; all_blocks for staff only; anonymous; student_view_data"
        ),
        note="Reads a copy of the published course.",
    ),
    Capability(
        name="catalog",
        wave=1,
        course_scoped=CourseScope.PART,
        reads=("course_overviews_*", "modulestore", "search index"),
        may_flip_before=EVERY_OTHER,
        needs=(
            "import of course overviews; organisation and site filter; search index; same media "
            "URLs"
        ),
        checks="paging of the courses list; org filter; mobile=true; anonymous and username",
    ),
    Capability(
        name="video-val",
        wave=1,
        course_scoped=CourseScope.NO,
        reads=("edxval_*",),
        writes=("edxval_*",),
        must_flip_with=("studio-assets",),
        may_flip_before=("courseware",),
        needs="the val tables replicated",
        checks="video detail JSON; staff only",
        note="Written by the video pipeline; tied to the videos page of studio-assets.",
    ),
    Capability(
        name="assets",
        wave=2,
        course_scoped=CourseScope.YES,
        reads=("contentstore GridFS",),
        must_flip_with=("studio-assets",),
        may_flip_before=("courseware",),
        needs=(
            "a copy of the files with md5, locked flag, content type, last modified; enrolment "
            "for locked ones"
        ),
        checks="304 by exact string; 206; 403; c4x, asset-v1 and versioned URLs",
        note="Together with its writer studio-assets, or alone with a one-way copy.",
    ),
    Capability(
        name="mobile-api",
        wave=2,
        course_scoped=CourseScope.PART,
        reads=(
            "student_courseenrollment",
            "auth_userprofile",
            "course_overviews_*",
            "course blocks",
            "certificates_*",
            "courseware_studentmodule",
        ),
        writes=("courseware_studentmodule",),
        must_flip_with=("courseware",),
        may_flip_before=("catalog", "course-structure-api"),
        needs=(
            "absolute URLs of the side that owns the target; inactive users' rules; app-version 426"
        ),
        checks="the request sets of the Android and iOS apps",
        note="Only PATCH course_status_info is tied to courseware; the lists may flip alone.",
    ),
)

_badges = serves(Service.LMS, "badges")
_structure = serves(Service.LMS, "course-structure-api")
_catalog = serves(Service.LMS, "catalog")
_val = serves(Service.LMS, "video-val")
_studio_val = serves(Service.CMS, "video-val")
_mobile = serves(Service.LMS, "mobile-api")

# Static templates: they exist with a custom theme or with entries in MKTG_URL_LINK_MAP.
_TEMPLATES = (
    "/about",
    "/blog",
    "/contact",
    "/donate",
    "/faq",
    "/help",
    "/jobs",
    "/news",
    "/press",
    "/media-kit",
    "/copyright",
    "/honor",
    "/tos",
    "/privacy",
    "/favicon.ico",
    "/404",
    "/500",
    "/t/{template}",
)

_FILES = (
    "/asset-v1:{course_run}+type@asset+block@...",
    "/asset-v1:{course_run}+type@asset+block/...",
    "/c4x/{org}/{course}/asset/...",
    "/assets/courseware/{md5}/...",
    "/static/...",
    "/media/...",
    "/media/profile-images/...",
)

ROUTES = (
    _badges("GET", "/api/badges/v1/assertions/user/{username}/", "badges_api:user_assertions"),
    _structure("GET", "/api/courses/v1/blocks/", "blocks_in_course", course=query("course_id")),
    _structure("GET", "/api/courses/v1/blocks/{usage_key}...", "blocks_in_block_tree"),
    _structure("GET", "/api/course_structure/v0/courses/", "course_structure_api:v0:list"),
    _structure(
        "GET", "/api/course_structure/v0/courses/{course_id}/", "course_structure_api:v0:detail"
    ),
    _structure(
        "GET",
        "/api/course_structure/v0/course_structures/{course_id}/",
        "course_structure_api:v0:structure",
    ),
    _structure(
        "GET",
        "/api/course_structure/v0/grading_policies/{course_id}/",
        "course_structure_api:v0:grading_policy",
    ),
    _catalog("GET", "/", "root"),
    _catalog("GET", "/courses[/]", "courses"),
    _catalog("GET", "/courses/{course_id}/about", "about_course"),
    _catalog("GET", "/api/courses/v1/courses/", "course-list"),
    _catalog("GET", "/api/courses/v1/courses/{course_key}...", "course-detail"),
    _catalog("POST", "/search/course_discovery/", "course_discovery", always=Access.READS),
    _catalog("GET", "/api/organizations/v0/organizations/", "organization-list"),
    _catalog("GET", "/api/organizations/v0/organizations/{short_name}/", "organization-detail"),
    _catalog("GET", "/api/branding/v1/footer", "branding_footer"),
    _catalog("GET", "/rss_proxy/", "rss_proxy:proxy"),
    *(_catalog("GET", template) for template in _TEMPLATES),
    _val("GET POST", "/api/val/v0/videos/", "video-list"),
    _val("GET PUT PATCH DELETE", "/api/val/v0/videos/{edx_video_id}", "video-detail"),
    _val("GET PUT PATCH DELETE", "/api/val/v0/videos/{edx_video_id}/{language}", "subtitle-detail"),
    _val("GET", "/api/val/v0/videos/{edx_video_id}/{language}/subtitle", "subtitle-content"),
    _studio_val("*", "/api/val/v0/..."),
    *(serves(service, "assets")("GET", files) for service in Service for files in _FILES),
    _mobile("GET", "/api/mobile/v0.5/my_user_info..."),
    _mobile("GET", "/api/mobile/v0.5/users/{username}", "user-detail"),
    _mobile(
        "GET", "/api/mobile/v0.5/users/{username}/course_enrollments/", "courseenrollment-detail"
    ),
    _mobile(
        "GET PATCH",
        "/api/mobile/v0.5/users/{username}/course_status_info/{course_id}",
        "user-course-status",
    ),
    _mobile("GET", "/api/mobile/v0.5/video_outlines/courses/{course_id}", "video-summary-list"),
    _mobile(
        "GET",
        "/api/mobile/v0.5/video_outlines/transcripts/{course_id}/{block_id}/{lang}",
        "video-transcripts-detail",
    ),
    _mobile("GET", "/api/mobile/v0.5/course_info/{course_id}/updates", "course-updates-list"),
    _mobile("GET", "/api/mobile/v0.5/course_info/{course_id}/handouts", "course-handouts-list"),
)

"""The forum in both its forms, teams and the wiki: what learners write to each other (set E)."""

from __future__ import annotations

from flags.access import Access
from flags.capability import Capability, CourseScope
from flags.route import Service, json, query, serves

__all__ = ["CAPABILITIES", "ROUTES"]

_FORUM = ("comments service", "django_comment_client_*")

CAPABILITIES = (
    Capability(
        name="discussion-api",
        wave=6,
        course_scoped=CourseScope.PART,
        reads=(*_FORUM, "course discussion settings", "course_groups_*"),
        writes=("comments service",),
        must_flip_with=("discussion-web", "notifications", "teams", "instructor"),
        needs=(
            "all writers through one comments service; username to id; endorsements; read counters"
        ),
        checks="paging of threads; comment_count; 404 against 403",
        note=(
            "notifications for digests of new posts, teams for topic threads, instructor for "
            "cohorts."
        ),
    ),
    Capability(
        name="discussion-web",
        wave=6,
        course_scoped=CourseScope.YES,
        reads=(*_FORUM, "course discussion settings", "course_groups_*"),
        writes=("comments service",),
        must_flip_with=("discussion-api",),
        needs="pages and AJAX, with upload of images",
        checks="follow and vote",
    ),
    Capability(
        name="teams",
        wave=6,
        course_scoped=CourseScope.YES,
        reads=("teams_*", "course configuration"),
        writes=("teams_*", "comments service"),
        must_flip_with=("discussion-api", "discussion-web"),
        needs="slugs of team ids; last_activity is updated by a signal of the forum",
        checks="order and expand of the team list; deletion of a membership",
    ),
    Capability(
        name="wiki",
        wave=6,
        course_scoped=CourseScope.YES,
        reads=("wiki_*",),
        writes=("wiki_*", "notify_*"),
        may_flip_before=("courseware",),
        needs="article permissions by course team; tree paths; HTML cache",
        checks="the page at the slug of a course's number",
        note="Tied to nothing but the course's tab.",
    ),
)

_api = serves(Service.LMS, "discussion-api")
_web = serves(Service.LMS, "discussion-web")
_teams = serves(Service.LMS, "teams")
_wiki = serves(Service.LMS, "wiki")

_DISCUSSION = "/courses/{course_id}/discussion"
_THREAD_ACTIONS = (
    "update",
    "reply",
    "delete",
    "upvote",
    "downvote",
    "unvote",
    "flagAbuse",
    "unFlagAbuse",
    "pin",
    "unpin",
    "follow",
    "unfollow",
    "close",
)
_COMMENT_ACTIONS = (
    "update",
    "endorse",
    "reply",
    "delete",
    "upvote",
    "downvote",
    "unvote",
    "flagAbuse",
    "unFlagAbuse",
)

ROUTES = (
    _api("GET", "/api/discussion/v1/courses/{course_id}...", "discussion_course"),
    _api("GET", "/api/discussion/v1/course_topics/{course_id}", "course_topics"),
    _api("GET", "/api/discussion/v1/threads/", "thread-list", course=query("course_id")),
    _api("POST", "/api/discussion/v1/threads/", "thread-list", course=json("course_id")),
    # A thread's id names no course: these flip for a user or for everyone, never for one course.
    _api("GET PATCH DELETE", "/api/discussion/v1/threads/{thread_id}/", "thread-detail"),
    _api("GET POST", "/api/discussion/v1/comments/", "comment-list"),
    _api("GET PATCH DELETE", "/api/discussion/v1/comments/{comment_id}/", "comment-detail"),
    _web("GET", f"{_DISCUSSION}/forum[/]", "forum_form_discussion"),
    _web("GET", f"{_DISCUSSION}/forum/{{discussion_id}}/inline", "inline_discussion"),
    # Showing a thread marks it as read in the comments service.
    _web(
        "GET",
        f"{_DISCUSSION}/forum/{{discussion_id}}/threads/{{thread_id}}",
        "single_thread",
        always=Access.WRITES,
    ),
    _web("GET", f"{_DISCUSSION}/forum/users/{{user_id}}[/followed]", "user_profile"),
    _web("POST", f"{_DISCUSSION}/{{commentable_id}}/threads/create", "create_thread"),
    _web("POST", f"{_DISCUSSION}/{{commentable_id}}/follow", "follow_commentable"),
    _web("POST", f"{_DISCUSSION}/{{commentable_id}}/unfollow", "unfollow_commentable"),
    *(_web("POST", f"{_DISCUSSION}/threads/{{thread_id}}/{act}") for act in _THREAD_ACTIONS),
    *(_web("POST", f"{_DISCUSSION}/comments/{{comment_id}}/{act}") for act in _COMMENT_ACTIONS),
    _web("POST", f"{_DISCUSSION}/upload", "upload"),
    _web("GET", f"{_DISCUSSION}/users", "users"),
    _teams("GET", "/api/team/v0/teams/", "teams_list", course=query("course_id")),
    _teams("POST", "/api/team/v0/teams/", "teams_list", course=json("course_id")),
    _teams("GET PATCH DELETE", "/api/team/v0/teams/{team_id}", "teams_detail"),
    _teams("GET", "/api/team/v0/topics/", "topics_list", course=query("course_id")),
    _teams("GET", "/api/team/v0/topics/{topic_id},{course_id}", "topics_detail"),
    _teams(
        "GET", "/api/team/v0/team_membership/", "team_membership_list", course=query("course_id")
    ),
    _teams("POST", "/api/team/v0/team_membership/", "team_membership_list"),
    _teams(
        "GET DELETE", "/api/team/v0/team_membership/{team_id},{username}", "team_membership_detail"
    ),
    _teams("GET", "/courses/{course_id}/teams/", "teams_dashboard"),
    # Articles have free paths, so the wiki is one subtree: pages, _edit, _create, _history and the
    # rest.
    _wiki("GET POST", "/wiki/...", "wiki:*"),
    _wiki("GET", "/wiki/create-root/", "root_create", always=Access.WRITES),
    # The first visit creates the course's article.
    _wiki("GET", "/courses/{course_id}/course_wiki[/]", "course_wiki", always=Access.WRITES),
    _wiki("GET POST", "/courses/{course_id}/wiki/..."),
)

"""Accounts, preferences and notification settings: what users say about themselves (set B)."""

from __future__ import annotations

from flags.access import Access
from flags.capability import Capability, CourseScope
from flags.route import Service, form, query, serves

__all__ = ["CAPABILITIES", "ROUTES"]

CAPABILITIES = (
    Capability(
        name="accounts",
        wave=3,
        course_scoped=CourseScope.NO,
        reads=("auth_user", "auth_userprofile", "student_languageproficiency", "user_api_*"),
        writes=("auth_user", "auth_userprofile", "student_pendingemailchange", "profile images"),
        must_flip_with=("preferences", "notifications"),
        may_flip_before=("auth-session",),
        needs="unique e-mail and case-insensitive username over both sides; the images' storage",
        checks="GET as self, other, staff; PATCH 415, 400, 404; keys of a private profile",
        note=(
            "The preference account_privacy decides visibility; notifications shares unsubscribe "
            "tokens."
        ),
    ),
    Capability(
        name="preferences",
        wave=3,
        course_scoped=CourseScope.NO,
        reads=("user_api_userpreference", "user_api_userorgtag"),
        writes=("user_api_userpreference", "user_api_userorgtag"),
        must_flip_with=("accounts",),
        may_flip_before=("auth-session",),
        needs="legacy's language middleware reads pref-lang, so writes must reach its cache",
        checks="PATCH null deletes; email_opt_in 200 and 400",
    ),
    Capability(
        name="notifications",
        wave=3,
        course_scoped=CourseScope.NO,
        reads=("user_api_userpreference", "student_optout", "django_comment_client_role*"),
        writes=("user_api_userpreference", "student_optout", "django_comment_client_role*"),
        must_flip_with=("preferences",),
        may_flip_before=("discussion-api", "discussion-web"),
        needs="the token scheme: AES with SECRET_KEY",
        checks="paging of the notifier's list",
    ),
)

_accounts = serves(Service.LMS, "accounts")
_studio_accounts = serves(Service.CMS, "accounts")
_preferences = serves(Service.LMS, "preferences")
_studio_preferences = serves(Service.CMS, "preferences")
_notifications = serves(Service.LMS, "notifications")

ROUTES = (
    _accounts("GET", "/api/user/v1/accounts", "accounts_detail_api", built="reads"),
    _accounts("GET PATCH", "/api/user/v1/accounts/{username}", "accounts_api", built="reads"),
    _studio_accounts("GET PATCH", "/api/user/v1/accounts/{username}", "accounts_api"),
    _accounts(
        "POST DELETE", "/api/user/v1/accounts/{username}/image", "accounts_profile_image_api"
    ),
    _accounts("POST", "/api/profile_images/v1/{username}/upload", "profile_image_upload"),
    _accounts("POST", "/api/profile_images/v1/{username}/remove", "profile_image_remove"),
    _accounts("GET", "/account/settings", "account_settings"),
    _accounts("GET", "/u/{username}", "learner_profile"),
    # The link in a mail: opening it changes the e-mail address.
    _accounts("GET", "/email_confirm/{key}", "confirm_email_change", always=Access.WRITES),
    _accounts("POST", "/change_setting", "change_setting"),
    _accounts("GET", "/accounts/manage_user_standing...", "manage_user_standing"),
    _accounts("POST", "/accounts/disable_account_ajax", "disable_account_ajax"),
    _accounts("GET", "/user_api/v1/users/", "user-list"),
    _accounts("GET", "/user_api/v1/users/{id}/", "user-detail"),
    _accounts("GET", "/user_api/v1/users.json", "user-list"),
    _accounts("GET", "/user_api/v1/users/{id}.json", "user-detail"),
    _studio_accounts("GET", "/user_api/v1/..."),
    _preferences("GET PATCH", "/api/user/v1/preferences/{username}", "preferences_api"),
    _preferences(
        "GET PUT DELETE", "/api/user/v1/preferences/{username}/{key}", "preferences_detail_api"
    ),
    _preferences("GET", "/user_api/v1/user_prefs/", "userpreference-list"),
    _preferences("GET", "/user_api/v1/user_prefs/{id}/", "userpreference-detail"),
    _preferences("GET", "/user_api/v1/preferences/{key}/users/"),
    _preferences(
        "POST",
        "/user_api/v1/preferences/email_opt_in/",
        "preferences_email_opt_in",
        course=form("course_id"),
    ),
    _preferences("PATCH", "/lang_pref/session_language", "session_language"),
    _studio_preferences("PATCH", "/lang_pref/session_language", "session_language"),
    _preferences("POST", "/i18n/setlang/", "set_language"),
    _notifications("POST", "/notification_prefs/enable/"),
    _notifications("POST", "/notification_prefs/disable/"),
    _notifications("GET", "/notification_prefs/status/"),
    # Links in mails: opening one changes the preference.
    _notifications(
        "GET",
        "/notification_prefs/unsubscribe/{token}/",
        "unsubscribe_forum_update",
        always=Access.WRITES,
    ),
    _notifications(
        "GET",
        "/notification_prefs/resubscribe/{token}/",
        "resubscribe_forum_update",
        always=Access.WRITES,
    ),
    _notifications("GET", "/notifier_api/v1/users/", "notifier_users"),
    _notifications("GET", "/notifier_api/v1/users/{id}/", "notifier_users"),
    _notifications("GET", "/user_api/v1/forum_roles/{name}/users/", course=query("course_id")),
    _notifications(
        "POST", "/change_email_settings", "change_email_settings", course=form("course_id")
    ),
    _notifications("*", "/notify/..."),
)

"""Logging in and out, registering, passwords, and every door that leads there (set A).

All of these share one session store, one SECRET_KEY and one CSRF cookie: they flip together.
"""

from __future__ import annotations

from flags.access import Access
from flags.capability import Capability, CourseScope
from flags.route import Service, query, serves

__all__ = ["CAPABILITIES", "ROUTES"]

CAPABILITIES = (
    Capability(
        name="auth-session",
        wave=4,
        course_scoped=CourseScope.NO,
        reads=("auth_user", "student_loginfailures", "student_userstanding", "session store"),
        writes=("session store", "auth_user", "student_loginfailures"),
        must_flip_with=(
            "registration",
            "password-reset",
            "third-party-auth",
            "oauth2-idp",
            "lti-provider",
        ),
        may_flip_before=("accounts",),
        needs=(
            "legacy's safe-session cookies validated and issued; SECRET_KEY; legacy password hashes"
        ),
        checks=(
            "login_ajax 200 with false; login_session 403; edx-user-info decodes; logout clears all"
        ),
        note="Of oauth2-idp its authorize and login pages, of lti-provider its login step.",
    ),
    Capability(
        name="registration",
        wave=4,
        course_scoped=CourseScope.NO,
        reads=("auth_user", "form configuration"),
        writes=(
            "auth_user",
            "auth_userprofile",
            "auth_registration",
            "user_api_userpreference",
        ),
        must_flip_with=("auth-session", "password-reset", "third-party-auth"),
        may_flip_before=("accounts",),
        needs="activation keys of mails; e-mail and username unique over both sides; analytics",
        checks="409 conflict body; 400 lists per field; automatic login",
    ),
    Capability(
        name="password-reset",
        wave=4,
        course_scoped=CourseScope.NO,
        reads=("auth_user",),
        writes=("auth_user", "student_passwordhistory"),
        must_flip_with=("auth-session",),
        needs=(
            "reset tokens of Django 1.8 (uidb36, SHA-1) already mailed are honoured by both sides"
        ),
        checks="always 200; the link with its token",
    ),
    Capability(
        name="third-party-auth",
        wave=4,
        course_scoped=CourseScope.NO,
        reads=("social_auth_*", "third_party_auth_*"),
        writes=("social_auth_usersocialauth",),
        must_flip_with=("auth-session", "registration"),
        needs=(
            "the pipeline lives in the session; metadata and callback URL are known to the provider"
        ),
        checks="the tpa_hint flow; disconnect",
    ),
    Capability(
        name="oauth2-idp",
        wave=4,
        course_scoped=CourseScope.NO,
        reads=("oauth2_*", "provider_*", "oauth_dispatch_*", "oauth2_provider_*"),
        writes=("oauth2_accesstoken", "oauth2_refreshtoken", "oauth2_grant", "oauth2_provider_*"),
        must_flip_with=("auth-session",),
        may_flip_before=("accounts",),
        needs="one owner of tokens: both sides accept the tokens of both; HS256 secret and issuer",
        checks="password grant; nested errors; token exchange; JWT claims",
        note="auth-session for its session pages.",
    ),
    Capability(
        name="lti-provider",
        wave=4,
        course_scoped=CourseScope.YES,
        reads=("lti_provider_*",),
        writes=("auth_user", "lti_provider_ltiuser", "lti_provider_gradedassignment"),
        must_flip_with=("auth-session", "courseware", "grades-progress"),
        needs="OAuth1 base string on the public host; outcome reports from grade signals",
        checks="launch 200 and 403",
    ),
)

_session = serves(Service.LMS, "auth-session")
_studio_session = serves(Service.CMS, "auth-session")
_registration = serves(Service.LMS, "registration")
_studio_registration = serves(Service.CMS, "registration")
_password = serves(Service.LMS, "password-reset")
_oauth2 = serves(Service.LMS, "oauth2-idp")
_third_party = serves(Service.LMS, "third-party-auth")
_lti = serves(Service.LMS, "lti-provider")

ROUTES = (
    _session("GET", "/login", "signin_user"),
    _session("POST", "/login_ajax", "login"),
    _session("POST", "/login_ajax/{error}"),
    _session("GET POST", "/user_api/v1/account/login_session/", "user_api_login_session"),
    # Without CSRF by GET: the session goes.
    _session("*", "/logout", "logout", always=Access.WRITES),
    _session("POST", "/oauth2/login/", "login_with_access_token"),
    # For tests of legacy only; it creates the user and logs in.
    _session("GET", "/auto_auth", "auto_auth", always=Access.WRITES),
    _studio_session("GET", "/signin", "login"),
    _studio_session("GET", "/signup", "signup"),
    _studio_session("POST", "/login_post", "login_post"),
    _studio_session("*", "/logout", "logout", always=Access.WRITES),
    _studio_session("GET", "/auto_auth", "auto_auth", always=Access.WRITES),
    _registration("GET", "/register", "register_user"),
    _registration("POST", "/create_account", "create_account"),
    _studio_registration("POST", "/create_account", "create_account"),
    _registration("GET POST", "/user_api/v1/account/registration/", "user_api_registration"),
    # The link in a mail: opening it activates the account and enrols in what was waiting.
    _registration("GET", "/activate/{key}", "activate", always=Access.WRITES),
    _studio_registration("GET", "/activate/{key}", "activate", always=Access.WRITES),
    _registration("GET", "/account/finish_auth", "finish_auth", course=query("course_id")),
    _registration("GET", "/course_specific_login/{course_id}/", "course-specific-login"),
    _registration("GET", "/course_specific_register/{course_id}/", "course-specific-register"),
    _password("POST", "/password_reset/", "password_reset"),
    _password("POST", "/account/password", "password_change_request"),
    _password("GET", "/user_api/v1/account/password_reset/", "user_api_password_reset"),
    # Already the GET sets is_active.
    _password(
        "GET POST",
        "/password_reset_confirm/{uidb36}-{token}/",
        "password_reset_confirm",
        always=Access.WRITES,
    ),
    _password("GET", "/password_reset_done/"),
    _password("GET", "/password_reset_complete/"),
    _password("GET POST", "/password_change/"),
    _password("GET POST", "/password_change_done/"),
    # A trusted client skips the form: authorize and redirect then create the grant on GET.
    _oauth2("GET POST", "/oauth2/authorize[/]", "authorize", always=Access.WRITES),
    _oauth2("GET POST", "/oauth2/authorize/confirm[/]", "oauth2:authorize", always=Access.WRITES),
    _oauth2("GET", "/oauth2/redirect[/]", "oauth2:redirect", always=Access.WRITES),
    _oauth2("POST", "/oauth2/access_token[/]", "access_token"),
    _oauth2("GET", "/oauth2/access_token/{token}/", "oauth2:access_token_detail"),
    _oauth2("GET", "/oauth2/user_info[/]", "oauth2:user_info"),
    _oauth2("POST", "/oauth2/exchange_access_token/{backend}/", "exchange_access_token"),
    _oauth2("*", "/_o/...", "oauth2_provider:*"),
    # Both ends of the pipeline keep their state in the session, and the second may create the user.
    _third_party("GET POST", "/auth/login/{backend}/", "social:begin", always=Access.WRITES),
    _third_party("GET POST", "/auth/complete/{backend}/", "social:complete", always=Access.WRITES),
    _third_party("POST", "/auth/disconnect/{backend}/", "social:disconnect"),
    _third_party("POST", "/auth/disconnect/{backend}/{association_id}/", "social:disconnect"),
    _third_party("POST", "/auth/login/lti/", "lti_login_and_complete_view"),
    _third_party("GET", "/auth/saml/metadata.xml"),
    _third_party("GET", "/auth/inactive", "third_party_inactive_redirect"),
    _third_party("GET POST", "/auth/custom_auth_entry", "tpa_post_to_custom_auth_form"),
    _third_party("GET", "/api/third_party_auth/v0/users/{username}", "third_party_auth_users_api"),
    _third_party(
        "GET",
        "/api/third_party_auth/v0/providers/{provider_id}/users",
        "third_party_auth_user_mapping_api",
    ),
    _third_party("POST", "/login_oauth_token/{backend}/"),
    _third_party("*", "/openid/login/", always=Access.WRITES),
    _third_party("*", "/openid/complete/", always=Access.WRITES),
    _third_party("*", "/openid/provider/...", always=Access.WRITES),
    _third_party("*", "/shib-login/", always=Access.WRITES),
    _third_party("*", "/cas-auth/login/", always=Access.WRITES),
    _third_party("*", "/cas-auth/logout/", always=Access.WRITES),
    _lti("POST", "/lti_provider/courses/{course_id}/{usage_id}", "lti_provider_launch"),
)

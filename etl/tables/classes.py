"""What becomes of the legacy tables that no map names: which are mirrored, which are left behind.

Declared by patterns over table names, with what a table holds or why it is excluded. A table that
no pattern knows is mirrored and called extra: a fork's own data is never left behind by silence.
"""

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from etl.tables import BY_SOURCE


class Class(StrEnum):
    """What the bridge does with a table."""

    MAPPED = "mapped"
    MIRRORED = "mirrored"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Declared:
    """The class of a table by its name alone; `extra` says that no pattern knows it."""

    kind: Class
    reason: str
    extra: bool = False


_BRIDGE = "the bridge's own"
_SESSIONS = "sessions end by themselves, and hold pickles that only legacy's code may read"
_WORKERS = "queues, schedules and results of legacy's own workers, which mean nothing to others"
_ONE_TIME = "values of one sign-in that is under way: worthless minutes later"
_CACHE = "a cache: legacy works it out anew from what is mirrored or from the courses"
_CODE = "which migrations of legacy's code have run: it describes legacy, not its data"
_COPY = "a working copy of an online schema change, which is gone when the change is done"

EXCLUDED = {
    "bridge_origin": _BRIDGE,
    "bridge_watermark": _BRIDGE,
    "django_session": _SESSIONS,
    "celery_*": _WORKERS,
    "djcelery_*": _WORKERS,
    "djkombu_*": _WORKERS,
    "django_openid_auth_association": _ONE_TIME,
    "django_openid_auth_nonce": _ONE_TIME,
    "oauth2_grant": _ONE_TIME,
    "oauth2_provider_grant": _ONE_TIME,
    "oauth_provider_nonce": _ONE_TIME,
    "social_auth_association": _ONE_TIME,
    "social_auth_code": _ONE_TIME,
    "social_auth_nonce": _ONE_TIME,
    "bookmarks_xblockcache": _CACHE,
    "thumbnail_kvstore": _CACHE,
    "django_migrations": _CODE,
    "south_migrationhistory": _CODE,
    "_*_gho": _COPY,
    "_*_ghc": _COPY,
    "_*_del": _COPY,
    "_*_new": _COPY,
    "_*_old": _COPY,
}

_ACCOUNTS = "accounts, profiles and what hangs on them"
_ACCESS = "clients, tokens and identity providers"
_AUTHORING = "authoring"
_CATALOGUE = "courses and their settings"
_CERTIFICATES = "certificates and badges"
_COMMERCE = "orders, invoices and credit"
_ENROLMENT = "enrolment and cohorts"
_LEARNING = "learner state and grades"
_ASSESSMENT = "open responses, submissions and peer assessment"
_PROCTORING = "proctored exams and verified identity"
_FORUM = "forum roles, teams and notifications"
_MAIL = "mail to learners and messages to all"
_WIKI = "the wiki"
_SITE = "sites, languages and switches"
_AUDIT = "who did what"

MIRRORED = {
    "auth_*": _ACCOUNTS,
    "django_content_type": _ACCOUNTS,
    "student_*enrol*": _ENROLMENT,
    "student_*": _ACCOUNTS,
    "user_api_*": _ACCOUNTS,
    "survey_*": _ACCOUNTS,
    "notes_note": _LEARNING,
    "oauth2_*": _ACCESS,
    "oauth_provider_*": _ACCESS,
    "external_auth_*": _ACCESS,
    "third_party_auth_*": _ACCESS,
    "social_auth_*": _ACCESS,
    "django_openid_auth_*": _ACCESS,
    "api_admin_*": _ACCESS,
    "cors_csrf_*": _ACCESS,
    "corsheaders_*": _ACCESS,
    "lti_*": _ACCESS,
    "contentstore_*": _AUTHORING,
    "course_action_state_*": _AUTHORING,
    "course_creators_*": _AUTHORING,
    "xblock_*": _AUTHORING,
    "tagging_*": _AUTHORING,
    "edxval_*": _CATALOGUE,
    "course_overviews_*": _CATALOGUE,
    "course_structures_*": _CATALOGUE,
    "organizations_*": _CATALOGUE,
    "programs_*": _CATALOGUE,
    "self_paced_*": _CATALOGUE,
    "coursetalk_*": _CATALOGUE,
    "embargo_*": _CATALOGUE,
    "milestones_*": _CATALOGUE,
    "ccx_*": _CATALOGUE,
    "badges_*": _CERTIFICATES,
    "certificates_*": _CERTIFICATES,
    "credentials_*": _CERTIFICATES,
    "commerce_*": _COMMERCE,
    "shoppingcart_*": _COMMERCE,
    "credit_*": _COMMERCE,
    "course_modes_*": _ENROLMENT,
    "course_groups_*": _ENROLMENT,
    "verified_track_content_*": _ENROLMENT,
    "bookmarks_*": _LEARNING,
    "courseware_*": _LEARNING,
    "coursewarehistoryextended_*": _LEARNING,
    "grades_*": _LEARNING,
    "lms_xblock_*": _LEARNING,
    "instructor_task_*": _LEARNING,
    "assessment_*": _ASSESSMENT,
    "submissions_*": _ASSESSMENT,
    "workflow_*": _ASSESSMENT,
    "proctoring_*": _PROCTORING,
    "verify_student_*": _PROCTORING,
    "django_comment_*": _FORUM,
    "teams_*": _FORUM,
    "notify_*": _FORUM,
    "bulk_email_*": _MAIL,
    "email_marketing_*": _MAIL,
    "status_*": _MAIL,
    "wiki_*": _WIKI,
    "branding_*": _SITE,
    "contentserver_*": _SITE,
    "dark_lang_*": _SITE,
    "django_redirect": _SITE,
    "django_site": _SITE,
    "microsite_configuration_*": _SITE,
    "mobile_api_*": _SITE,
    "rss_proxy_*": _SITE,
    "site_configuration_*": _SITE,
    "splash_*": _SITE,
    "static_replace_*": _SITE,
    "theming_*": _SITE,
    "util_*": _SITE,
    "waffle_*": _SITE,
    "django_admin_log": _AUDIT,
    "track_trackinglog": _AUDIT,
}


def declared(name: str) -> Declared:
    """Give the class of a table by its name: a map decides first, then the patterns in order."""
    if name in BY_SOURCE:
        return Declared(Class.MAPPED, ".".join(BY_SOURCE[name].relation))
    for kind, patterns in ((Class.EXCLUDED, EXCLUDED), (Class.MIRRORED, MIRRORED)):
        for pattern, reason in patterns.items():
            if fnmatchcase(name, pattern):
                return Declared(kind, reason)
    return Declared(Class.MIRRORED, "not of the recorded release", extra=True)

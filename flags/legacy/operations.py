"""Health, admin, support and the tracking log: what runs beside the courses and goes last."""

from __future__ import annotations

from flags.access import Access
from flags.capability import EVERY_OTHER, Capability, CourseScope
from flags.route import Service, serves

__all__ = ["CAPABILITIES", "ROUTES"]

CAPABILITIES = (
    Capability(
        name="tracking",
        wave=2,
        course_scoped=CourseScope.NO,
        reads=(),
        writes=("tracking log", "eventtracking backends", "track_trackinglog"),
        may_flip_before=EVERY_OTHER,
        needs="a log pipeline that merges two writers; the HMAC session id needs SECRET_KEY",
        checks="/event answers the text success; segmentio 401 and 200",
    ),
    Capability(
        name="ops-support",
        wave=10,
        course_scoped=CourseScope.NO,
        reads=("everything",),
        writes=("everything, through the Django admin",),
        needs="the admin stays on legacy while any table is owned there",
        checks="heartbeat",
        note="Flips last of all.",
    ),
)

_tracking = serves(Service.LMS, "tracking")
_studio_tracking = serves(Service.CMS, "tracking")
_ops = serves(Service.LMS, "ops-support")

_BOTH = (
    ("GET", "/heartbeat", "heartbeat"),
    ("GET", "/status/", ""),
    ("GET", "/status/celery/", ""),
    ("GET", "/status/celery/ping/", ""),
    ("*", "/admin/...", ""),
)

ROUTES = (
    # Also by GET an event is written to the log.
    _tracking("GET POST", "/event", always=Access.WRITES),
    _tracking("POST", "/segmentio/event"),
    _tracking("GET", "/performance", always=Access.WRITES),
    _studio_tracking("*", "/event", "event"),
    _tracking("GET", "/event_logs[/{args}]"),
    *(
        serves(service, "ops-support")(methods, pattern, name)
        for service in Service
        for methods, pattern, name in _BOTH
    ),
    _ops("*", "/sysadmin/..."),
    _ops("GET POST", "/support/", "support:index"),
    _ops("GET POST", "/support/certificates", "support:certificates"),
    _ops("GET POST", "/support/refund", "support:refund"),
    _ops("GET POST", "/support/enrollment[/{username_or_email}]", "support:enrollment"),
    _ops("GET POST", "/support/programs/certify/", "support:programs-certify"),
    _ops("POST", "/submit_feedback"),
    _ops(
        "GET",
        "/embargo/blocked-message/{access_point}/{message_key}/",
        "embargo_blocked_message",
    ),
    _ops("GET", "/xdomain_proxy.html", "xdomain_proxy"),
    _ops("GET", "/config/self_paced..."),
    _ops("GET", "/config/programs..."),
    _ops("GET", "/debug/show_parameters"),
    _ops("GET", "/template/{template}"),
)

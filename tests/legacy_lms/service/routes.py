"""Which URL is answered by what: the legacy patterns, as far as the stand-in serves them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.legacy_lms.service import accounts, courses, enrollment, login, mobile, oauth, pages
from tests.legacy_lms.service.call import Call
from tests.legacy_lms.service.messages import Answer

COURSE = r"(?P<course_id>[^/+]+(?:/|\+)[^/+]+(?:/|\+)[^/?]+)"
USER = r"(?P<username>[\w.@+-]+)"

View = Callable[[Call, Mapping[str, str]], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A pattern and its view; `protected` views are Django's own, guarded by its CSRF check."""

    pattern: re.Pattern[str]
    view: View
    protected: bool = True


def _page(pattern: str, view: View) -> Route:
    return Route(re.compile(pattern), view)


def _exempt(pattern: str, view: View) -> Route:
    return Route(re.compile(pattern), view, protected=False)


# Without `$` any suffix is accepted, as in legacy.
ROUTES = (
    _page(r"^/$", pages.index),
    _page(r"^/heartbeat$", pages.heartbeat),
    _page(r"^/login$", pages.login),
    _page(r"^/logout$", login.logout),
    _page(r"^/login_ajax$", login.login_ajax),
    _page(r"^/dashboard$", pages.dashboard),
    _page(r"^/courses/?$", pages.courses),
    _page(rf"^/courses/{COURSE}/about$", pages.about),
    _page(r"^/change_enrollment$", enrollment.change_enrollment),
    _exempt(r"^/user_api/v1/account/login_session/$", login.SESSION.answer),
    _exempt(r"^/oauth2/login/$", login.BY_TOKEN.answer),
    _exempt(r"^/oauth2/access_token/?$", oauth.access_token),
    _exempt(r"^/api/user/v1/accounts$", accounts.SEVERAL.answer),
    _exempt(rf"^/api/user/v1/accounts/{USER}$", accounts.ONE.answer),
    _exempt(r"^/api/mobile/v0\.5/my_user_info", mobile.MY_USER_INFO.answer),
    _exempt(rf"^/api/mobile/v0\.5/users/{USER}$", mobile.USER.answer),
    _exempt(r"^/api/enrollment/v1/enrollment$", enrollment.LIST.answer),
    _exempt(rf"^/api/enrollment/v1/enrollment/{USER},{COURSE}$", enrollment.ONE.answer),
    _exempt(rf"^/api/enrollment/v1/enrollment/{COURSE}$", enrollment.ONE.answer),
    _exempt(rf"^/api/enrollment/v1/course/{COURSE}$", enrollment.COURSE.answer),
    _exempt(r"^/api/courses/v1/courses/$", courses.LIST.answer),
    _exempt(rf"^/api/courses/v1/courses/{COURSE}", courses.ONE.answer),
)


def find(path: str) -> tuple[Route, Mapping[str, str]] | None:
    """The first route of a path and the parts of it that the pattern names."""
    for route in ROUTES:
        match = route.pattern.match(path)
        if match:
            return route, match.groupdict()
    return None


def lacks_slash(path: str) -> bool:
    """Whether only a slash at the end is missing, which legacy answers with a 301."""
    return not path.endswith("/") and find(path) is None and find(f"{path}/") is not None

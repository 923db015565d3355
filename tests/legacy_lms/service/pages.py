"""The plain pages: bare HTML with what the tables know, and the redirects between them."""

from urllib.parse import quote

from tests.legacy_lms.service import catalog, enrollment_rows
from tests.legacy_lms.service.api import Place
from tests.legacy_lms.service.call import Call
from tests.legacy_lms.service.messages import (
    Answer,
    Request,
    indented_json,
    not_found,
    page,
    redirect,
)

LISTED = "both"  # catalog_visibility of a course that the catalogue shows


def heartbeat(call: Call, _place: Place) -> Answer:
    """Whether the parts of the LMS are alive; the course store is taken to be, there is none."""
    call.tables.row("SELECT 1 FROM django_site")
    return indented_json({"SQL": True, "split": True, "mongo": True})


def index(call: Call, _place: Place) -> Answer:
    """The front page for strangers; who is logged in goes to the dashboard."""
    call.csrf.use()
    if call.user is not None:
        return redirect(call.request.absolute("/dashboard"))
    return page("Welcome", _course_names(call))


def login(call: Call, _place: Place) -> Answer:
    """The page with the login form, which must not be framed."""
    call.csrf.use()
    answer = page("Sign in or Register")
    if call.user is not None:
        answer = redirect(call.request.absolute(call.request.query.get("next", "/dashboard")))
    return answer.plus(("X-Frame-Options", "DENY"))


def dashboard(call: Call, _place: Place) -> Answer:
    """The learner's enrollments, oldest first."""
    if call.user is None:
        return redirect(login_url(call.request))
    call.csrf.use()
    found = enrollment_rows.active_of(call.tables, call.user.id)
    return page("Dashboard", [f"{each.course_id} ({each.mode})" for each in found])


def courses(call: Call, _place: Place) -> Answer:
    """The catalogue page."""
    call.csrf.use()
    return page("Courses", _course_names(call))


def about(call: Call, place: Place) -> Answer:
    """What a course is about; unknown and invisible courses are not found."""
    call.csrf.use()
    course = catalog.overview(call.tables, place["course_id"])
    if course is None or not catalog.is_visible(call.tables, call.user, course, now=call.now):
        return not_found()
    return page(course["display_name"], [course["short_description"] or ""])


def login_url(request: Request) -> str:
    """The login page that leads back to where the stranger wanted to go."""
    return request.absolute(f"/login?next={quote(request.path)}")


def _course_names(call: Call) -> list[str]:
    return [
        course["display_name"]
        for course in catalog.overviews(call.tables)
        if course["catalog_visibility"] == LISTED
        and catalog.is_visible(call.tables, call.user, course, now=call.now)
    ]

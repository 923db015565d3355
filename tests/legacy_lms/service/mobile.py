"""The part of the mobile API by which a phone, or a facade, learns who is logged in."""

from tests.legacy_lms.service.api import Endpoint, Place, logged_in, reply
from tests.legacy_lms.service.call import Call
from tests.legacy_lms.service.errors import RefusalError
from tests.legacy_lms.service.messages import Answer, redirect
from tests.legacy_lms.service.tables import user_where

USERS = "/api/mobile/v0.5/users/"


def my_user_info(call: Call, _place: Place) -> Answer:
    """GET: a redirect to the caller's own user resource."""
    return redirect(call.request.absolute(f"{USERS}{call.username}"))


def user(call: Call, place: Place) -> Answer:
    """GET oneself, in any case of letters; others are 404, for staff 403."""
    if call.user is None or place["username"].lower() != call.username.lower():
        if call.user and call.user.is_staff:
            raise RefusalError(403, "You do not have permission to perform this action.")
        raise RefusalError(404, "Not found.")
    person = user_where(call.tables, "username", place["username"]) or call.user
    profile = call.tables.row("SELECT name FROM auth_userprofile WHERE user_id = %s", person.id)
    enrollments = call.request.absolute(f"{USERS}{person.username}/course_enrollments/")
    return reply(
        {
            "id": person.id,
            "username": person.username,
            "email": person.email,
            "name": profile["name"] if profile else None,
            "course_enrollments": enrollments,
        }
    )


MY_USER_INFO = Endpoint(
    name="My User Info", methods={"GET": my_user_info}, permits=logged_in, function=True
)
USER = Endpoint(name="User Detail", methods={"GET": user}, permits=logged_in)

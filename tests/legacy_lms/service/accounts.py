"""The accounts API of User API v1: reading profiles, and changing one's own by merge patch."""

import hashlib
from typing import Any

from tests.legacy_lms.service import account_changes
from tests.legacy_lms.service.api import (
    MERGE_PATCH,
    Endpoint,
    Place,
    empty,
    logged_in,
    parsed,
    reply,
)
from tests.legacy_lms.service.call import Call
from tests.legacy_lms.service.messages import Answer
from tests.legacy_lms.service.moments import drf_moment
from tests.legacy_lms.service.tables import Row, User, preference, user_where

IMAGE_SIZES = {"full": 500, "large": 120, "medium": 50, "small": 30}
IMAGE_SECRET = "placeholder secret key"
CONSENT_AGE = 13
DEFAULT_PRIVACY = "all_users"
PUBLIC = ("username", "profile_image", "account_privacy")
SHAREABLE = (
    *PUBLIC,
    "country",
    "time_zone",
    "language_proficiencies",
    "bio",
    "accomplishments_shared",
)


def read_one(call: Call, place: Place) -> Answer:
    """GET one account: 404 without a word for an unknown name, 403 when staff asks."""
    account = _visible(call, place["username"])
    return reply(account) if account else _unknown(call)


def read_several(call: Call, _place: Place) -> Answer:
    """GET the accounts of `?username=a,b`, else the caller's own; unknown ones are left out."""
    names = call.request.query.get("username", call.username).strip(",").split(",")
    accounts = [account for name in names if (account := _visible(call, name))]
    return reply(accounts) if accounts else _unknown(call)


def change(call: Call, place: Place) -> Answer:
    """PATCH one's own account and return it; another's is 404, for staff 403."""
    patch = parsed((MERGE_PATCH,), call)
    wanted = set(patch.keys())  # a list is no merge patch, and legacy falls over it as well
    user = user_where(call.tables, "username", place["username"])
    if user is None or call.user is None or user.id != call.user.id:
        return _unknown(call)
    errors = account_changes.problems(call.tables, user, patch)
    if errors:
        return reply({"field_errors": errors}, 400)
    account_changes.apply(call, user, {name: patch[name] for name in wanted})
    return reply(_full(call, user, _profile(call, user)))


def _visible(call: Call, username: str) -> dict[str, Any] | None:
    user = user_where(call.tables, "username", username)
    if user is None or call.user is None:
        return None
    account = _full(call, user, _profile(call, user))
    everything = user.id == call.user.id or call.user.is_staff
    if everything and call.request.query.get("view") != "shared":
        return account
    account["time_zone"] = None
    fields = SHAREABLE if account["account_privacy"] == "all_users" else PUBLIC
    return {name: account[name] for name in fields}


def _unknown(call: Call) -> Answer:
    return empty(403 if call.user and call.user.is_staff else 404)


def _full(call: Call, user: User, profile: Row) -> dict[str, Any]:
    consent = requires_consent(profile["year_of_birth"], call.now.year)
    chosen = preference(call.tables, user.id, "account_privacy") or DEFAULT_PRIVACY
    verbatim = ("name", "goals", "year_of_birth", "mailing_address")
    emptied = ("bio", "country", "gender", "level_of_education")
    return {
        "username": user.username,
        "email": user.email,
        "date_joined": drf_moment(user.date_joined.replace(microsecond=0)),
        "is_active": user.is_active,
        "requires_parental_consent": consent,
        "account_privacy": "private" if consent else chosen,
        "accomplishments_shared": False,
        "language_proficiencies": _languages(call, profile["id"]),
        "profile_image": _image(call, user, profile),
        **{name: profile[name] for name in verbatim},
        **{name: profile[name] or None for name in emptied},
    }


def requires_consent(year_of_birth: int | None, this_year: int) -> bool:
    """Whether a parent has to consent: for the youngest possible age, and for an unknown one."""
    return year_of_birth is None or this_year - year_of_birth - 1 < CONSENT_AGE


def _profile(call: Call, user: User) -> Row:
    row = call.tables.row("SELECT * FROM auth_userprofile WHERE user_id = %s", user.id)
    if row is None:
        raise LookupError("an account without a profile is a server error in legacy, too")
    return row


def _languages(call: Call, profile_id: int) -> list[dict[str, str]]:
    rows = call.tables.rows(
        "SELECT code FROM student_languageproficiency WHERE user_profile_id = %s ORDER BY id",
        profile_id,
    )
    return [{"code": row["code"]} for row in rows]


def _image_name(username: str) -> str:
    text = IMAGE_SECRET + username
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _image(call: Call, user: User, profile: Row) -> dict[str, Any]:
    uploaded = profile["profile_image_uploaded_at"]
    path, suffix = "/static/images/profiles/default_{}.png", ""
    if uploaded:
        name = _image_name(user.username)
        path, suffix = f"/media/profile-images/{name}_{{}}.jpg", f"?v={uploaded:%s}"
    urls = {
        f"image_url_{size}": call.request.absolute(path.format(pixels)) + suffix
        for size, pixels in IMAGE_SIZES.items()
    }
    return {"has_image": uploaded is not None, **urls}


ONE = Endpoint(
    name="Account",
    methods={"GET": read_one, "PATCH": change},
    permits=logged_in,
    parses=(MERGE_PATCH,),
    accepts_jwt=True,
)
SEVERAL = Endpoint(
    name="Account", methods={"GET": read_several}, permits=logged_in, accepts_jwt=True
)

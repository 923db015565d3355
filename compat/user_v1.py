"""User API v1: reading accounts. `/api/user/v1/accounts` and `/api/user/v1/accounts/{username}`.

How much of an account is shown depends on who asks and on what its owner shares. Writes of accounts
still belong to legacy: a PATCH that comes here is checked as ever, then answered 503.
"""

from collections.abc import Iterable
from typing import Any, NoReturn

from django.utils import timezone
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from compat import dates, people
from compat.authentication import TOKEN_SESSION_OR_JWT
from compat.errors import UnmigratedWrite
from compat.profile_images import Absolute, profile_image
from compat.views import LegacyView, MergePatchParser
from modern.shared.identity import api as identity
from modern.shared.identity.data import Account, Profile

__all__ = ["AccountListView", "AccountView", "account", "needs_consent"]

CONSENT_AGE = 13
ALL_USERS, PRIVATE = "all_users", "private"

PUBLIC_FIELDS = ("username", "profile_image", "account_privacy")
SHARED_FIELDS = (
    "username",
    "profile_image",
    "country",
    "time_zone",
    "language_proficiencies",
    "bio",
    "account_privacy",
    "accomplishments_shared",
)
OWN_FIELDS = (
    "username",
    "email",
    "date_joined",
    "is_active",
    "bio",
    "country",
    "profile_image",
    "language_proficiencies",
    "name",
    "gender",
    "goals",
    "year_of_birth",
    "level_of_education",
    "mailing_address",
    "requires_parental_consent",
    "account_privacy",
    "accomplishments_shared",
)
NO_PROFILE = Profile(
    name="",
    year_of_birth=None,
    gender=None,
    level_of_education=None,
    mailing_address=None,
    city=None,
    country=None,
    goals=None,
    bio=None,
    image_uploaded_at=None,
    may_have_certificate=True,
    languages=(),
)


def account(shown: Account, *, full: bool, this_year: int, absolute: Absolute) -> dict[str, Any]:
    """Return the account as legacy shows it: in full, or what its owner shares with everybody."""
    profile = shown.profile or NO_PROFILE
    consent = needs_consent(profile.year_of_birth, this_year=this_year)
    privacy = PRIVATE if consent else shown.privacy or ALL_USERS
    everything = {
        "username": shown.username,
        "email": shown.email,
        "date_joined": dates.to_seconds(shown.joined_at),
        "is_active": shown.is_active,
        "bio": profile.bio or None,
        "country": profile.country or None,
        "profile_image": profile_image(
            shown.username, profile.image_uploaded_at, absolute=absolute
        ),
        "time_zone": None,
        "language_proficiencies": [{"code": code} for code in profile.languages],
        "name": profile.name,
        "gender": profile.gender or None,
        "goals": profile.goals,
        "year_of_birth": profile.year_of_birth,
        "level_of_education": profile.level_of_education or None,
        "mailing_address": profile.mailing_address,
        "requires_parental_consent": consent,
        "account_privacy": privacy,
        "accomplishments_shared": False,
    }
    shared = SHARED_FIELDS if privacy == ALL_USERS else PUBLIC_FIELDS
    return {field: everything[field] for field in (OWN_FIELDS if full else shared)}


def needs_consent(year_of_birth: int | None, *, this_year: int) -> bool:
    """Whether a parent must consent: below 13 at the youngest the year allows, or no year given."""
    return year_of_birth is None or this_year - year_of_birth - 1 < CONSENT_AGE


class _AccountReader(LegacyView):
    """Who may read accounts, and how the ones found are shown to this reader."""

    authentication_classes = TOKEN_SESSION_OR_JWT
    permission_classes = (IsAuthenticated,)
    parser_classes = (MergePatchParser,)

    def shown(self, request: Request, usernames: Iterable[str]) -> list[dict[str, Any]]:
        """Return the accounts of these names that exist, in the order of their names."""
        reader = request.user
        open_to_all = request.query_params.get("view") != "shared"
        askable = filter(people.askable, usernames)
        found = sorted(identity.accounts(askable), key=lambda each: each.username.lower())
        return [
            account(
                each,
                full=open_to_all and (reader.is_staff or reader.get_username() == each.username),
                this_year=timezone.now().year,
                absolute=request.build_absolute_uri,
            )
            for each in found
        ]

    def nobody(self, request: Request) -> Response:
        """Return the empty answer for unknown names, by which staff learn a little more."""
        return Response(status=403 if request.user.is_staff else 404)

    def get_view_name(self) -> str:
        """Give the name that OPTIONS tells; legacy has one for both paths."""
        return "Account"


class AccountListView(_AccountReader):
    """Accounts by name, `?username=a,b`, unknown names left out; the caller's own without it."""

    def get(self, request: Request) -> Response:
        """List the accounts; 404 (403 for staff) without a body when there is none."""
        names = request.query_params.get("username") or request.user.get_username()
        accounts = self.shown(request, names.strip(",").split(","))
        return Response(accounts) if accounts else self.nobody(request)


class AccountView(_AccountReader):
    """One account; the name is looked up without regard to case, as MySQL does."""

    def get(self, request: Request, username: str) -> Response:
        """Return the account, as much of it as the caller may see."""
        accounts = self.shown(request, [username])
        return Response(accounts[0]) if accounts else self.nobody(request)

    def patch(self, _request: Request, **_kwargs: str) -> NoReturn:
        """Refuse: profiles are written by legacy. The method is here for `Allow` and its checks."""
        raise UnmigratedWrite

"""What can go wrong with identities and accounts.

IdentityError
├── IdentityRefused       NotSignedIn  only the facade may send an identity
├── WrongCredentials      NotSignedIn  try again
├── AccountDisabled       Forbidden    ask support
├── UnknownUser           Missing      check the name
├── SessionsLiveElsewhere Conflict     log in where the sessions are
└── SessionsUnavailable   Unavailable  try again in a moment
"""

from __future__ import annotations

from modern.shared.errors import (
    Conflict,
    Forbidden,
    Missing,
    ModernError,
    NotSignedIn,
    Unavailable,
)

__all__ = [
    "AccountDisabled",
    "IdentityError",
    "IdentityRefused",
    "SessionsLiveElsewhere",
    "SessionsUnavailable",
    "UnknownUser",
    "WrongCredentials",
]


class IdentityError(ModernError):
    """It is not clear who asks: sign in again."""


class IdentityRefused(IdentityError, NotSignedIn):
    """The identity of this request is not valid: send the request again through the facade."""

    code = "identity_refused"

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class WrongCredentials(IdentityError, NotSignedIn):
    """Name or password is incorrect: try again."""

    code = "wrong_credentials"


class AccountDisabled(IdentityError, Forbidden):
    """This account has been disabled: ask support to open it again."""

    code = "account_disabled"


class UnknownUser(IdentityError, Missing):
    """There is no such user here: check the name."""

    code = "unknown_user"


class SessionsLiveElsewhere(IdentityError, Conflict):
    """This service keeps no sessions of its own: log in where the sessions are kept."""

    code = "sessions_live_elsewhere"


class SessionsUnavailable(IdentityError, Unavailable):
    """Nobody can sign in just now: try again in a moment."""

    code = "sessions_unavailable"

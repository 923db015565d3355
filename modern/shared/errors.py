"""What can go wrong in modern, sorted by what the caller should do about it.

ModernError
├── BadInput    correct the request           InvalidCourseKey, ...
├── NotSignedIn sign in                       WrongCredentials, ...
├── Forbidden   ask someone who may           AccountDisabled, ...
├── Missing     look for something else       UnknownUser, UnknownCourse, ...
├── Conflict    read the state again, decide  SessionsLiveElsewhere, ...
└── Unavailable wait a moment and try again   SessionsUnavailable, ...

Each app's own `errors.py` derives from the middle level; `answers.py` maps that level to HTTP.
"""

from __future__ import annotations

from typing import ClassVar


class ModernError(Exception):
    """The request could not be served: its text says why and what to do instead."""

    code: ClassVar[str] = "error"

    def __init__(self, detail: str | None = None) -> None:
        self.detail = detail or (self.__doc__ or "").strip()
        super().__init__(self.detail)


class BadInput(ModernError):
    """The request cannot be understood: correct it and send it again."""

    code = "bad_input"


class NotSignedIn(ModernError):
    """Nobody is signed in: sign in and send the request again."""

    code = "not_signed_in"


class Forbidden(ModernError):
    """You may not do this: ask someone who may."""

    code = "forbidden"


class Missing(ModernError):
    """There is no such thing: check its name."""

    code = "missing"


class Conflict(ModernError):
    """The state does not allow this: read it again and decide anew."""

    code = "conflict"


class Unavailable(ModernError):
    """Something that this needs does not answer: nothing was changed, try again in a moment."""

    code = "unavailable"

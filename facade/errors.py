"""What can go wrong in the facade, and who has to do something about it.

FacadeError
├── SettingInvalid     an operator fixes the environment and starts again (exit code 2)
├── Unreachable        an operator starts what is named, or gives its right address (exit code 2)
├── HoldRefused        an operator holds what is held, or releases what is not (exit code 2)
├── Refused            a client sent what cannot be parsed strictly; it gets `status`, and is closed
├── BrokenAnswer       an upstream did; the client gets 502, and the upstream's connection is closed
├── MalformedChunks    one of the two did, in a body; who parses it says which
└── ActorUnknown       who asks could not be learnt just now; reads go to legacy, writes wait
"""

from __future__ import annotations


class FacadeError(Exception):
    """Everything the facade raises on purpose."""


class SettingInvalid(FacadeError):
    """A variable of the environment is missing or malformed."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name} {problem}")
        self.name = name


class Unreachable(FacadeError):
    """A system that a command needs does not answer."""


class HoldRefused(FacadeError):
    """A hold that cannot begin, or not end, as things are."""


class Refused(FacadeError):
    """A request that is not passed on, with the status its client gets and a word for
    the receipt.
    """

    def __init__(self, status: int, reason: str = "malformed") -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason


class BrokenAnswer(FacadeError):
    """An answer of an upstream that is not passed on."""


class ActorUnknown(FacadeError):
    """Legacy did not say who a credential belongs to."""


class MalformedChunks(FacadeError):
    """Chunked framing that breaks the grammar."""

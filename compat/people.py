"""Finding users by name as legacy's MySQL does: exactly if possible, else whatever the case."""

from modern.shared.identity import api as identity
from modern.shared.identity.data import Actor
from modern.shared.identity.errors import UnknownUser

__all__ = ["named"]


def named(username: str) -> Actor:
    """Return the user of this name; raises UnknownUser. The exact name costs the fewest queries."""
    try:
        return identity.actor(username)
    except UnknownUser:
        return identity.actor(identity.account(username).username)

"""Finding users by name as legacy's MySQL does: exactly if possible, else whatever the case.

A name with a NUL is nobody's: MySQL just does not find it, PostgreSQL cannot even be asked.
"""

from modern.shared.identity import api as identity
from modern.shared.identity.data import Actor
from modern.shared.identity.errors import UnknownUser

__all__ = ["askable", "named"]

NUL = "\0"


def named(username: str) -> Actor:
    """Return the user of this name; raises UnknownUser. The exact name costs the fewest queries."""
    if not askable(username):
        raise UnknownUser
    try:
        return identity.actor(username)
    except UnknownUser:
        return identity.actor(identity.account(username).username)


def askable(username: str) -> bool:
    """Whether the database can be asked for this name at all."""
    return NUL not in username

"""Who asks, as far as a rollout needs to know. No e-mail, no name: what is not here cannot leak."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ANONYMOUS", "Actor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A caller: anonymous (no username), known (username and id), or authenticated with its id not
    yet looked up.

    Group names count only together with `user_id`, as both come from the same look-up.
    """

    user_id: int | None = None
    username: str | None = None
    groups: frozenset[str] = frozenset()
    is_staff: bool = False
    is_superuser: bool = False

    @property
    def is_anonymous(self) -> bool:
        """Nobody is logged in."""
        return self.user_id is None and self.username is None

    @property
    def is_unresolved(self) -> bool:
        """Somebody is logged in, but their id and groups could not be looked up."""
        return self.user_id is None and self.username is not None


ANONYMOUS = Actor()

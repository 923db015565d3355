"""Whose password is right, and whose session counts: Django's rules, less the closed accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.backends import ModelBackend

from modern.shared.identity.queries import is_disabled

if TYPE_CHECKING:
    from modern.shared.identity.models import User

__all__ = ["AccountBackend"]


class AccountBackend(ModelBackend):
    """Signing in tells who knows the password of a closed account so; see `sign_in`."""

    def get_user(self, user_id: int) -> User | None:
        """Return whose session it is; None once staff closed the account, as legacy stops it."""
        return None if is_disabled(user_id) else super().get_user(user_id)

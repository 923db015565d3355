"""How accounts are made and found by Django itself: its login form, its admin, its commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import BaseUserManager

if TYPE_CHECKING:
    from modern.shared.identity.models import User


class People(BaseUserManager["User"]):
    """The manager of User; names are looked up byte by byte."""

    def create_user(
        self, username: str, email: str = "", password: str | None = None, **more: Any
    ) -> User:
        """Make an account; without a password nobody can log in to it."""
        user = self.model(username=username, email=self.normalize_email(email), **more)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, email: str = "", password: str | None = None) -> User:
        """Make an account that may do everything; `manage.py createsuperuser` calls this."""
        powers = {"is_staff": True, "is_superuser": True}
        return self.create_user(username, email, password, **powers)

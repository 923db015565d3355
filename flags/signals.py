"""Changes to rows that did not come through `flags.store.flip` still make a new epoch.

The admin, waffle's own command and a shell save rows and memberships; after their commit the rows
are compared with the history. Only raw SQL and `queryset.update()` go unseen, until the next `flags
publish`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save

from flags.models import Flag
from flags.store import author, settle

__all__ = ["connect"]


def connect() -> None:
    """Listen to everything that a rollout is made of."""
    for saved in (Flag, Group):  # a rollout names groups: a renamed group is another rollout
        post_save.connect(_settle_after_commit, sender=saved)
        post_delete.connect(_settle_after_commit, sender=saved)
    for membership in (Flag.users.through, Flag.groups.through):
        m2m_changed.connect(_settle_after_commit, sender=membership)


def _settle_after_commit(**_: Any) -> None:
    responsible = author()
    if responsible is not None:
        transaction.on_commit(partial(settle, responsible))

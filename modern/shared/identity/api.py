"""The only door of identity: who people are, who asks, and what they chose."""

from modern.shared.identity.commands import save_org_tag, sign_in, sign_out
from modern.shared.identity.queries import (
    account,
    accounts,
    actor,
    actor_in,
    identity_of,
    is_disabled,
    org_tag,
    preference,
    preferences,
)

__all__ = [
    "account",
    "accounts",
    "actor",
    "actor_in",
    "identity_of",
    "is_disabled",
    "org_tag",
    "preference",
    "preferences",
    "save_org_tag",
    "sign_in",
    "sign_out",
]

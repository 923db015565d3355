"""The only door of identity: who people are, who asks, and what they chose."""

from modern.shared.identity.commands import save_org_tag, sign_in, sign_out
from modern.shared.identity.queries import (
    account,
    accounts,
    actor,
    actor_in,
    course_tag,
    identity_of,
    is_disabled,
    org_tag,
    preference,
    preferences,
    pseudonym,
    with_activation_key,
    with_pseudonym,
)

__all__ = [
    "account",
    "accounts",
    "actor",
    "actor_in",
    "course_tag",
    "identity_of",
    "is_disabled",
    "org_tag",
    "preference",
    "preferences",
    "pseudonym",
    "save_org_tag",
    "sign_in",
    "sign_out",
    "with_activation_key",
    "with_pseudonym",
]

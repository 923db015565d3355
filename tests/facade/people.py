"""Who is who: legacy knows the users of credentials, modern knows the rest of them."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from modern.shared.identity.signature import Claim, subkey, verify

if TYPE_CHECKING:
    from tests.facade.upstream import Conversation, Upstream

ACCOUNTS = "/api/user/v1/accounts"
ACTOR = "/api/v2/identity/actor"


@dataclass(slots=True)
class People:
    """Answers of both systems about three users, held to the recorded and the agreed shapes."""

    bridge_key: str
    credentials: dict[str, str] = field(default_factory=dict)
    """Cookie or Authorization value -> username."""
    ids: dict[str, int] = field(default_factory=lambda: {"ada": 4, "honor": 6, "staff": 8})
    groups: dict[str, list[str]] = field(default_factory=lambda: {"staff": ["beta"]})
    asked_legacy: list[str] = field(default_factory=list)
    asked_modern: list[Claim] = field(default_factory=list)

    def live_in(self, legacy: Upstream, modern: Upstream) -> None:
        legacy.scripts[ACCOUNTS] = self.accounts
        modern.scripts[ACTOR] = self.actor

    async def accounts(self, talk: Conversation) -> None:
        """Legacy's answer to `who am I`: a list of one, 401 for nobody, 302 for a bad cookie."""
        (proof,) = talk.values("cookie") + talk.values("authorization")
        self.asked_legacy.append(proof)
        username = self.credentials.get(proof.removeprefix("sessionid="))
        if username is not None:
            content = json.dumps([{"username": username, "email": "x@example.org"}])
            await talk.answer(content.encode(), "200 OK", "Content-Type: application/json")
        elif "malformed" in proof:
            await talk.answer(b"", "302 Found", "Location: /login?next=/api/user/v1/accounts")
        else:
            await talk.answer(b'{"detail": "no credentials"}', "401 Unauthorized")

    async def actor(self, talk: Conversation) -> None:
        """Modern's answer to the facade, for who is verified by modern's own code."""
        claim = claim_of(talk, self.bridge_key)
        self.asked_modern.append(claim)
        if claim.username not in self.ids:
            await talk.answer(b"{}", "404 Not Found")
            return
        fields = {
            "id": self.ids[claim.username],
            "username": claim.username,
            "is_staff": False,
            "is_superuser": False,
            "is_active": True,
            "groups": self.groups.get(claim.username, []),
        }
        await talk.answer(json.dumps(fields).encode(), "200 OK", "Content-Type: application/json")


def claim_of(talk: Conversation, bridge_key: str) -> Claim:
    """The identity of a request as modern verifies it; the target must need no decoding."""
    (header,) = talk.values("x-bridge-identity")
    target = talk.target if "?" in talk.target else f"{talk.target}?"
    return verify(
        header,
        key=subkey(bridge_key),
        method=talk.method,
        target=target.encode(),
        now=time.time(),
    )

"""Learns who asked a request that is shadowed, after its answer: while legacy serves everybody, the
gate has no need to know.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from facade.credential import credential_of

if TYPE_CHECKING:
    from facade.actor import Actors
    from facade.identity import Mint
    from facade.request import RequestHead


class ShadowIdentity:
    """Mints the identity that modern gets with a question of the shadow."""

    def __init__(self, actors: Actors, mint: Mint, *, cookie_name: str) -> None:
        self._actors = actors
        self._mint = mint
        self._cookie_name = cookie_name.encode()

    async def line(self, head: RequestHead, service: str) -> bytes | None:
        """Return the header line for who asked: empty for anonymous, None when legacy or modern
        cannot name them just now, or where legacy refuses a token: it answers those in its own
        words, whatever is rolled out.
        """
        credential = credential_of(head.section, service, self._cookie_name)
        if credential is None:
            return b""
        entry = self._actors.known(credential)
        if entry is None:
            entry = await self._actors.learn(credential, host=head.section.host.decode("ascii"))
        actor = entry.actor
        if actor is None or actor.is_unresolved:
            return None
        if not actor.username:
            return b"" if credential.via == "session" else None
        return self._mint.line(
            actor.username, credential.via, method=head.method, target=head.target, now=time.time()
        )

"""Decides for nginx's `auth_request` who answers: `PORT`.

It knows all users already and asks the rule of `flags` with the same rollouts as the facade; it
answers 204 with `X-Upstream: legacy` or `modern`. As little as such a process can do: it counts,
logs and signs nothing, and parses no more of a head than it needs.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Final, cast

import uvloop

from bench import _facade_world
from facade.routes import RouteTable
from flags.actor import ANONYMOUS, Actor
from flags.routes import ROUTES, Service

ACTORS: Final = {
    _facade_world.session(user).encode(): Actor(user_id=user, username=f"user{user}")
    for user in range(_facade_world.USERS)
}
ANSWERS: Final = {
    is_modern: b"HTTP/1.1 204 No Content\r\nX-Upstream: %b\r\n\r\n" % upstream
    for is_modern, upstream in ((False, b"legacy"), (True, b"modern"))
}


class Decider(asyncio.Protocol):
    """One of nginx's kept connections."""

    def __init__(self, table: RouteTable) -> None:
        self._table = table
        self._rollouts = _facade_world.snapshot().rollouts
        self._head = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready for the first question."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer a question that is there to its end; nginx asks the next after it."""
        self._head += data
        if self._head.endswith(b"\r\n\r\n"):
            head, self._head = self._head, b""
            self._transport.write(ANSWERS[self._is_moderns(head)])

    def _is_moderns(self, head: bytes) -> bool:
        method, target = (_field(head, name) for name in (b"X-Method: ", b"X-Target: "))
        match = self._table.match(method, target.partition(b"?")[0])
        if match is None or not match.is_built:
            return False
        session = head.partition(b"sessionid=")[2].partition(b";")[0]
        actor = ACTORS.get(session, ANONYMOUS)
        rollout = self._rollouts[match.route.capability]
        return rollout.includes(actor, None, match.access)


def _field(head: bytes, name: bytes) -> bytes:
    return head.partition(b"\r\n" + name)[2].partition(b"\r\n")[0]


async def serve(port: int) -> None:
    table = RouteTable(ROUTES, Service.LMS)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Decider(table), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))

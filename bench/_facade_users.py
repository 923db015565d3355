"""Knows the users of the benchmarks, as legacy does by their session and modern by their name:
`python -m bench._facade_users PORT`. Cheap enough to be asked a thousand times a second.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import sys
from typing import cast

import uvloop

_session = re.compile(rb"sessionid=1\|0*([0-9]+)\|").search


class Users(asyncio.Protocol):
    """One connection, with one question at a time."""

    def __init__(self) -> None:
        self._head = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready for the first question."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer a question that is there to its end."""
        self._head += data
        if self._head.endswith(b"\r\n\r\n"):
            head, self._head = self._head, b""
            found = _by_session(head) if b"/api/user/v1/accounts" in head else _by_name(head)
            body = json.dumps(found).encode()
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
            self._transport.write(body)


def _by_session(head: bytes) -> list[dict[str, str]]:
    session = _session(head)
    return [{"username": f"user{int(session[1])}"}] if session else []


def _by_name(head: bytes) -> dict[str, object]:
    identity = head.partition(b"X-Bridge-Identity: v1.")[2].partition(b".")[0]
    name = json.loads(base64.urlsafe_b64decode(identity + b"==") or b"{}").get("un", "user0")
    return {"id": int(name.removeprefix("user")), "username": name}


async def serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Users, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))

"""A proxy of uvicorn and httpx, both as they come: `PORT UPSTREAM_PORT`.

Bodies stream both ways; nothing is decided, counted or logged.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import httpx
import uvicorn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

HOP_BY_HOP: Final = frozenset(
    (b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"te")
)
SECONDS: Final = 60.0


class Proxy:
    """The ASGI application; one client for all requests."""

    def __init__(self, upstream: str) -> None:
        self._client = httpx.AsyncClient(base_url=upstream, timeout=SECONDS, trust_env=False)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Ask the upstream the same and stream its answer."""
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        request = self._client.build_request(
            scope["method"],
            (scope["raw_path"] + query).decode("ascii"),
            headers=[
                *_end_to_end(scope["headers"]),
                (b"x-forwarded-for", scope["client"][0].encode()),
            ],
            content=_body(receive) if _has_body(scope) else None,
        )
        answer = await self._client.send(request, stream=True)
        try:
            head = {"type": "http.response.start", "status": answer.status_code}
            await send({**head, "headers": _end_to_end(answer.headers.raw)})
            async for piece in answer.aiter_raw():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await answer.aclose()


def _end_to_end(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP]


def _has_body(scope: Message) -> bool:
    names = {name for name, _ in scope["headers"]}
    return bool(names & {b"content-length", b"transfer-encoding"})


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    is_more = True
    while is_more:
        message = await receive()
        yield message.get("body", b"")
        is_more = message.get("more_body", False)


def main() -> None:
    port, upstream = sys.argv[1:]
    proxy = Proxy(f"http://127.0.0.1:{upstream}")
    uvicorn.run(proxy, port=int(port), lifespan="off", access_log=False, log_level="warning")


if __name__ == "__main__":
    main()

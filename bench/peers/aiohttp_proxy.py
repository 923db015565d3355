"""The usual honest proxy in Python, aiohttp.web before aiohttp's client: `PORT UPSTREAM_PORT`.

Long bodies stream both ways; nothing is decided, counted or logged.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import aiohttp
import uvloop
from aiohttp import web
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HOP_BY_HOP: Final = ("Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "TE")
SHORT_BYTES: Final = 65_536
UPSTREAM: Final = web.AppKey("upstream", str)
CLIENT: Final = web.AppKey("client", aiohttp.ClientSession)


async def forward(request: web.Request) -> web.StreamResponse:
    """Ask the upstream the same and stream its answer."""
    url = URL(request.app[UPSTREAM] + request.raw_path, encoded=True)
    headers = request.headers.copy()
    for name in HOP_BY_HOP:
        headers.popall(name, None)
    headers["X-Forwarded-For"] = request.remote or ""
    async with request.app[CLIENT].request(
        request.method,
        url,
        headers=headers,
        data=request.content if request.can_read_body else None,
        allow_redirects=False,
    ) as answer:
        headers = answer.headers.copy()
        for name in HOP_BY_HOP:
            headers.popall(name, None)
        length = answer.content_length
        if length is not None and length <= SHORT_BYTES:  # streaming takes longer
            return web.Response(status=answer.status, headers=headers, body=await answer.read())
        response = web.StreamResponse(status=answer.status, headers=headers)
        await response.prepare(request)
        async for piece in answer.content.iter_any():
            await response.write(piece)
        await response.write_eof()
        return response


async def client(app: web.Application) -> AsyncIterator[None]:
    """Keep one client, with as many connections as it takes."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
        app[CLIENT] = session
        yield


def main() -> None:
    port, upstream = sys.argv[1:]
    app = web.Application()
    app[UPSTREAM] = f"http://127.0.0.1:{upstream}"
    app.cleanup_ctx.append(client)
    app.router.add_route("*", "/{path:.*}", forward)
    loop = uvloop.new_event_loop()
    web.run_app(app, host="127.0.0.1", port=int(port), loop=loop, access_log=None, print=None)


if __name__ == "__main__":
    main()

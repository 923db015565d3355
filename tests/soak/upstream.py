"""One scripted upstream as a process of its own: it keeps a ledger, then answers as it was asked.

`python -m tests.soak.upstream NAME PORT LEDGER`
"""

import asyncio
import sys
from pathlib import Path
from urllib.parse import parse_qsl

from tests.facade.people import ACCOUNTS, ACTOR, People, claim_of
from tests.facade.upstream import Conversation, Script, Upstream
from tests.soak.cast import BRIDGE_KEY, FLIPPED, IDS, SESSIONS, UNROUTED, content, digest
from tests.soak.ledger import Ledger

PIECE = 16_384
LOOK_UP_SECONDS = 0.05


class Scribe:
    """Answers the soak's paths."""

    def __init__(self, name: str, ledger: Ledger) -> None:
        self._name = name
        self._ledger = ledger

    async def answer(self, talk: Conversation) -> None:
        await talk.read_body()
        path, _, query = talk.target.partition("?")
        asked = dict(parse_qsl(query))
        words = (talk.method, path, self._username(talk), digest(bytes(talk.body)))
        self._ledger.write(asked["id"], *words)
        await asyncio.sleep(int(asked["wait"]) / 1000)
        body = content(self._name, asked["id"], int(asked["size"]))
        if asked["chunked"] == "1":
            await _chunked(talk, body)
        else:
            await talk.answer(body, "200 OK", "Content-Type: text/plain")

    def _username(self, talk: Conversation) -> str:
        if self._name == "modern":
            known = bool(talk.values("x-bridge-identity"))
            return claim_of(talk, BRIDGE_KEY).username if known else ""
        cookies = talk.values("cookie")
        return SESSIONS[cookies[0].removeprefix("sessionid=")] if cookies else ""


def _slowly(script: Script) -> Script:
    """A look-up takes as long as legacy's does, so that flips come in between."""

    async def wait(talk: Conversation) -> None:
        await asyncio.sleep(LOOK_UP_SECONDS)
        await script(talk)

    return wait


async def _chunked(talk: Conversation, body: bytes) -> None:
    await talk.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for start in range(0, len(body), PIECE):
        piece = body[start : start + PIECE]
        await talk.send(b"%x\r\n%b\r\n" % (len(piece), piece))
    await talk.send(b"0\r\n\r\n")


async def serve(name: str, port: int, ledger: Path) -> None:
    """Serve until killed."""
    upstream = Upstream(name, port=port)
    scribe = Scribe(name, Ledger(ledger))
    upstream.scripts |= {FLIPPED: scribe.answer, UNROUTED: scribe.answer}
    people = People(BRIDGE_KEY, credentials=SESSIONS, ids=IDS, groups={})
    who = {ACCOUNTS: people.accounts} if name == "legacy" else {ACTOR: people.actor}
    upstream.scripts |= {path: _slowly(script) for path, script in who.items()}
    await upstream.start()
    while True:
        await asyncio.sleep(1.0)
        upstream.received.clear()  # the ledger has them


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))

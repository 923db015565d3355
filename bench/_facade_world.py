"""What the benchmarks of the facade have in common: the request of a browser, 100
flags, 300 users.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from facade.actor import Actors, Legacy, Modern
from facade.actor_cache import ActorCache, Entry
from facade.credential import Credential
from facade.decide import Upstream
from facade.desk import Desk
from facade.gate import Gate
from facade.identity import Mint
from facade.pool import Pool
from facade.settings import Address, FacadeSettings
from facade.telemetry import Telemetry
from flags.actor import Actor
from flags.capabilities import CAPABILITIES
from flags.rollout import Rollout
from flags.routes import Service
from flags.snapshot import Snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from facade.ticker import Ticker

BRIDGE_KEY = "a key that signs nothing but benchmarks"
USERS = 300
FAR_FUTURE = 4e9

HEAD = """GET /api/enrollment/v1/enrollment/user{user},course-v1:edX%2BDemoX%2B2016 HTTP/1.1
Host: lms.example.org
User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8
Accept-Language: en-US,en;q=0.5
Accept-Encoding: gzip, deflate, br
Referer: http://lms.example.org/dashboard
Connection: keep-alive
Sec-Fetch-Dest: document
Sec-Fetch-Mode: navigate
Sec-Fetch-Site: same-origin
Cookie: csrftoken=8dKq2yZ1fJ0aXw3LrP5tBn7uVcEoMhGs; sessionid={session}; edxloggedin=true; lang=en

"""


LUA = """
local number = 0
function request()
    number = (number + 1) % #requests
    return requests[number + 1]
end
"""


def session(user: int) -> str:
    """A cookie value of the usual length."""
    return f"1|{user:032d}|Kq3vT9ZbLm0x|{'I' * 88}:1bowsa:{'n' * 27}"


def request(user: int) -> bytes:
    """A request of a user, as a browser sends it."""
    return HEAD.format(user=user, session=session(user)).replace("\n", "\r\n").encode()


def requests() -> list[bytes]:
    """One request per user."""
    return [request(user) for user in range(USERS)]


def wrk_script(folder: Path) -> Path:
    """Write wrk's script: the requests of all users in turn."""
    # JSON's strings are Lua's, too; Lua's own long strings would lose the CR of each line.
    quoted = [json.dumps(each.decode()) for each in requests()]
    path = folder / "requests.lua"
    path.write_text(f"requests = {{{', '.join(quoted)}}}\n{LUA}", newline="")
    return path


def answer(size: int) -> bytes:
    """An answer of legacy with a body of this size."""
    head = (
        "HTTP/1.1 200 OK\nServer: gunicorn\nDate: Sun, 22 Nov 2026 09:51:44 GMT\n"
        "Content-Type: text/html; charset=utf-8\nVary: Accept-Language, Cookie\n"
        f"X-Frame-Options: ALLOW\nContent-Language: en\nContent-Length: {size}\n\n"
    )
    return head.replace("\n", "\r\n").encode() + b"x" * size


def snapshot() -> Snapshot:
    """Every capability is rolled out by users, by percent, or not at all."""
    rollouts = {}
    for number, name in enumerate(CAPABILITIES):
        users = frozenset(range(number % 7, 3000, 7)) if number % 3 == 0 else frozenset()
        percent = 2500 if number % 3 == 1 else 0
        rollouts[name] = Rollout(capability=name, users=users, percent=percent, salt=name)
    rollouts["enrollment"] = Rollout(
        capability="enrollment", users=frozenset(range(0, 3000, 7)), percent=2500, salt="enrollment"
    )
    return Snapshot(1, rollouts)


def settings() -> FacadeSettings:
    """Settings of a facade whose upstreams are nowhere."""
    nowhere = Address("127.0.0.1", 9)
    return FacadeSettings(
        legacy_lms=nowhere,
        legacy_cms=nowhere,
        modern_lms=Address("127.0.0.1", 10),
        modern_cms=Address("127.0.0.1", 10),
        bridge_key=BRIDGE_KEY,
    )


def gate(ticker: Ticker) -> tuple[Gate, Pool, Pool]:
    """A gate whose users are all in the cache, with the pools of legacy and of modern."""
    made = settings()
    legacy = Pool("legacy", made.legacy_lms, ticker)
    modern = Pool("modern", made.modern_lms, ticker)
    pools = {
        (service, upstream): legacy if upstream is Upstream.LEGACY else modern
        for service in Service
        for upstream in (Upstream.LEGACY, Upstream.MODERN)
    }
    cache = ActorCache(bridge_key=BRIDGE_KEY, legacy_secret_key="", redis=None)
    for user in range(USERS):
        credential = Credential("lms", "session", session(user).encode())
        cache.put(credential, Entry(Actor(user_id=user, username=f"user{user}"), FAR_FUTURE))
    actors = Actors(cache, Legacy({}), Modern(modern, Mint(BRIDGE_KEY)), cookie_name="sessionid")
    telemetry = Telemetry("bench", lambda _: None)
    desk = Desk(made, ticker=ticker, pools=pools, actors=actors, telemetry=telemetry)
    desk.use(snapshot())
    return Gate(made, ticker=ticker, desk=desk, telemetry=telemetry), legacy, modern

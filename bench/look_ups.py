"""CPU time that learning one actor costs a worker: `python -m bench.look_ups`.

Legacy and modern are one nginx with fixed answers, so that what is counted is the facade's own:
two questions, two strict parsings, the cache. Each look-up is of another credential; 16 are under
way at a time. Redis is left out.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from pathlib import Path
from statistics import median

import uvloop

from bench import _facade_world
from bench._facade_servers import need, nginx
from facade.actor import Actors, Legacy, Modern
from facade.actor_cache import ActorCache
from facade.credential import Credential
from facade.identity import Mint
from facade.pool import Pool
from facade.settings import Address
from facade.ticker import Ticker
from flags.actor import Actor

AT_ONCE = 16
NUMBER = 2000
ROUNDS = 5
KNOWS_ONE = """
    default_type application/json;
    server {{
        listen 127.0.0.1:{port};
        location = /api/user/v1/accounts {{ return 200 '[{{"username": "ada"}}]'; }}
        location / {{ return 200 '{{"id": 4, "username": "ada", "groups": ["beta"]}}'; }}
    }}
"""


def main() -> None:
    need("nginx")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)  # nginx's workers give up root
        known = stack.enter_context(nginx(folder, "one", KNOWS_ONE))
        found = uvloop.run(_microseconds(known.port))
    print(f"a look-up: best {min(found):.0f}, median {median(found):.0f} us CPU")


async def _microseconds(port: int) -> list[float]:
    """Time rounds of look-ups; one figure per round."""
    ticker = Ticker(asyncio.get_running_loop())
    pools = [Pool(name, Address("127.0.0.1", port), ticker) for name in ("legacy", "modern")]
    actors = Actors(
        ActorCache(bridge_key=_facade_world.BRIDGE_KEY, legacy_secret_key="", redis=None),
        Legacy({"lms": pools[0]}),
        Modern(pools[1], Mint(_facade_world.BRIDGE_KEY)),
        cookie_name="sessionid",
    )
    found = [await _round(actors, number) for number in range(ROUNDS)]
    assert actors.failures == 0
    for pool in pools:
        pool.close()
    return found


async def _round(actors: Actors, number: int) -> float:
    start = time.process_time()
    names = iter(range(number * NUMBER, (number + 1) * NUMBER))

    async def one_after_the_other() -> None:
        for name in names:
            credential = Credential("lms", "session", _facade_world.session(name).encode())
            entry = await actors.learn(credential, host="lms.example.org")
            assert entry.actor == Actor(user_id=4, username="ada", groups=frozenset({"beta"}))

    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))
    return (time.process_time() - start) / NUMBER * 1e6


if __name__ == "__main__":
    main()

"""One worker: it wires the parts together, listens, reports, and drains before it ends."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import signal
import sys
from typing import TYPE_CHECKING, Any, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from facade.actor import ANSWER_SECONDS, FAILED_SECONDS, Actors, Legacy, Modern
from facade.actor_cache import ActorCache
from facade.breaker import COOLDOWN_SECONDS, Breaker
from facade.compare.rules_file import read_rules
from facade.decide import Upstream
from facade.desk import Desk
from facade.front import Front
from facade.gate import Gate
from facade.hold.feed import HoldFeed
from facade.identity import Mint
from facade.line import Crowd
from facade.pool import Pool
from facade.shadow.asking import Shadow
from facade.shadow.comparer import Comparer
from facade.shadow.identity import ShadowIdentity
from facade.shadow.report import Reporter
from facade.snapshot_feed import SnapshotFeed
from facade.telemetry import Telemetry
from facade.ticker import Ticker
from flags.routes import Service

if TYPE_CHECKING:
    import socket

    from facade.question import Pools
    from facade.settings import Address, FacadeSettings
    from flags.snapshot import Snapshot

BACKLOG: Final = 4096
REDIS_TIMEOUT_SECONDS: Final = 1.0
GC_THRESHOLD: Final = 50_000
"""Objects between two collections: requests leave no cycles behind, so there is little to find."""
LOOK_UPS: Final = Crowd(exchanges=128, seconds=ANSWER_SECONDS)
"""How many actors an upstream is asked for at the same time, however many learners come at once."""
_NEVER_ASKED: Final = (Service.CMS, Upstream.MODERN)
"""Modern's LMS knows the users of Studio, too."""


class Server:
    """Everything one worker has, from its listening socket to its counters."""

    def __init__(
        self, settings: FacadeSettings, *, worker: str, telemetry: Telemetry | None = None
    ) -> None:
        self._settings = settings
        self._ticker = Ticker(asyncio.get_running_loop())
        self._telemetry = telemetry or Telemetry(worker, _write_out)
        self._pools = _pools(settings, self._ticker, crowd=settings.crowd)
        self._redis = _redis(settings.redis_url)
        # With pools and breakers of their own, as the shadow: look-ups have little time, and must
        # not open the learners' breakers. Writes wait for them, so they are soon tried again.
        asked = _pools(
            settings,
            self._ticker,
            crowd=LOOK_UPS,
            purpose="actors-",
            cooldown_seconds=FAILED_SECONDS,
        )
        self._actors = _actors(settings, asked, self._redis)
        self._asked = [pool for key, pool in asked.items() if key != _NEVER_ASKED]
        self._shadow = self._make_shadow(worker)
        self._desk = Desk(
            settings,
            ticker=self._ticker,
            pools=self._pools,
            actors=self._actors,
            telemetry=self._telemetry,
            shadow=self._shadow,
        )
        self._gate = Gate(settings, ticker=self._ticker, desk=self._desk, telemetry=self._telemetry)
        self._holds = HoldFeed(
            self._desk.room,
            under_way=self._gate.under_way,
            worker=worker,
            telemetry=self._telemetry,
        )
        self._feed = SnapshotFeed(
            bridge_key=settings.bridge_key,
            path=settings.snapshot_path,
            redis=self._redis,
            worker=worker,
            telemetry=self._telemetry,
            holds=self._holds,
        )
        self._listener: asyncio.Server | None = None
        self._ticker.chores += [self._telemetry.flush, *(pool.sweep for pool in self._all_pools())]
        self._ticker.chores += [self._shadow.sweep, self._desk.room.sweep]

    def _make_shadow(self, worker: str) -> Shadow:
        """Make the shadow, with pools and breakers of its own: it must not open the learners'."""
        settings = self._settings
        identity = ShadowIdentity(
            self._actors, Mint(settings.bridge_key), cookie_name=settings.session_cookie_name
        )
        pools = _pools(settings, self._ticker, crowd=settings.crowd)
        return Shadow(
            settings.shadow,
            ticker=self._ticker,
            pools={(service.value, upstream): pool for (service, upstream), pool in pools.items()},
            identity=identity,
            comparer=Comparer(read_rules(settings.parity_rules), settings.bridge_key),
            reporter=Reporter(self._redis, worker=worker, telemetry=self._telemetry),
        )

    async def start(self, listener: socket.socket) -> None:
        """Serve on a listening socket, with the snapshot of the file until Redis has a
        newer one.
        """
        loop = asyncio.get_running_loop()
        self._ticker.start()
        self._feed.deliver_to(self.use, self._actors.forget_name)
        await self._holds.begin(self._redis)
        self._feed.start()
        self._listener = await loop.create_server(
            lambda: Front(self._gate), sock=listener, backlog=BACKLOG
        )
        # What lives now lives as long as the worker; without this, collections walk it again and
        # again.
        gc.freeze()
        gc.set_threshold(GC_THRESHOLD)

    async def drain(self) -> None:
        """Accept nobody, let the requests under way end within the deadline, then close
        everything.
        """
        self._gate.drain()
        if self._listener is not None:
            self._listener.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.drain_seconds):
                await self._gate.emptied.wait()
        for client in list(self._gate.clients):
            client.transport.abort()
        await self._close()

    def report(self) -> dict[str, Any]:
        """Return the state and the counters, for the admin port."""
        return {
            **self._telemetry.report(),
            "epoch": self._desk.snapshot.epoch,
            "clients": len(self._gate.clients),
            "redis": self._feed.is_connected,
            "holds": self._desk.room.report(),
            "upstreams": {pool.name: self._upstream_report(pool) for pool in self._all_pools()},
            "actors": {
                "hits": self._actors.hits,
                "lookups": self._actors.lookups,
                "failures": self._actors.failures,
            },
        }

    def _upstream_report(self, pool: Pool) -> dict[str, Any]:
        return {
            "address": str(pool.address),
            "breaker": pool.breaker.state(self._ticker.now).value,
            "open": pool.open,
            "idle": pool.idle,
            "waiting": pool.waiting,
        }

    def use(self, snapshot: Snapshot) -> None:
        """Decide by another snapshot from the next request on."""
        self._desk.use(snapshot)

    def _all_pools(self) -> list[Pool]:
        return list(dict.fromkeys((*self._pools.values(), *self._asked)))

    async def _close(self) -> None:
        await self._feed.stop()
        await self._shadow.close()
        for pool in self._all_pools():
            pool.close()
        if self._redis is not None:
            await self._redis.aclose()
        self._ticker.stop()
        self._telemetry.flush()


async def serve(
    settings: FacadeSettings, *, worker: str, listener: socket.socket, control: socket.socket
) -> None:
    """Run a worker until SIGTERM, or until its supervisor is gone; reports go over `control`, one
    line each.
    """
    server = Server(settings, worker=worker)
    await server.start(listener)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    reporter = asyncio.create_task(_report(server, control, stop))
    await stop.wait()
    await server.drain()
    reporter.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await reporter
    sys.stdout.flush()


async def _report(server: Server, control: socket.socket, stop: asyncio.Event) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=control)
    try:
        while await reader.readline():
            writer.write(json.dumps(server.report()).encode() + b"\n")
            await writer.drain()
    except ConnectionError:
        pass  # the supervisor died: the same as its end of file
    finally:
        stop.set()
        writer.close()


def _write_out(lines: str) -> None:
    sys.stdout.write(lines)
    sys.stdout.flush()


def _pools(
    settings: FacadeSettings,
    ticker: Ticker,
    *,
    crowd: Crowd,
    purpose: str = "",
    cooldown_seconds: float = COOLDOWN_SECONDS,
) -> Pools:
    """Make one pool per address: where LMS and Studio are one upstream, they share its
    breaker too.
    """
    pools: dict[Address, Pool] = {}
    wanted = {
        (Service.LMS, Upstream.LEGACY): settings.legacy_lms,
        (Service.CMS, Upstream.LEGACY): settings.legacy_cms,
        (Service.LMS, Upstream.MODERN): settings.modern_lms,
        (Service.CMS, Upstream.MODERN): settings.modern_cms,
    }
    for key, address in wanted.items():
        if address not in pools:
            breaker = Breaker(cooldown_seconds=cooldown_seconds)
            name = f"{purpose}{key[1]}-{key[0]}"
            pools[address] = Pool(name, address, ticker, breaker, crowd=crowd)
    return {key: pools[address] for key, address in wanted.items()}


def _redis(url: str) -> Redis | None:
    if not url:
        return None
    return Redis.from_url(
        url,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        # By default the client repeats for seconds, in which a learner would wait for an actor.
        retry=Retry(NoBackoff(), 0),
    )


def _actors(settings: FacadeSettings, pools: Pools, redis: Redis | None) -> Actors:
    cache = ActorCache(
        bridge_key=settings.bridge_key,
        legacy_secret_key=settings.legacy_secret_key,
        redis=redis,
    )
    legacy = Legacy({service.value: pools[service, Upstream.LEGACY] for service in Service})
    modern = Modern(pools[Service.LMS, Upstream.MODERN], Mint(settings.bridge_key))
    return Actors(cache, legacy, modern, cookie_name=settings.session_cookie_name)

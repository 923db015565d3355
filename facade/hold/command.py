"""`facade hold` and `facade release`: a person, or a script, stops the writes of one capability for
the moments in which it is switched.

Both wait for the workers to say that they have done it; neither decides who serves what.
"""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from redis import Redis
from redis.exceptions import RedisError

from facade.errors import HoldRefused, SettingInvalid, Unreachable
from facade.hold.words import ACKS, CHANNEL, HELD, RELEASED, HoldAck, hold_ack
from facade.settings import read_settings
from flags.capabilities import capability

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

MAX_SECONDS: Final = 120.0
TIMEOUT_SECONDS: Final = 2.0
POLL_SECONDS: Final = 0.002
ASK_SECONDS: Final = 0.02
"""How often the workers are asked anew, as writes under way are answered."""
WAIT_SECONDS: Final = 5.0
"""How long the workers are waited for, and the writes that were under way when the hold began."""
RELEASED_SECONDS: Final = 600
"""How long a release is kept for workers that were away; longer than any hold."""


@dataclass(frozen=True, slots=True)
class Listening:
    """The acknowledgements under one token, of at least `wanted` workers."""

    wanted: int
    acks: Mapping[str, HoldAck]

    @property
    def is_complete(self) -> bool:
        """Whether every worker has said what it does."""
        return len(self.acks) >= self.wanted

    @property
    def under_way(self) -> int:
        """How many writes went before the hold and are not answered yet."""
        return sum(ack.under_way for ack in self.acks.values())


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands to the `facade` command; each returns its exit code."""
    hold = commands.add_parser("hold", help="let the writes of a capability wait in the facade")
    hold.add_argument("capability")
    hold.add_argument(
        "--seconds",
        type=float,
        default=15.0,
        help="the hold ends by itself after so long (%(default)s)",
    )
    hold.set_defaults(command=_hold)
    release = commands.add_parser("release", help="let the held writes of a capability go on")
    release.add_argument("capability")
    release.set_defaults(command=_release)


def _hold(asked: argparse.Namespace) -> int:
    name = capability(asked.capability).name
    if not 0 < asked.seconds <= MAX_SECONDS:
        raise SettingInvalid("--seconds", f"must be above 0 and at most {MAX_SECONDS:g}")
    with _redis() as redis:
        return begin(redis, name, seconds=asked.seconds, say=_say)


def _release(asked: argparse.Namespace) -> int:
    name = capability(asked.capability).name
    with _redis() as redis:
        return end(redis, name, say=_say)


def begin(redis: Redis, name: str, *, seconds: float, say: Callable[[str], object]) -> int:
    """Hold, and wait until all workers do and nothing is under way; 1 when that takes too long."""
    token = secrets.token_hex(4)
    try:
        if not redis.set(HELD + name, token, px=int(seconds * 1000), nx=True):
            left = redis.pttl(HELD + name) / 1000
            raise HoldRefused(
                f"{name} is held for {left:.0f} s more; `facade release {name}` ends that"
            )
        found = _wait(redis, name, token, until=lambda ack: ack.is_held and not ack.under_way)
    except (RedisError, OSError) as error:
        raise _unreachable(error) from error
    for worker, ack in sorted(found.acks.items()):
        say(f"{worker} holds: {ack.waiting} waiting, {ack.under_way} under way")
    if found.is_complete and not found.under_way and found.acks:
        say(f"{name} is held for {seconds:g} s; `facade release {name}` ends it")
        return 0
    say(_shortfall(found, f"do not switch now; `facade release {name}` ends the hold"))
    return 1


def end(redis: Redis, name: str, *, say: Callable[[str], object]) -> int:
    """Release, and wait until all workers have; 1 when that takes too long."""
    try:
        token = cast("bytes | None", redis.get(HELD + name))
        if token is None:
            raise HoldRefused(f"{name} is not held: it was released, or its time is over")
        pipeline = redis.pipeline()
        pipeline.delete(HELD + name)
        pipeline.set(RELEASED + name, token, ex=RELEASED_SECONDS)
        pipeline.execute()
        found = _wait(redis, name, token.decode(), until=lambda ack: not ack.is_held)
    except (RedisError, OSError) as error:
        raise _unreachable(error) from error
    done = {worker: ack for worker, ack in found.acks.items() if not ack.is_held}
    for worker, ack in sorted(done.items()):
        say(f"{worker} released {ack.waiting}")
    if len(done) >= found.wanted:
        return 0
    say(_shortfall(Listening(found.wanted, done), "the others end the hold when its time is over"))
    return 1


def _wait(redis: Redis, name: str, token: str, *, until: Callable[[HoldAck], bool]) -> Listening:
    """Ask the workers again and again, until each that listens has said what is waited for."""
    deadline = time.monotonic() + WAIT_SECONDS
    wanted, asked = 0, 0.0
    while True:
        if time.monotonic() >= asked + ASK_SECONDS:
            wanted, asked = redis.publish(CHANNEL, name), time.monotonic()
        time.sleep(POLL_SECONDS)
        found = Listening(wanted, _acks(redis, name, token))
        if found.is_complete and all(map(until, found.acks.values())):
            return found
        if time.monotonic() > deadline:
            return found


def _acks(redis: Redis, name: str, token: str) -> dict[str, HoldAck]:
    written = cast("dict[bytes, bytes]", redis.hgetall(ACKS + name))
    read = ((worker.decode(), hold_ack(text.decode())) for worker, text in written.items())
    return {worker: ack for worker, ack in read if ack is not None and ack.token == token}


def _shortfall(found: Listening, advice: str) -> str:
    if not found.wanted:
        return f"no worker listens to REDIS_URL; {advice}"
    missing = f"{len(found.acks)} of {found.wanted} workers have answered"
    under_way = f", {found.under_way} writes are under way" if found.under_way else ""
    return f"{missing}{under_way}; {advice}"


def _redis() -> Redis:
    url = read_settings(os.environ).redis_url
    if not url:
        raise SettingInvalid("REDIS_URL", "is not set: workers hear of holds through Redis")
    return Redis.from_url(
        url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )


def _unreachable(error: Exception) -> Unreachable:
    return Unreachable(f"REDIS_URL: redis does not answer ({error}); is it running?")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 (a command line speaks)

"""What becomes of an answer of modern that differs: late, noisy, or wrong."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from facade.compare.difference import Subject
from facade.compare.rules import Rules
from facade.server import _redis
from facade.shadow.comparer import Comparer
from facade.shadow.report import LAG_KEY, STREAM
from flags.rollout import Rollout
from tests.facade.conftest import BRIDGE_KEY, until
from tests.facade.shadow.conftest import ADA, READ, Shadowed, saying, shadowed_world

OLD, NEW = {"mode": "honor"}, {"mode": "verified"}
SECRET = "ada.lovelace@example.org"


async def test_a_difference_that_goes_away_is_lag(shadowed: Shadowed) -> None:
    shadowed.world.legacy.scripts[READ] = saying(NEW)
    shadowed.world.modern.scripts[READ] = saying(OLD, NEW)

    await shadowed.ask(ADA)

    await shadowed.counted(lag=1)
    assert shadowed.world.modern.targets.count(f"GET {READ}") == 2
    assert (await shadowed.report())["clusters"] == []


async def test_both_sides_are_asked_again_before_a_difference_counts(shadowed: Shadowed) -> None:
    shadowed.world.legacy.scripts[READ] = saying(OLD, NEW)
    shadowed.world.modern.scripts[READ] = saying(NEW)

    await shadowed.ask(ADA)

    await shadowed.counted(lag=1)
    asked = [each for each in shadowed.world.legacy.received if each.target == READ]
    assert [each.values("cookie") for each in asked] == [["sessionid=ada-session"]] * 2


async def test_a_difference_that_stays_is_reported_in_its_cluster(shadowed: Shadowed) -> None:
    shadowed.world.legacy.scripts[READ] = saying([OLD, {"mode": "audit"}])
    shadowed.world.modern.scripts[READ] = saying([NEW, {"mode": "honor"}])

    await shadowed.ask()
    await shadowed.ask()

    await shadowed.counted(different=2)
    clusters = [each for report in await reports(shadowed, 2) for each in report["clusters"]]
    assert {(each["route"], each["path"], each["kind"]) for each in clusters} == {
        (READ, "$[*].mode", "value")
    }
    assert sum(each["count"] for each in clusters) == 2


async def reports(shadowed: Shadowed, differences: int) -> list[dict[str, list[dict[str, int]]]]:
    """All reports, once they hold so many differences."""

    def found() -> list[dict[str, list[dict[str, int]]]]:
        sent = shadowed.reports()
        counted = sum(each["count"] for report in sent for each in report["clusters"])
        return sent if counted >= differences else []

    sent: list[dict[str, list[dict[str, int]]]] = await until(found)
    return sent


async def test_no_secret_gets_into_the_stream(shadowed: Shadowed) -> None:
    shadowed.world.legacy.scripts[READ] = saying({"name": SECRET, SECRET: 1, "email": [SECRET]})
    shadowed.world.modern.scripts[READ] = saying({"name": None, "email": [f"x{SECRET}"]})

    await shadowed.ask(ADA, f"User-Agent: {SECRET}", target=f"{READ}?user={SECRET}")

    await reports(shadowed, 3)
    stream = repr(shadowed.redis.xrange(STREAM))
    assert "$.name" in stream
    assert SECRET not in stream
    assert "ada" not in stream


async def test_legacy_that_differs_from_itself_is_noise(redis_url: str) -> None:
    async with shadowed_world(redis_url, baseline_share=10_000) as shadowed:
        shadowed.world.legacy.scripts[READ] = saying({"count": 1}, {"count": 2})
        shadowed.world.modern.scripts[READ] = saying({"count": 1})

        await shadowed.ask()

        await shadowed.counted(noise_different=1, same=1)
        (cluster,) = (await shadowed.report())["clusters"]
        assert (cluster["path"], cluster["count"], cluster["noise"]) == ("$.count", 0, 1)


async def test_legacy_that_equals_itself_is_counted_too(redis_url: str) -> None:
    async with shadowed_world(redis_url, baseline_share=10_000) as shadowed:
        await shadowed.ask()

        await shadowed.counted(noise_same=1, same=1)
        assert shadowed.world.legacy.targets == [f"GET {READ}"] * 2


async def test_the_oldest_waiting_mismatch_makes_room(redis_url: str) -> None:
    async with shadowed_world(redis_url, retries=1, retry_seconds=3600) as shadowed:
        shadowed.world.modern.scripts[READ] = saying("another")

        await shadowed.ask()
        await shadowed.ask()

        await shadowed.counted(retry_full=1)


@pytest.mark.parametrize(
    ("published", "seconds"), [("100.5", 100), ("3600", 300), ("-1", 0), ("soon", 0), (None, 0)]
)
async def test_a_mismatch_waits_as_long_as_the_follower_is_behind_but_not_for_ever(
    redis_url: str, published: str | None, seconds: int
) -> None:
    async with shadowed_world(redis_url, retry_seconds=60) as shadowed:
        if published is not None:
            shadowed.redis.set(LAG_KEY, published)
        shadowed.world.modern.scripts[READ] = saying("another")

        await shadowed.ask()
        await until(lambda: shadowed.world.server._shadow._retries)

        (waiting,) = shadowed.world.server._shadow._retries
        left = waiting.due - shadowed.world.server._ticker.now
        assert seconds + 30 < left <= seconds + 61


async def test_answers_that_are_none_are_not_compared(shadowed: Shadowed) -> None:
    lines = ("Content-Type: application/json", "Content-Encoding: gzip")
    shadowed.world.modern.scripts[READ] = lambda talk: talk.answer(b"no gzip", "200 OK", *lines)

    await shadowed.ask()

    await shadowed.counted(not_comparable=1)


async def test_a_fault_of_the_shadow_is_counted_and_ends_nothing(shadowed: Shadowed) -> None:
    shadow = shadowed.world.server._shadow
    working, shadow._comparer = shadow._comparer, None

    await shadowed.ask()
    await shadowed.counted(failed=1)
    shadow._comparer = working
    await shadowed.ask()

    await shadowed.counted(failed=1, same=1)
    assert '"kind": "AttributeError"' in "".join(shadowed.world.lines)


async def test_ignored_differences_are_counted_by_their_rule(
    redis_url: str, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(
        "[[ignore]]\nname = 'modes'\npath = '$.mode'\nowner = 'us'\nreason = 'agreed'\n"
        "expires = 2999-01-01\n"
    )
    async with shadowed_world(redis_url, rules=rules) as shadowed:
        shadowed.world.legacy.scripts[READ] = saying(OLD)
        shadowed.world.modern.scripts[READ] = saying(NEW)

        await shadowed.ask()

        await shadowed.counted(same=1)
        assert (await shadowed.report())["rules"] == [["modes", 1, 0]]


async def test_reports_wait_until_redis_is_back(shadowed: Shadowed) -> None:
    reporter = shadowed.world.server._shadow._reporter
    alive, reporter._redis = reporter._redis, _redis("redis://127.0.0.1:1/0")
    await shadowed.ask()
    await shadowed.counted(same=1)
    await until(lambda: shadowed.world.server.report()["events"].get("shadow_unsent"))

    reporter._redis = alive

    report = await shadowed.report()
    assert (report["number"], report["counts"]) == (1, [["enrollment", "same", 1]])


async def test_the_last_report_is_sent_when_the_worker_ends(redis_url: str) -> None:
    async with shadowed_world(redis_url) as shadowed:
        shadowed.world.roll_out(Rollout(capability="enrollment", shadow=10_000))
        await shadowed.ask('If-Match: "a"')

    with redis.Redis.from_url(redis_url) as client:
        assert client.xlen(STREAM) == 1


async def test_a_comparing_process_that_dies_is_replaced() -> None:
    comparer, subject = Comparer(Rules(), BRIDGE_KEY), Subject("enrollment", READ)
    answer = b"HTTP/1.1 204 No Content\r\n\r\n"
    assert await comparer.compare(answer, answer, subject) is not None
    assert comparer._executor is not None
    (process,) = comparer._executor._processes

    os.kill(process, signal.SIGKILL)
    await until(lambda: not Path(f"/proc/{process}").exists())

    found = [await comparer.compare(answer, answer, subject) for _ in range(2)]
    assert found[1] is not None
    comparer.close()


COMPARING = f"""
import asyncio, time
from facade.compare.difference import Subject
from facade.compare.rules import Rules
from facade.server import _redis
from facade.shadow.comparer import Comparer

async def main():
    comparer = Comparer(Rules(), {BRIDGE_KEY!r})
    answer = b"HTTP/1.1 204 No Content\\r\\n\\r\\n"
    await comparer.compare(answer, answer, Subject("a", "b"))
    print(*comparer._executor._processes, flush=True)
    time.sleep(3600)

if __name__ == "__main__":
    asyncio.run(main())
"""


async def test_the_comparing_process_ends_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text(COMPARING)
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    worker = await asyncio.create_subprocess_exec(
        sys.executable, script, stdout=subprocess.PIPE, env=environment
    )
    assert worker.stdout is not None
    comparing = Path("/proc") / (await worker.stdout.readline()).decode().strip()
    assert comparing.exists()

    worker.kill()
    await worker.wait()

    await until(lambda: not comparing.exists())

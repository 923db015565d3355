"""The `facade` command, as it is typed."""

import asyncio
import socket
from pathlib import Path

import pytest
from redis import Redis

from facade.cli import main
from facade.hold.words import HELD
from flags.feed import SNAPSHOT_KEY
from flags.rollout import Rollout
from flags.snapshot import Snapshot, dumps
from tests.facade.conftest import BRIDGE_KEY, World
from tests.facade.people import People


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, redis_url: str) -> Path:
    values = {
        "LEGACY_URL": "http://127.0.0.1:1",
        "MODERN_LMS_URL": "http://127.0.0.1:1",
        "MODERN_CMS_URL": "http://127.0.0.1:1",
        "BRIDGE_KEY": BRIDGE_KEY,
        "REDIS_URL": "",
        "CMS_HOSTS": "studio.example.org",
        "SNAPSHOT_PATH": str(tmp_path / "snapshot.json"),
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "snapshot.json"


def roll_out(path: Path, rollout: Rollout) -> None:
    path.write_bytes(dumps(Snapshot(9, {rollout.capability: rollout}), BRIDGE_KEY))


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(arguments) == 0
    return capsys.readouterr().out.splitlines()


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 2
    found = capsys.readouterr()
    assert found.out == ""
    assert found.err.count("\n") == 1
    return found.err


def test_routes_lists_all_or_those_of_a_capability(capsys: pytest.CaptureFixture[str]) -> None:
    every, some = lines(capsys, "routes"), lines(capsys, "routes", "enrollment")
    assert set(some) < set(every)
    assert (
        "lms  POST /api/enrollment/v1/enrollment -> enrollment "
        "(by method, course in json course_details.course_id)" in some
    )


def test_an_unknown_capability_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert "did you mean enrollment" in complaint(capsys, "routes", "enrolment")


def test_a_missing_setting_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEGACY_URL")
    assert complaint(capsys, "run").startswith("facade: LEGACY_URL is not set")


def test_a_port_in_use_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = f"{taken.getsockname()[1]}"
        assert f"--port {port} cannot be listened on" in complaint(capsys, "run", "--port", port)


def test_no_worker_is_too_few(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--workers must be 1 or more" in complaint(capsys, "run", "--workers", "0")


def test_explain_shows_each_step_for_an_anonymous_request(
    capsys: pytest.CaptureFixture[str], environment: Path
) -> None:
    roll_out(environment, Rollout(capability="enrollment", everyone=True))
    assert lines(capsys, "explain", "get", "http://lms/api/enrollment/v1/enrollment") == [
        "request   GET /api/enrollment/v1/enrollment of lms (Host lms)",
        "route     GET /api/enrollment/v1/enrollment -> enrollment (by method)",
        "actor     anonymous",
        "rollout   modern: everyone (epoch 9)",
        "access    reads",
        "decision  modern, because: everyone",
    ]


def test_explain_names_the_course_and_every_part_of_a_rollout(
    capsys: pytest.CaptureFixture[str], environment: Path
) -> None:
    rollout = Rollout(
        capability="enrollment",
        users=frozenset({1, 2}),
        groups=frozenset({"beta"}),
        courses=frozenset({"edX/DemoX/2016"}),
        orgs=frozenset({"MITx"}),
        percent=550,
        salt="s",
        reads_only=True,
    )
    roll_out(environment, rollout)
    found = lines(capsys, "explain", "GET", "/api/enrollment/v1/course/edX/DemoX/2016")
    assert found[3] == (
        "rollout   canary: 2 users; groups beta; courses edX/DemoX/2016; "
        "organisations MITx; 5.5 %; reads only (epoch 9)"
    )
    assert found[4:] == [
        "access    reads, course edX/DemoX/2016",
        "decision  modern, because: courses",
    ]


def test_explain_knows_paths_without_a_rollout(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, "explain", "GET", "/nowhere")[-2:] == [
        "route     none: no pattern fits",
        "decision  legacy, because: no-route",
    ]
    assert lines(capsys, "explain", "GET", "/api/v2/schema/")[-2:] == [
        "rollout   none: this path is modern's own",
        "decision  modern, because: native",
    ]
    found = lines(capsys, "explain", "GET", "/home/", "--host", "studio.example.org:8001")
    assert found[0] == "request   GET /home/ of cms (Host studio.example.org:8001)"
    assert found[-2:] == [
        "built     no: modern does not serve the reads of this route",
        "decision  legacy, because: not-built",
    ]


def test_explain_says_when_it_does_not_matter_who_asks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert lines(capsys, "explain", "GET", "/api/enrollment/v1/enrollment")[-2:] == [
        "          who asks does not matter",
        "decision  legacy, because: not-included",
    ]


def test_explain_shows_that_a_rollout_does_not_reach_what_is_not_built(
    capsys: pytest.CaptureFixture[str], environment: Path
) -> None:
    roll_out(environment, Rollout(capability="accounts", everyone=True))
    reads, writes = (
        lines(capsys, "explain", method, "/api/user/v1/accounts/ada") for method in ("GET", "PATCH")
    )
    assert reads[-1] == "decision  modern, because: everyone"
    assert writes[-2:] == [
        "built     no: modern does not serve the writes of this route",
        "decision  legacy, because: not-built",
    ]


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("REDIS_URL", "redis://127.0.0.1:1/0", "redis does not answer"),
        ("MODERN_LMS_URL", "http://127.0.0.1:1", "is modern running?"),
    ],
)
def test_explain_says_what_does_not_answer(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    problem: str,
) -> None:
    monkeypatch.setenv(variable, value)
    arguments = ("explain", "GET", "/api/enrollment/v1/enrollment", "--user", "ada")
    message = complaint(capsys, *arguments)
    assert variable in message
    assert problem in message


def test_explain_refuses_a_forged_snapshot(
    capsys: pytest.CaptureFixture[str], environment: Path
) -> None:
    environment.write_bytes(b"{}")
    assert "flags publish" in complaint(capsys, "explain", "GET", "/x")


async def test_explain_asks_modern_for_the_user(
    world: World,
    environment: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    People(BRIDGE_KEY).live_in(world.legacy, world.modern)
    monkeypatch.setenv("MODERN_LMS_URL", world.modern.url)
    roll_out(environment, Rollout(capability="enrollment", groups=frozenset({"beta"})))
    arguments = ("explain", "POST", "/api/enrollment/v1/enrollment", "--user")
    assert await asyncio.to_thread(main, (*arguments, "staff")) == 0
    found = capsys.readouterr().out.splitlines()
    assert found[2] == "actor     staff (id 8; beta)"
    assert found[-1] == "decision  modern, because: groups"
    assert await asyncio.to_thread(main, (*arguments, "nobody")) == 2
    assert "modern knows no user 'nobody'" in capsys.readouterr().err


def test_explain_prefers_the_snapshot_in_redis(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    environment: Path,
    redis_url: str,
) -> None:
    monkeypatch.setenv("REDIS_URL", redis_url)
    roll_out(environment, Rollout(capability="enrollment", everyone=True))
    target = "/api/enrollment/v1/enrollment"
    assert lines(capsys, "explain", "GET", target)[-1] == "decision  modern, because: everyone"
    with Redis.from_url(redis_url) as redis:
        rollout = Rollout(capability="enrollment", everyone=False)
        redis.set(SNAPSHOT_KEY, dumps(Snapshot(10, {"enrollment": rollout}), BRIDGE_KEY))
    assert lines(capsys, "explain", "GET", target)[-1] == "decision  legacy, because: off"


def test_explain_says_whether_writes_are_held(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> None:
    monkeypatch.setenv("REDIS_URL", redis_url)
    arguments = ("explain", "POST", "/api/enrollment/v1/enrollment")
    assert lines(capsys, *arguments)[3] == "hold      none"
    with Redis.from_url(redis_url) as redis:
        redis.set(HELD + "enrollment", "token", px=100_000)
        held = lines(capsys, *arguments)[3]
    assert held.startswith("hold      writes of enrollment wait, for ")
    assert held.endswith("; `facade release enrollment` ends it")

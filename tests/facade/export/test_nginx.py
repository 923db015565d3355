"""A real nginx with the exported include sends every request where the facade would."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import dataclasses
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

import pytest

import flags.routes
from deploy.stack import ports
from facade.cli import main
from facade.decide import Conditions, decide
from facade.export import nginx as export_nginx
from facade.export.nginx import include
from facade.settings import Address, FacadeSettings
from flags.access import Access
from flags.actor import ANONYMOUS
from flags.capabilities import CAPABILITIES
from flags.native import NATIVE
from flags.rollout import Rollout
from flags.routes import ROUTES, Route, Service, find
from flags.snapshot import Snapshot
from tests.facade.client import Answer, Client
from tests.facade.conftest import BRIDGE_KEY, DEADLINE_SECONDS
from tests.facade.upstream import Upstream, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")

SAMPLES = Path(__file__).parents[2] / "flags" / "fixtures" / "legacy_urls.csv"
METHODS = ("GET", "POST", "DELETE", "OPTIONS")
HOSTS = {Service.LMS: "lms.example.org", Service.CMS: "studio.example.org:8080"}
COURSE = "course-v1:edX+DemoX+2016"
SESSION = "Cookie: csrftoken=x; sessionid=s"
KINDS = (
    {"everyone": True},
    {"everyone": True, "reads_only": True},
    {"everyone": False},
    {"percent": 100, "salt": "s"},
    {"courses": frozenset({COURSE})},
    {"shadow": 100},
    {},
)
ENROLLMENT = "/api/enrollment/v1/enrollment"


def mixed(shift: int) -> Snapshot:
    """Each capability in another state."""
    states = {name: KINDS[(shift + at) % len(KINDS)] for at, name in enumerate(CAPABILITIES)}
    return Snapshot(1, {name: Rollout(capability=name, **kind) for name, kind in states.items()})  # type: ignore[arg-type]  # of several types


def samples() -> Iterator[tuple[Service, str]]:
    """The requests that legacy's URL tables were read with, one or more of each route."""
    with SAMPLES.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for path in row["samples"].split():
                yield Service(row["service"]), path.rpartition("|")[2]


def expected(snapshot: Snapshot, service: Service, method: str, path: str) -> str:
    """Who answers an anonymous request: by the plain rules, not by the export's own."""
    route = find(service, method, unquote_to_bytes(path))
    if "//" in path or (route and needs_facade(route, method, snapshot)):
        return "facade"
    return f"{decided(route, method, snapshot)}-{service}"


def decided(route: Route | None, method: str, snapshot: Snapshot) -> str:
    if route is not None and route.capability == NATIVE:
        return "modern"
    if route is None or route.access(method) not in route.built:
        return "legacy"
    rollout = snapshot.rollouts[route.capability]
    now = Conditions(1, modern_up=True)
    return decide(route.access(method), rollout, ANONYMOUS, course_key=None, now=now).upstream


def needs_facade(route: Route, method: str, snapshot: Snapshot) -> bool:
    """Whether somebody's identity, course, shadow or login matters."""
    if route.access(method) is Access.WRITES:
        session = {"auth-session", "registration", "password-reset"}
        if route.capability in session | {"third-party-auth", "oauth2-idp"}:
            return True
        if decided(route, method, snapshot) == "modern":
            return True
    if route.capability == NATIVE or route.access(method) not in route.built:
        return False
    rollout = snapshot.rollouts[route.capability]
    return rollout.needs_actor or rollout.needs_course or rollout.shadow > 0


@dataclass(slots=True)
class Site:
    """nginx, and what it may send requests to."""

    port: int
    upstreams: dict[str, Upstream]

    async def ask(
        self, path: str, *lines: str, method: str = "GET", service: Service = Service.LMS
    ) -> str:
        """The name of who answered."""
        async with Client(self.port) as client:
            return body(await ask(client, service, method, path, *lines))

    async def ask_all(self, requests: list[tuple[Service, str, str]]) -> list[str]:
        """Who answered each, over as few connections as nginx allows."""
        found: list[str] = []
        while len(found) < len(requests):
            async with Client(self.port) as client:
                for request in requests[len(found) :]:
                    answer = await ask(client, *request)
                    found.append(body(answer))
                    if answer.values("connection") == ["close"]:
                        break
        return found


@contextlib.asynccontextmanager
async def site_of(snapshot: Snapshot, folder: Path) -> AsyncIterator[Site]:
    names = ("legacy-lms", "legacy-cms", "modern-lms", "modern-cms", "facade")
    async with contextlib.AsyncExitStack() as life:
        upstreams = {name: await life.enter_async_context(running(name)) for name in names}
        at = [Address("127.0.0.1", upstream.port) for upstream in upstreams.values()]
        settings = FacadeSettings(
            **dict(zip(("legacy_lms", "legacy_cms", "modern_lms", "modern_cms"), at, strict=False)),
            bridge_key=BRIDGE_KEY,
            cms_hosts=frozenset({"studio.example.org"}),
        )
        text = "\n".join(include(snapshot, settings, at[4]))
        port = ports.free()
        await life.enter_async_context(nginx(text, port, folder))
        yield Site(port, upstreams)


@contextlib.asynccontextmanager
async def nginx(text: str, port: int, folder: Path) -> AsyncIterator[None]:
    """nginx with the include, and with the server block that the include asks for."""
    block = "\n".join(re.findall(r"^#     (.+)$", text, re.MULTILINE))
    (folder / "routes.conf").write_text(text)
    (folder / "nginx.conf").write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{ }}\nhttp {{ access_log off; {scratch(folder)}\ninclude {folder}/routes.conf;\n"
        f"server {{ listen 127.0.0.1:{port}; {block} }} }}\n"
    )
    process = await asyncio.create_subprocess_exec(
        *("nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")),
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await answers(port, folder)
        yield
    finally:
        process.terminate()
        await process.wait()


def scratch(folder: Path) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)


async def answers(port: int, folder: Path) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            problems = (folder / "error.log").read_text() if (folder / "error.log").exists() else ""
            assert "emerg" not in problems, problems
            await asyncio.sleep(0.02)


async def ask(client: Client, service: Service, method: str, path: str, *lines: str) -> Answer:
    head = [f"{method} {path} HTTP/1.1", f"Host: {HOSTS[service]}", *lines, "", ""]
    await client.send("\r\n".join(head).encode())
    return await client.answer(method)


def body(answer: Answer) -> str:
    return answer.body.decode()


async def test_every_request_goes_where_the_facade_would_send_it(tmp_path: Path) -> None:
    found = await routed(mixed(0), tmp_path)
    assert found == {"legacy-lms", "legacy-cms", "facade", "modern-lms"}


@pytest.mark.parametrize("shift", [1, 4])
async def test_so_it_does_when_modern_serves_every_route(
    shift: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_everything(monkeypatch)
    found = await routed(mixed(shift), tmp_path)
    assert found == {"legacy-lms", "legacy-cms", "facade", "modern-lms", "modern-cms"}


async def routed(snapshot: Snapshot, folder: Path) -> set[str]:
    """Ask all samples with all methods; the names of all who answered, when each was right."""
    asked = [(service, method, path) for service, path in samples() for method in METHODS]
    async with site_of(snapshot, folder) as site:
        found = await site.ask_all(asked)
    wanted = [expected(snapshot, *request) for request in asked]
    assert list(zip(asked, found, strict=True)) == list(zip(asked, wanted, strict=True))
    return set(found)


def build_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it will be: with most routes on legacy, a wrong order would hardly show."""
    every = tuple(dataclasses.replace(route, built=frozenset(Access)) for route in ROUTES)
    monkeypatch.setattr(flags.routes, "ROUTES", every)
    monkeypatch.setattr(export_nginx, "ROUTES", every)


async def test_what_only_the_facade_can_do_goes_through_it(tmp_path: Path) -> None:
    snapshot = Snapshot(1, {"enrollment": Rollout(capability="enrollment", everyone=True)})
    async with site_of(snapshot, tmp_path) as site:
        assert await site.ask(ENROLLMENT) == "modern-lms"
        for line in (SESSION, "Authorization: Bearer t", "Upgrade: websocket"):
            assert await site.ask(ENROLLMENT, line) == "facade"
        for path in (
            "//about",
            "/./about",
            "/a/../about",
            "/%61bout%2f",
            "/about%0a",
            "/%2e/about",
        ):
            assert await site.ask(path) == "facade"
        assert await site.ask("/about", SESSION) == "legacy-lms"
        assert await site.ask("/%61bout?next=//x/../y") == "legacy-lms"
        assert await site.ask(ENROLLMENT.upper()) == "legacy-lms"


async def test_a_request_arrives_as_it_was_sent_but_names_nobody(tmp_path: Path) -> None:
    target = f"{ENROLLMENT}?course=a%2Bb%20c"
    snapshot = Snapshot(1, {"enrollment": Rollout(capability="enrollment", everyone=True)})
    async with site_of(snapshot, tmp_path) as site:
        await site.ask(target, "X-Bridge-Identity: v1.a.b", "X_Bridge_Identity: v1.a.b")
        (received,) = site.upstreams["modern-lms"].received
    assert received.target == target
    assert received.values("host") == [HOSTS[Service.LMS]]
    assert b"bridge" not in received.head.lower()


async def test_reads_find_the_facade_where_modern_is_down(tmp_path: Path) -> None:
    snapshot = Snapshot(1, {"enrollment": Rollout(capability="enrollment", everyone=True)})
    async with site_of(snapshot, tmp_path) as site:
        await site.upstreams["modern-lms"].stop()
        assert await site.ask(ENROLLMENT) == "facade"


def test_the_command_prints_the_include_of_the_snapshot_in_use(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("LEGACY_URL", "MODERN_LMS_URL", "MODERN_CMS_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("BRIDGE_KEY", BRIDGE_KEY)
    monkeypatch.setenv("REDIS_URL", "")
    assert main(["export", "nginx", "--facade", "http://facade:8000"]) == 0
    printed = capsys.readouterr().out
    assert "at epoch 0 of" in printed
    assert "upstream bridge_facade { server facade:8000; keepalive 64; }" in printed
    assert main(["export", "nginx", "--facade", "facade"]) == 2
    assert capsys.readouterr().err == (
        "facade: --facade is not a URL of the form http://host:port: facade\n"
    )

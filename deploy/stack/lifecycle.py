"""Bring the three servers up, keep them, take them down.

One command at a time (a lock). A server counts as running when its remembered process lives and
its URL answers; anything in between is stopped and started anew. Servers that the environment
names are only asked, never started or stopped.
"""

import shutil
import signal
import subprocess
import time
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from deploy.stack import packages, ports, processes, state
from deploy.stack.accounts import give, serving
from deploy.stack.environment import exports, variables
from deploy.stack.errors import ServerFailed, ServerUnreachable
from deploy.stack.layout import Layout
from deploy.stack.mariadb import MariaDB
from deploy.stack.postgres import Postgres
from deploy.stack.reach import reason_not_reachable
from deploy.stack.redis import Redis
from deploy.stack.settings import CHECKOUT, OVERRIDES, StackSettings, read
from deploy.stack.site import Server, Site
from deploy.stack.state import State

__all__ = ["Servers", "down", "environment", "status", "stop_servers", "stop_services", "up"]

_KINDS: tuple[type[Server], ...] = (Postgres, MariaDB, Redis)
_SESSION = "dev"
_START_SECONDS = 60.0
# Nobody else can be starting it now (the lock), so one that does not answer soon is half dead.
_REUSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Servers:
    """The URLs of PostgreSQL, MariaDB and Redis, and the whole environment of the stack.

    `private` names the servers that are the stack's own (the others were given by the environment),
    `started` those of them that did not run before.
    """

    database_url: str = field(repr=False)
    legacy_database_url: str = field(repr=False)
    redis_url: str
    environment: Mapping[str, str] = field(repr=False)
    private: frozenset[str]
    started: frozenset[str]


def up(root: Path = CHECKOUT, settings: StackSettings | None = None) -> Servers:
    """Start what does not run yet and return the URLs; a failure or Ctrl-C leaves nothing new."""
    layout, wishes = Layout(root), settings or read()
    with layout.lock():
        known = _renewed_state(layout)
        given = {n: url for n, url in wishes.given.items() if not _is_ours(n, url, known)}
        for name, url in given.items():
            _check_given(name, url)
        servers = _servers(layout, known, skip=given)
        with ExitStack() as undo:
            started = [server.name for server in servers if _ensure(layout, server, undo)]
            undo.pop_all()
        urls = given | {server.name: server.url for server in servers}
        values = variables(urls, known.ports, known.secrets, home=layout.home)
        state.write_private(layout.env, exports(values))
    return Servers(
        database_url=urls["postgres"],
        legacy_database_url=urls["mariadb"],
        redis_url=urls["redis"],
        environment=values,
        private=frozenset(server.name for server in servers),
        started=frozenset(started),
    )


def down(root: Path = CHECKOUT) -> list[str]:
    """Stop a development session, its services and the servers; return the names of what ran."""
    layout = Layout(root)
    session = [_SESSION] if _stop(layout, _SESSION, signal.SIGTERM) else []
    return session + stop_services(layout) + stop_servers(layout, [kind.name for kind in _KINDS])


def stop_services(layout: Layout) -> list[str]:
    """Stop what a session that was killed left running; return the names."""
    known = {kind.name for kind in _KINDS} | {_SESSION}
    names = sorted(path.stem for path in layout.pid_file("any").parent.glob("*.json"))
    return [n for n in names if n not in known and _stop(layout, n, signal.SIGTERM)]


def stop_servers(layout: Layout, names: Collection[str]) -> list[str]:
    """Stop these servers, the last started first; return the names of those that ran."""
    kinds = [kind for kind in reversed(_KINDS) if kind.name in names]
    with layout.lock():
        return [kind.name for kind in kinds if _stop(layout, kind.name, kind.stop_signal)]


def environment(root: Path = CHECKOUT, settings: StackSettings | None = None) -> Mapping[str, str]:
    """Return the environment of the running stack, starting it where it does not run."""
    return up(root, settings).environment


def status(root: Path = CHECKOUT) -> dict[str, str]:
    """Return name → what a person wants to know of each server."""
    layout = Layout(root)
    known = state.load(layout.state)
    return {kind.name: _state_of(layout, kind, known) for kind in _KINDS}


def _state_of(layout: Layout, kind: type[Server], known: State) -> str:
    process = processes.recall(layout.pid_file(kind.name))
    if process is None:
        return "stopped"
    return f"running, pid {process.pid}, port {known.ports[kind.name]}"


def _renewed_state(layout: Layout) -> State:
    """Load the state, complete its secrets, choose ports anew where ours were taken."""
    known = state.load(layout.state)
    renewed = State(
        ports=ports.choose(known.ports, in_use=_ports_in_use(layout)),
        secrets=state.with_secrets(known.secrets),
    )
    if renewed != known:
        state.save(layout.state, renewed)
    return renewed


def _ports_in_use(layout: Layout) -> set[str]:
    """Return the names of the ports on which our own processes listen."""
    servers = {kind.name for kind in _KINDS}
    running = {name for name in servers if processes.recall(layout.pid_file(name))}
    session = processes.recall(layout.pid_file(_SESSION))
    return running | (ports.PREFERRED.keys() - servers if session else set())


def _is_ours(name: str, url: str, known: State) -> bool:
    """Say whether a given URL only repeats our own, out of a shell that evaluated `env`."""
    marks = {
        "postgres": f"//modern:{known.secrets['modern']}@",
        "mariadb": f"//bridge:{known.secrets['bridge']}@",
        "redis": f"//127.0.0.1:{known.ports['redis']}/",
    }
    return marks[name] in url


def _check_given(name: str, url: str) -> None:
    reason = reason_not_reachable(name, url)
    if reason is not None:
        raise ServerUnreachable(OVERRIDES[name], reason)


def _servers(layout: Layout, known: State, *, skip: Mapping[str, str]) -> list[Server]:
    kinds = [kind for kind in _KINDS if kind.name not in skip]
    programs = packages.provide(program for kind in kinds for program in kind.programs)
    return [kind(_site(layout, kind, known, programs)) for kind in kinds]


def _site(layout: Layout, kind: type[Server], known: State, programs: Mapping[str, Path]) -> Site:
    account = serving(kind.accounts)
    return Site(
        data=layout.data(account) / kind.name,
        port=known.ports[kind.name],
        account=account,
        programs=programs,
        secrets=known.secrets,
    )


def _ensure(layout: Layout, server: Server, undo: ExitStack) -> bool:
    """Make sure that the server answers; say whether it was started, which `undo` takes back."""
    if _answers(layout, server, server.url, seconds=_REUSE_SECONDS):
        return False
    _stop(layout, server.name, server.stop_signal)
    if not server.site.data.is_dir():
        _initialise(layout, server)
    undo.callback(_stop, layout, server.name, server.stop_signal)
    process = processes.spawn(
        server.command(),
        log=layout.log(server.name),
        cwd=server.site.data,
        account=server.site.account,
    )
    processes.remember(layout.pid_file(server.name), process)
    if not _answers(layout, server, server.admin_url, seconds=_START_SECONDS):
        log_tail = processes.tail(layout.log(server.name))
        raise ServerFailed(server.name, "does not come up", log_tail)
    server.prepare()
    return True


def _answers(layout: Layout, server: Server, url: str, *, seconds: float) -> bool:
    """Wait until the server can be used; False once its process ended or time is up."""
    deadline = time.monotonic() + seconds
    while processes.recall(layout.pid_file(server.name)) and time.monotonic() < deadline:
        if reason_not_reachable(server.name, url) is None:
            return True
        time.sleep(0.1)
    return False


def _initialise(layout: Layout, server: Server) -> None:
    """Fill the data folder beside its place and move it there, so that half a one never counts."""
    fresh = server.site.data.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    give(server.site.account, fresh)
    command = server.initialise(fresh)
    if command:
        _run(layout, server, command)
    fresh.rename(server.site.data)


def _run(layout: Layout, server: Server, command: tuple[str, ...]) -> None:
    account = server.site.account
    with layout.log(server.name).open("ab") as output:
        done = subprocess.run(
            command,
            check=False,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    if done.returncode != 0:
        log_tail = processes.tail(layout.log(server.name))
        raise ServerFailed(server.name, "could not make its data folder", log_tail)


def _stop(layout: Layout, name: str, first: signal.Signals) -> bool:
    """Stop one process by its pid; say whether it ran."""
    process = processes.recall(layout.pid_file(name))
    if process is not None:
        processes.stop(process, first=first)
    processes.forget(layout.pid_file(name))
    return process is not None

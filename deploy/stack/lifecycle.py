"""Bring the three servers up, keep them, take them down.

One command at a time (a lock). Servers that the environment names are only asked, never started or
stopped.
"""

import signal
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from deploy.stack import packages, ports, processes, starting, state
from deploy.stack.accounts import serving
from deploy.stack.environment import exports, variables
from deploy.stack.errors import ServerUnreachable
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
            started = [server.name for server in servers if starting.ensure(layout, server, undo)]
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
    session = [_SESSION] if starting.stop(layout, _SESSION, signal.SIGTERM) else []
    return session + stop_services(layout) + stop_servers(layout, [kind.name for kind in _KINDS])


def stop_services(layout: Layout) -> list[str]:
    """Stop what a session that was killed left running; return the names."""
    known = {kind.name for kind in _KINDS} | {_SESSION}
    names = sorted(path.stem for path in layout.pid_file("any").parent.glob("*.json"))
    return [n for n in names if n not in known and starting.stop(layout, n, signal.SIGTERM)]


def stop_servers(layout: Layout, names: Collection[str]) -> list[str]:
    """Stop these servers, the last started first; return the names of those that ran."""
    kinds = [kind for kind in reversed(_KINDS) if kind.name in names]
    with layout.lock():
        return [kind.name for kind in kinds if starting.stop(layout, kind.name, kind.stop_signal)]


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

"""The `facade` command: parse, call one function, print, exit code. 2 stands for input that has to
be corrected.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
from typing import TYPE_CHECKING, Final

import uvloop

from facade.errors import FacadeError, SettingInvalid
from facade.explain import Asked, explain, route_line
from facade.export import command as export_command
from facade.hold import command as hold_command
from facade.parity import command as parity_command
from facade.server import serve
from facade.settings import read_settings
from facade.top import command as top_command
from facade.workers import Plan, Supervisor
from flags.capabilities import capability
from flags.errors import FlagsError
from flags.routes import ROUTES, of_capability

if TYPE_CHECKING:
    from collections.abc import Sequence


_LOOPS: Final = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code."""
    asked = _parser().parse_args(arguments)
    try:
        code: int | None = asked.command(asked)
    except (FacadeError, FlagsError) as error:
        print(f"facade: {error}", file=sys.stderr)  # noqa: T201 (a command line speaks)
        return 2
    except BrokenPipeError:
        return 1
    return code or 0


def _run(asked: argparse.Namespace) -> None:
    settings = read_settings(os.environ)
    plan = Plan(
        host=asked.host,
        port=asked.port,
        admin_port=asked.admin_port,
        workers=asked.workers,
        loop=asked.loop,
        drain_seconds=settings.drain_seconds,
    )
    if plan.workers < 1:
        raise SettingInvalid("--workers", "must be 1 or more")
    asyncio.run(_supervise(plan))


async def _supervise(plan: Plan) -> None:
    await Supervisor(plan, _say).run()


def _worker(asked: argparse.Namespace) -> None:
    settings = read_settings(os.environ)
    listener = socket.socket(fileno=asked.listen_fd)
    control = socket.socket(fileno=asked.control_fd)
    main_coroutine = serve(settings, worker=asked.name, listener=listener, control=control)
    with asyncio.Runner(loop_factory=_LOOPS[asked.loop]) as runner:
        runner.run(main_coroutine)


def _routes(asked: argparse.Namespace) -> None:
    routes = of_capability(capability(asked.capability).name) if asked.capability else ROUTES
    for route in routes:
        _say(f"{route.service}  {route_line(route)}")


def _explain(asked: argparse.Namespace) -> None:
    request = Asked(method=asked.method.upper(), url=asked.url, user=asked.user, host=asked.host)
    # All or nothing: half an explanation would look like a whole one.
    _say("\n".join(explain(request, read_settings(os.environ))))


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 (a command line speaks)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="facade", description="Send every request to legacy or to modern, as the flags say."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="serve until SIGTERM; SIGHUP replaces the workers")
    run.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    run.add_argument("--port", type=int, default=8000, help="the learners' port (%(default)s)")
    run.add_argument(
        "--admin-port", type=int, default=8001, help="health and metrics (%(default)s)"
    )
    run.add_argument("--workers", type=int, default=1, help="processes, one per core (%(default)s)")
    _add_loop(run)
    run.set_defaults(command=_run)
    routes = commands.add_parser("routes", help="list the routes, or those of one capability")
    routes.add_argument("capability", nargs="?")
    routes.set_defaults(command=_routes)
    why = commands.add_parser("explain", help="say who would answer a request, and why")
    why.add_argument("method")
    why.add_argument("url", help="a path, or a whole URL whose host counts")
    why.add_argument("--user", help="ask as this user; otherwise anonymously")
    why.add_argument("--host", help="ask for this Host")
    why.set_defaults(command=_explain)
    parity_command.add_commands(commands)
    hold_command.add_commands(commands)
    export_command.add_command(commands)
    top_command.add_command(commands)
    worker = commands.add_parser("worker", help="one process of `run`, which starts it")
    worker.add_argument("--name", required=True)
    worker.add_argument("--listen-fd", type=int, required=True)
    worker.add_argument("--control-fd", type=int, required=True)
    _add_loop(worker)
    worker.set_defaults(command=_worker)
    return parser


def _add_loop(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--loop",
        choices=tuple(_LOOPS),
        default="uvloop",
        help="uvloop halves the cost of a request; asyncio needs no compiled code (%(default)s)",
    )

"""`python -m deploy.stack up | down | env | status | dev | containers`: the stack by hand."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.stack import dev, lifecycle
from deploy.stack.environment import exports
from deploy.stack.errors import StackError
from deploy.stack.interrupts import end_once
from deploy.stack.settings import CHECKOUT
from deploy.stack.tour import banner_of_containers

__all__ = ["main"]


def _up(wanted: argparse.Namespace) -> None:
    servers = lifecycle.up(wanted.root)
    print(f"PostgreSQL  {_without_password(servers.database_url)}")
    print(f"MariaDB     {_without_password(servers.legacy_database_url)}")
    print(f"Redis       {_without_password(servers.redis_url)}")


def _down(wanted: argparse.Namespace) -> None:
    print(f"stopped: {', '.join(lifecycle.down(wanted.root)) or 'nothing ran'}")


def _env(wanted: argparse.Namespace) -> None:
    print(exports(lifecycle.environment(wanted.root)), end="")


def _status(wanted: argparse.Namespace) -> None:
    for name, state in lifecycle.status(wanted.root).items():
        print(f"{name:<10} {state}")


def _dev(wanted: argparse.Namespace) -> None:
    dev.run(wanted.root, exit_when_ready=wanted.exit_when_ready)


def _containers(_wanted: argparse.Namespace) -> None:
    print(banner_of_containers())


_COMMANDS: Mapping[str, tuple[Callable[[argparse.Namespace], None], str]] = {
    "up": (_up, "start PostgreSQL, MariaDB and Redis, or keep the ones that run"),
    "down": (_down, "stop what `up` and `dev` started"),
    "env": (_env, "print the environment of the stack, for `eval` in a shell"),
    "status": (_status, "say what runs"),
    "dev": (_dev, "run everything: servers, data and services, until Ctrl-C"),
    "containers": (_containers, "print what `dev` prints when ready, for docker-compose.yml"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 2 when it cannot be done, 1 when a service failed, 130 after Ctrl-C."""
    wanted = _parser().parse_args(arguments)
    end_once()
    try:
        wanted.run(wanted)
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.stack", description=__doc__)
    parser.add_argument(
        "--root", type=Path, default=CHECKOUT, help="folder that holds .stack (the checkout)"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (run, meaning) in _COMMANDS.items():
        command = commands.add_parser(name, help=meaning, description=meaning)
        command.set_defaults(run=run)
        if name == "dev":
            command.add_argument(
                "--exit-when-ready", action="store_true", help="end once everything is ready"
            )
    return parser


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    credentials, at, place = rest.rpartition("@")
    return f"{scheme}://{credentials.partition(':')[0]}{at}{place}"


if __name__ == "__main__":
    sys.exit(main())

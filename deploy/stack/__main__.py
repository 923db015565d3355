"""`python -m deploy.stack up | down | env | status`: the stack from the command line."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

from deploy.stack import lifecycle
from deploy.stack.environment import exports
from deploy.stack.errors import StackError

__all__ = ["main"]


def _up() -> None:
    servers = lifecycle.up()
    print(f"PostgreSQL  {_without_password(servers.database_url)}")
    print(f"MariaDB     {_without_password(servers.legacy_database_url)}")
    print(f"Redis       {_without_password(servers.redis_url)}")


def _down() -> None:
    print(f"stopped: {', '.join(lifecycle.down()) or 'nothing ran'}")


def _env() -> None:
    print(exports(lifecycle.environment()), end="")


def _status() -> None:
    for name, state in lifecycle.status().items():
        print(f"{name:<10} {state}")


_COMMANDS: Mapping[str, tuple[Callable[[], None], str]] = {
    "up": (_up, "start PostgreSQL, MariaDB and Redis, or keep the ones that run"),
    "down": (_down, "stop what `up` started"),
    "env": (_env, "print the environment of the stack, for `eval` in a shell"),
    "status": (_status, "say what runs"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 2 when it cannot be done, 130 after Ctrl-C."""
    wanted = _parser().parse_args(arguments)
    try:
        _COMMANDS[wanted.command][0]()
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.stack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (_, meaning) in _COMMANDS.items():
        commands.add_parser(name, help=meaning, description=meaning)
    return parser


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    credentials, at, place = rest.rpartition("@")
    return f"{scheme}://{credentials.partition(':')[0]}{at}{place}"


if __name__ == "__main__":
    sys.exit(main())

"""The command `flags`: parse, call one function, print, exit code. No rule lives here.

Exit codes: 0 done, 2 refused or unreachable, with one line that says what to do; nothing is half
done then, but for a flip that is recorded and reached neither the file nor Redis.
"""

from __future__ import annotations

import argparse
import getpass
import logging
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

import django
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, DataError

from flags.errors import BadRequest, FlagsError, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_DESCRIPTION = """\
Say which capability is served by legacy and which by modern, and for whom.

  flags list                                              where all 40 stand
  flags show enrollment                                   one of them, with its routes and ties
  flags flip enrollment --users ada,honor --why "trial"   two people go to modern
  flags flip enrollment --percent 5 --why "first ramp"    5 % of users, always the same ones
  flags flip enrollment --everyone --why "done"           all of them
  flags flip enrollment --off --why "back"                and all back to legacy, nothing lost
"""
_FLIP = """\
Give a capability exactly the rollout that the options say; what they do not mention is empty
afterwards. --add-users and --remove-users change only the list of users.

What is asked first: everyone > users > groups > courses > orgs > percent. Anonymous visitors count
only for --everyone, --courses and --orgs. Lowering a percentage removes those who came last.

Only routes that modern serves are flipped (`flags routes CAPABILITY`: built); the others stay on
legacy. Where modern serves none, a flip or a shadow is refused.
"""


class _Parser(argparse.ArgumentParser):
    """Errors in one line; the usage is behind --help."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    arguments = _parser().parse_args(argv)
    try:
        _run(arguments)
    except (FlagsError, ImproperlyConfigured) as error:
        sys.stderr.write(f"flags: {error}\n")
        return 2
    return 0


def _run(arguments: argparse.Namespace) -> None:
    """Call the command; its module is imported only now, as models need settings first."""
    if arguments.needs_database:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compat.settings.production")
        django.setup()
    module, _, function = arguments.run.partition(":")
    logging.disable(logging.WARNING)  # what went wrong is said once, in words: not as log lines too
    try:
        getattr(import_module(module), function)(arguments)
    except DataError as error:
        said = str(error).partition("\n")[0]
        raise BadRequest(f"a value does not fit ({said}): shorten it") from error
    except DatabaseError as error:
        raise StoreUnavailable(error) from error
    finally:
        logging.disable(logging.NOTSET)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="flags",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add(commands, "list", "flags.pages:list_all", "where every capability stands")
    show = _add(commands, "show", "flags.pages:show", "all about one capability")
    show.add_argument("capability")
    _add_flip(commands)
    history = _add(commands, "history", "flags.pages:history", "the flips, the newest first")
    history.add_argument("capability", nargs="?", help="of this capability only")
    history.add_argument("--limit", type=_positive, default=20, help="how many (20)")
    publish = _add(commands, "publish", "flags.pages:publish", "write the snapshot once more")
    publish.set_defaults(who=_operator())
    routes = _add(commands, "routes", "flags.routes_page:routes", "the URL patterns, as tried")
    routes.add_argument("capability", nargs="?", help="of this capability only")
    routes.set_defaults(needs_database=False)
    return parser


def _add_flip(commands: Any) -> None:
    flip = _add(commands, "flip", "flags.flipping:flip", "change whom modern serves", _FLIP)
    flip.add_argument("capability")
    whom = flip.add_argument_group("for whom (at least one)")
    whom.add_argument("--everyone", action="store_true", help="all, anonymous visitors included")
    whom.add_argument("--off", action="store_true", help="nobody: everything back to legacy")
    whom.add_argument("--percent", help="a share of users, 0 to 100, two decimals")
    whom.add_argument("--users", type=_names, help="user names: ada,honor")
    whom.add_argument("--groups", type=_names, help="names of Django groups: beta,staff")
    whom.add_argument("--courses", type=_names, help="keys: course-v1:Org+Num+Run,Org/Num/Run")
    whom.add_argument("--orgs", type=_names, help="all courses of these organisations")
    whom.add_argument("--add-users", type=_names, help="the rollout of now, and these users")
    whom.add_argument("--remove-users", type=_names, help="the rollout of now, less these users")
    how = flip.add_argument_group("how")
    how.add_argument("--reads-only", action="store_true", help="writes stay on legacy")
    how.add_argument("--shadow", help="percent of legacy's reads that modern is asked too")
    how.add_argument("--why", required=True, help="the reason; it goes into the history")
    how.add_argument("--who", default=_operator(), help="who flips (who runs this)")
    how.add_argument("--dry-run", action="store_true", help="say what would change, change nothing")
    how.add_argument("--wait", type=float, default=2.0, help="seconds to wait for workers (2)")


def _add(
    commands: Any, name: str, run: str, summary: str, description: str = ""
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=description or f"{summary[0].upper()}{summary[1:]}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run, needs_database=True)
    return parser


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise argparse.ArgumentTypeError("the list is empty")
    return names


def _operator() -> str:
    """Name who runs the command; containers may run as a user without a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # which of them, depends on the release of Python
        return f"uid {os.getuid()}"


def _positive(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is no positive number")
    return int(text)

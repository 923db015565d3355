"""`etl follow`: parse, call, print."""

import argparse

from etl.following import follow
from etl.settings import EtlSettings
from etl.stopping import Stop
from etl.subcommands.commands import Command, say


def _run(settings: EtlSettings, arguments: argparse.Namespace) -> int:
    options = follow.Options(
        until_caught_up=arguments.until_caught_up,
        accept=arguments.accept_schema or (),
        after_failover=arguments.after_failover,
    )
    with Stop.on_signals() as stop:
        follow.follow(settings, options, stop=stop, report=say)
    return 0


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--until-caught-up", action="store_true", help="stop where the log ends now"
    )
    parser.add_argument(
        "--after-failover",
        action="store_true",
        help="find the place by GTID if this is another server than before",
    )
    parser.add_argument(
        "--accept-schema",
        nargs="+",
        metavar="NAME",
        help="go on with these legacy tables after their definition changed",
    )


COMMAND = Command("follow", "apply legacy's changes to modern", _arguments, _run)

"""`etl install`: parse, call, print."""

import argparse

from etl import install
from etl.settings import EtlSettings
from etl.subcommands.commands import Command, connected, say


def _run(settings: EtlSettings, arguments: argparse.Namespace) -> int:
    with connected(settings) as (source, target):
        inventory = source.inventory()
        install.install(source, target, inventory, dry_run=arguments.dry_run, report=say)
    return 0


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="say what would be done")


COMMAND = Command("install", "prepare both databases for the bridge", _arguments, _run)

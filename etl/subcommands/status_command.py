"""`etl status`: parse, call, print."""

import argparse
import json

from etl import metrics, status
from etl.back import conflicts
from etl.settings import EtlSettings
from etl.subcommands.commands import Command, connected, say


def _run(settings: EtlSettings, arguments: argparse.Namespace) -> int:
    with connected(settings) as (source, target):
        current = status.status(source, target.connection)
        settled = conflicts.counts(target.connection)
    if arguments.json:
        say(json.dumps(status.as_json(current)))
    elif arguments.prometheus:
        say("\n".join(metrics.lines(current, settled)))
    else:
        for line in status.as_lines(current):
            say(line)
    return 0


def _arguments(parser: argparse.ArgumentParser) -> None:
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON document")
    form.add_argument("--prometheus", action="store_true", help="print metrics for Prometheus")


COMMAND = Command("status", "say how far everything is", _arguments, _run)

"""`facade compare` and `facade parity`: what the shadows found goes into PostgreSQL, and is read
from there.
"""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING

from facade.compare import self_test
from facade.compare.rules_file import read_rules
from facade.compare.settings import read_parity_settings, rules_path
from facade.errors import SettingInvalid
from flags.capabilities import capability

if TYPE_CHECKING:
    import argparse


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands to the `facade` command; each returns its exit code."""
    compare = commands.add_parser(
        "compare", help="carry what the shadows found into PostgreSQL, until SIGTERM"
    )
    compare.add_argument("--once", action="store_true", help="end when nothing is left to carry")
    compare.add_argument(
        "--self-test",
        action="store_true",
        help="only check the rules, and that known differences are found: 1 when they are not",
    )
    compare.set_defaults(command=_compare)
    parity = commands.add_parser("parity", help="print how alike legacy and modern answer")
    parity.add_argument("capability", nargs="?", help="one capability instead of all")
    parity.add_argument("--hours", type=int, default=24, help="how far to look back (%(default)s)")
    parity.add_argument("--json", action="store_true", help="print everything as JSON")
    parity.set_defaults(command=_parity)


def _compare(asked: argparse.Namespace) -> int:
    if asked.self_test:
        return _self_test()
    from facade.parity.on_postgres import compare  # noqa: PLC0415 (see there)

    compare(read_parity_settings(os.environ), once=asked.once, say=_say)
    return 0


def _self_test() -> int:
    today = dt.datetime.now(tz=dt.UTC).date()
    rules = read_rules(rules_path(os.environ))
    for rule in rules.ignores:
        if rule.expires < today:
            _say(f"rule {rule.name} of {rule.owner} expired on {rule.expires}: it hides nothing")
    wrong = list(self_test.failures())
    for line in wrong:
        _say(f"wrong: {line}")
    _say(f"{len(self_test.CASES) - len(wrong)} of {len(self_test.CASES)} known pairs are right")
    return 1 if wrong else 0


def _parity(asked: argparse.Namespace) -> int:
    from facade.parity.on_postgres import parity  # noqa: PLC0415 (see there)

    if asked.hours < 1:
        raise SettingInvalid("--hours", "must be 1 or more")
    name = capability(asked.capability).name if asked.capability else None
    settings = read_parity_settings(os.environ)
    for line in parity(settings, capability=name, hours=asked.hours, in_json=asked.json):
        _say(line)
    return 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 (a command line speaks)

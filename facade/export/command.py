"""`facade export nginx`: print the include; what is in it is `facade.export.nginx`'s business."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from facade.explain import read_snapshot
from facade.export.nginx import include
from facade.settings import read_address, read_settings

if TYPE_CHECKING:
    import argparse


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the `facade` command."""
    export = commands.add_parser("export", help="print the settled routes for another proxy")
    export.add_argument("format", choices=("nginx",))
    export.add_argument(
        "--facade",
        default="http://127.0.0.1:8000",
        help="where the facade serves what is not settled (%(default)s)",
    )
    export.set_defaults(command=_export)


def _export(asked: argparse.Namespace) -> None:
    settings = read_settings(os.environ)
    facade = read_address("--facade", asked.facade)
    for line in include(read_snapshot(settings), settings, facade):
        print(line)  # noqa: T201 (a command line speaks)

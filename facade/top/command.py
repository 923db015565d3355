"""`facade top`: a live view of all workers from the metrics of their admin ports; it only reads."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Final

import httpx
from rich.console import Console
from rich.live import Live

from facade.errors import SettingInvalid, Unreachable
from facade.settings import read_address
from facade.top.exposition import Scrape
from facade.top.frame import frame
from facade.top.view import view

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from rich.console import RenderableType

    from facade.top.frame import Frame

TIMEOUT_SECONDS: Final = 5.0
MIN_SECONDS: Final = 0.1


class Watch:
    """The admin ports that are watched, and what they said last."""

    def __init__(self, client: httpx.Client, urls: Sequence[str]) -> None:
        self._client = client
        self._urls = urls
        self._before = self._scrape()
        self._at = time.monotonic()

    def look(self) -> Frame:
        """Return the frame of the time since the last look; raises Unreachable."""
        after, at = self._scrape(), time.monotonic()
        found = frame(self._before, after, seconds=at - self._at)
        self._before, self._at = after, at
        return found

    def _scrape(self) -> Scrape:
        return Scrape("".join(map(self._text, self._urls)))

    def _text(self, url: str) -> str:
        try:
            answer = self._client.get(f"{url}/-/metrics")
        except httpx.HTTPError as error:
            raise Unreachable(f"--admin {url} does not answer: is the facade running?") from error
        if answer.status_code != 200:
            raise Unreachable(f"--admin {url} is not the facade's admin port")
        return answer.text


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the `facade` command."""
    top = commands.add_parser("top", help="watch the traffic of all workers, until Ctrl-C")
    top.add_argument(
        "--admin",
        action="append",
        metavar="URL",
        help="an admin port; may be given more than once (http://127.0.0.1:8001)",
    )
    top.add_argument(
        "--every", type=float, default=1.0, metavar="SECONDS", help="between looks (%(default)s)"
    )
    top.add_argument("--once", action="store_true", help="print one look and end")
    top.set_defaults(command=_top)


def _top(asked: argparse.Namespace) -> None:
    if not asked.every >= MIN_SECONDS:
        raise SettingInvalid("--every", f"must be {MIN_SECONDS} or more seconds")
    given = asked.admin or ["http://127.0.0.1:8001"]
    urls = [f"http://{read_address('--admin', url)}" for url in given]
    console = Console(highlight=False)
    with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
        watch = Watch(client, urls)
        time.sleep(asked.every)
        if asked.once:
            console.print(_screen(watch.look(), console))
        else:
            with contextlib.suppress(KeyboardInterrupt):
                _go_on(watch, console, every=asked.every)


def _go_on(watch: Watch, console: Console, *, every: float) -> None:
    """Look again and again; while the facade is away the last look stays, with a note."""
    found, note = watch.look(), ""
    with Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            live.update(_screen(found, console, note), refresh=True)
            time.sleep(every)
            found, note = _next(watch, found)


def _next(watch: Watch, last: Frame) -> tuple[Frame, str]:
    try:
        return watch.look(), ""
    except Unreachable:
        return last, "no answer"


def _screen(found: Frame, console: Console, note: str = "") -> RenderableType:
    return view(found, width=console.width, height=console.height, note=note)

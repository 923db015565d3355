"""How a frame of `facade top` looks: plain columns that fit into 80 by 24, and use what is more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from facade.top.frame import CLASSES

if TYPE_CHECKING:
    from rich.console import RenderableType

    from facade.top.frame import Frame, HoldState, PoolState, Traffic, WorkerState

WIDE: Final = 120
MOST_WORKERS: Final = 8
_NAMES: Final = {"none": "facade itself"}
_BREAKER_STYLES: Final = {"closed": "", "half-open": "yellow", "open": "bold red"}


def view(frame: Frame, *, width: int, height: int, note: str = "") -> RenderableType:
    """Return the whole screen; the busiest capabilities get the lines that are left."""
    tables: list[RenderableType] = [
        _upstreams(frame),
        _beside(_pools(frame), _workers(frame, name_width=40 if width >= WIDE else 14)),
    ]
    lines = 7 + len(frame.upstreams) + max(len(frame.pools), min(len(frame.workers), MOST_WORKERS))
    if frame.holds:
        tables.append(_holds(frame.holds))
        lines += len(frame.holds) + 2
    tables.append(_capabilities(frame, width=width, rows=max(height - lines - 1, 1)))
    spaced = [piece for table in tables for piece in (Text(""), table)]
    return Group(_title(frame, note), *spaced)


def rate(value: float) -> str:
    """Write a number a second in at most five characters; a dot for none."""
    if not value:
        return "·"
    if value < 10:
        return f"{value:.1f}"
    return f"{value:.0f}" if value < 10_000 else f"{value / 1000:.0f}k"


def duration(seconds: float | None) -> str:
    """Write a latency in milliseconds or seconds; a dot for none."""
    if seconds is None:
        return "·"
    if seconds < 0.01:
        return f"{seconds * 1000:.1f} ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _title(frame: Frame, note: str) -> Text:
    clients = sum(worker.clients for worker in frame.workers)
    hits = "·" if frame.hit_rate is None else f"{frame.hit_rate:.1%}"
    title = Text.assemble(
        ("facade  ", "bold"),
        (f"{note}  " if note else "", "bold red"),
        (f"{rate(frame.rate)} requests/s", "bold cyan"),
        f"  {clients:,} clients  identities cached {hits}",
        no_wrap=True,
        overflow="ellipsis",
    )
    for name, number in frame.events.items():
        title.append(f"  {name} {number}", "yellow")
    return title


def _upstreams(frame: Frame) -> Table:
    table = _table(("answered by", 16), "req/s", *CLASSES, "p50", "p99")
    for each in frame.upstreams:
        latency = frame.latencies.get(each.name)
        times = (duration(latency.p50), duration(latency.p99)) if latency else ("·", "·")
        table.add_row(_NAMES.get(each.name, each.name), rate(each.rate), *_classes(each), *times)
    return table


def _capabilities(frame: Frame, *, width: int, rows: int) -> Table:
    table = _table(("capability", 34 if width >= WIDE else 22), "req/s", *CLASSES)
    table.add_column("legacy", justify="right")
    table.add_column("modern", justify="right", style="green")
    shown = frame.capabilities
    if len(shown) > rows:
        shown = shown[: max(rows - 1, 0)]
    for each in shown:
        ups = (rate(each.upstreams.get(name, 0.0)) for name in ("legacy", "modern"))
        table.add_row(each.name, rate(each.rate), *_classes(each), *ups)
    rest = frame.capabilities[len(shown) :]
    if rest:
        left_over = rate(sum(each.rate for each in rest))
        table.add_row(Text(f"{len(rest)} more", "dim"), left_over)
    return table


def _pools(frame: Frame) -> Table:
    table = _table(("upstream", 11), "open", "idle", "queue")
    table.add_column("breaker", min_width=9, no_wrap=True)
    for pool in frame.pools:
        table.add_row(*_pool_row(pool))
    return table


def _pool_row(pool: PoolState) -> tuple[str | Text, ...]:
    queue = Text(f"{pool.waiting}", "yellow") if pool.waiting else Text("·")
    breaker = Text(pool.breaker, _BREAKER_STYLES[pool.breaker])
    return pool.name, f"{pool.open}", f"{pool.idle}", queue, breaker


def _workers(frame: Frame, *, name_width: int) -> Table:
    table = _table(("worker", 14), "epoch", "clients")
    newest = max((worker.epoch for worker in frame.workers), default=0)
    # Those that lag behind come first: they are what one looks for.
    ordered = sorted(frame.workers, key=lambda worker: (worker.epoch, worker.name))
    cut = len(ordered) > MOST_WORKERS
    shown = ordered[: MOST_WORKERS - 1] if cut else ordered
    for worker in shown:
        table.add_row(*_worker_row(worker, newest, name_width))
    if cut:
        table.add_row(Text(f"{len(ordered) - len(shown)} more", "dim"))
    return table


def _worker_row(worker: WorkerState, newest: int, width: int) -> tuple[str | Text, ...]:
    style = "" if worker.epoch == newest else "bold yellow"
    # Names differ at their end: host, port, number.
    name = worker.name if len(worker.name) <= width else f"…{worker.name[1 - width :]}"
    return name, Text(f"{worker.epoch}", style), f"{worker.clients}"


def _holds(holds: list[HoldState]) -> Table:
    table = _table(("held writes", 22), "waiting", "so far", "in vain")
    for hold in holds:
        waiting = Text(f"{hold.waiting}", "bold yellow" if hold.waiting else "")
        expired = Text(f"{hold.expired}", "red" if hold.expired else "")
        table.add_row(hold.capability, waiting, f"{hold.waited}", expired)
    return table


def _beside(left: Table, right: Table) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_row(left, right)
    return grid


def _classes(traffic: Traffic) -> list[Text]:
    styles = ("", "", "yellow", "bold red")
    return [
        Text(rate(number), style if number else "dim")
        for number, style in zip(traffic.classes, styles, strict=True)
    ]


def _table(first: tuple[str, int], *numbers: str) -> Table:
    """Make a table of one name and of numbers; no lines, as there is no room for any."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    name, width = first
    table.add_column(name, min_width=width, no_wrap=True, overflow="ellipsis")
    for column in numbers:
        table.add_column(column, justify="right", min_width=5, no_wrap=True)
    return table

"""One clock for all deadlines."""

import asyncio

from facade.ticker import Ticker
from tests.facade.conftest import until


class Waiting:
    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.expired = 0

    def expire(self) -> None:
        self.expired += 1


async def test_what_is_overdue_expires_and_nothing_else() -> None:
    ticker = Ticker(asyncio.get_running_loop())
    overdue, patient = Waiting(ticker.now + 1), Waiting(ticker.now + 3)
    ticker.watched |= {overdue, patient}
    ticker.sweep(ticker.now + 2)
    assert (overdue.expired, patient.expired) == (1, 0)


async def test_it_ticks_until_it_is_stopped() -> None:
    ticker, ticks = Ticker(asyncio.get_running_loop()), []
    ticker.chores.append(lambda: ticks.append(ticker.now))
    ticker.start()
    await until(lambda: len(ticks) >= 2)
    ticker.stop()
    assert ticks == sorted(set(ticks))

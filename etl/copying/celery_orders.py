"""What a backfill asks of Celery's workers, as JSON, and how it is sent to them."""

from dataclasses import asdict
from typing import TypedDict

from etl.copying.throttle import Limits
from etl.copying.worker import Assignment
from etl.errors import TargetUnavailable

# A queue of the ETL's own: modern's workers use the same broker.
QUEUE = "etl"
BACKFILL = "etl.copying.backfill"


class Order(TypedDict):
    """An assignment in JSON."""

    tables: list[str]
    chunk: int
    limits: dict[str, float | None]


def order(given: Assignment) -> Order:
    """Spell an assignment; one with a limit of rows is not sent."""
    return {
        "tables": list(given.tables),
        "chunk": given.chunk,
        "limits": asdict(given.limits),
    }


def assignment(sent: Order) -> Assignment:
    """Read what was sent."""
    return Assignment(tuple(sent["tables"]), sent["chunk"], limits=Limits(**sent["limits"]))


def send(broker: str, given: Assignment, workers: int) -> None:
    """Order so many workers; raise TargetUnavailable where there is no broker."""
    # Here, because few backfills are Celery's, and each worker would keep them in its memory.
    import celery  # noqa: PLC0415 - see above
    from kombu.exceptions import OperationalError  # noqa: PLC0415 - see above

    shared = Assignment(given.tables, given.chunk, limits=given.limits.shared(workers))
    with celery.Celery("etl", broker=broker, set_as_current=False) as app:
        try:
            for _ in range(workers):
                app.send_task(BACKFILL, args=(order(shared),), queue=QUEUE, retry=False)
        except OperationalError as error:
            raise TargetUnavailable(
                f"the broker cannot be reached ({error}): check REDIS_URL and that Redis runs"
            ) from error

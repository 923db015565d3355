"""The Celery worker of backfills: `celery -A etl.celery worker`, on as many machines as there are.

A task copies for a minute and then sends itself on, so that ending a worker takes no longer, and
what a killed one had is soon another's. The databases are those of the worker's own environment.
"""

import logging
import threading
from typing import Any

from celery import Celery

from etl.copying import crew
from etl.copying.celery_orders import BACKFILL, QUEUE, Order, assignment
from etl.copying.crew import Hearing
from etl.errors import TryAgain
from etl.settings import EtlSettings
from etl.stopping import Stop

STRETCH_SECONDS = 60.0
# A task that nobody has answered for is given to another worker after this.
_LOST_SECONDS = 5 * STRETCH_SECONDS

_log = logging.getLogger(__name__)
_settings = EtlSettings.from_environment()

app = Celery("etl", broker=_settings.broker)
app.conf.update(
    task_default_queue=QUEUE,
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": _LOST_SECONDS},
)


def copy(order: Order) -> None:
    """Be one worker of a backfill for a while; raise TryAgain when a database is not there."""
    stop = Stop()
    timer = threading.Timer(STRETCH_SECONDS, stop.request)
    timer.start()
    try:
        hearing = Hearing(did=lambda _: None, report=_log.info, look=lambda: None)
        crew.alone(_settings, assignment(order), stop=stop, hearing=hearing)
    finally:
        timer.cancel()
    if stop.requested():
        task.delay(order)


task: Any = app.task(
    name=BACKFILL, autoretry_for=(TryAgain,), retry_backoff=True, max_retries=None
)(copy)

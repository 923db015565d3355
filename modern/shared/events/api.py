"""The only door of events: emit one, and say where its request came from."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from django.db import transaction

from modern.shared.events.client import client_of

if TYPE_CHECKING:
    from modern.shared.events.data import TrackingEvent

__all__ = ["client_of", "emit"]

MAX_BYTES = 50_000
tracking = logging.getLogger("tracking")
log = logging.getLogger(__name__)


def emit(event: TrackingEvent) -> None:
    """Write `event` to the tracking log once the transaction is committed; at once where there is
    none.

    One of more than 50,000 bytes is left out, as readers of the log would cut it, and its name is
    logged.
    """
    line = json.dumps(event.as_record())
    if len(line) > MAX_BYTES:
        log.warning("tracking event too large: %s, %d bytes", event.name, len(line))
        return
    transaction.on_commit(lambda: tracking.info(line))

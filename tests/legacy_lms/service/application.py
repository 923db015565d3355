"""The service as a WSGI callable over one database: a transaction around every request."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from tests.legacy_lms.service.messages import Answer, Request, request_from
from tests.legacy_lms.service.moments import utc_now
from tests.legacy_lms.service.respond import Service, respond, server_error
from tests.legacy_lms.service.settings import Settings
from tests.legacy_lms.service.tables import Pool
from tests.legacy_lms.service.throttle import Throttle

logger = logging.getLogger(__name__)


class Application:
    """The stand-in; any number of threads may share it."""

    def __init__(self, settings: Settings) -> None:
        self._service = Service(settings, Throttle())
        self._pool = Pool(settings.database_url)

    def __call__(
        self, environ: Mapping[str, Any], start_response: Callable[..., object]
    ) -> Iterable[bytes]:
        """Answer one WSGI request."""
        request = request_from(environ, self._service.settings.public_url)
        answer = self._answer(request, utc_now())
        status = HTTPStatus(answer.status)
        start_response(f"{status.value} {status.phrase}", list(answer.headers))
        return [b"" if request.method == "HEAD" else answer.body]

    def close(self) -> None:
        """Close the connections to the database."""
        self._pool.close()

    def _answer(self, request: Request, now: datetime) -> Answer:
        try:
            with self._pool.transaction() as tables:
                return respond(self._service, request, tables=tables, now=now)
        except Exception:  # the outermost edge: legacy answers every exception with its 500 page
            logger.exception("a %s request failed", request.method)
            return server_error(request, now)

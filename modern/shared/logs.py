"""Log lines as JSON on stderr that name nobody; tracking events as they are on stdout.

Django's request and security messages carry paths, hosts and cookies, and exception texts carry
values of rows, so of those only the status or the template, and the place, are kept.
"""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

TEMPLATE_ONLY = ("django.",)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and for errors their type and place."""

    def format(self, record: logging.LogRecord) -> str:
        """Render `record` without the values that could tell a person."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": self._message(record),
            **self._status(record),
            **self._error(record),
        }
        return json.dumps(line)

    def _message(self, record: logging.LogRecord) -> str:
        if not record.name.startswith(TEMPLATE_ONLY):
            return record.getMessage()
        status = getattr(record, "status_code", None)
        return HTTPStatus(status).phrase if status else str(record.msg)

    def _status(self, record: logging.LogRecord) -> dict[str, int]:
        status = getattr(record, "status_code", None)
        return {} if status is None else {"status": status}

    def _error(self, record: logging.LogRecord) -> dict[str, Any]:
        if not record.exc_info or record.exc_info[0] is None:
            return {}
        frames = traceback.extract_tb(record.exc_info[2])
        places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return {"error": record.exc_info[0].__name__, "at": places}


def json_logging(*, level: str) -> dict[str, Any]:
    """Return LOGGING: everything to stderr as JSON, the logger `tracking` to stdout unchanged."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "modern.shared.logs.JsonFormatter"},
            "bare": {"format": "%(message)s"},
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "json"},
            "stdout": {
                "class": "logging.StreamHandler",
                "formatter": "bare",
                "stream": "ext://sys.stdout",
            },
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "tracking": {"handlers": ["stdout"], "level": "INFO", "propagate": False},
        },
    }

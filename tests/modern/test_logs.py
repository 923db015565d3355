import json
import logging
import sys
from typing import Any

from modern.shared.logs import JsonFormatter, json_logging


def line(message: str, *args: object, name: str = "modern", **more: Any) -> dict[str, Any]:
    record = logging.LogRecord(
        name, logging.WARNING, "file.py", 7, message, args, more.pop("exc_info", None)
    )
    vars(record).update(more)
    written: dict[str, Any] = json.loads(JsonFormatter().format(record))
    return written


def test_a_line_is_one_json_object() -> None:
    written = line("identity refused: %s", "expired")

    assert written.pop("time").endswith("+00:00")
    assert written == {
        "level": "WARNING",
        "logger": "modern",
        "message": "identity refused: expired",
    }


def test_a_failed_request_is_logged_without_its_path() -> None:
    written = line("Not Found: %s", "/u/ada", name="django.request", status_code=404)

    assert written["message"] == "Not Found"
    assert written["status"] == 404
    assert "ada" not in json.dumps(written)


def test_a_foreign_message_without_a_status_is_logged_as_its_template() -> None:
    written = line("Invalid HTTP_HOST header: %r.", "ada.example.org", name="django.security")

    assert written["message"] == "Invalid HTTP_HOST header: %r."


def test_an_error_is_logged_by_type_and_place_without_the_values_in_its_text() -> None:
    try:
        int("ada@example.org")
    except ValueError:
        written = line("could not save", exc_info=sys.exc_info())

    assert written["error"] == "ValueError"
    assert __file__ in written["at"][-1]
    assert "ada" not in json.dumps(written)


def test_tracking_events_have_a_stream_of_their_own() -> None:
    tracking = json_logging(level="INFO")["loggers"]["tracking"]

    assert tracking == {"handlers": ["stdout"], "level": "INFO", "propagate": False}

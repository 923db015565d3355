"""Calls a WSGI application without a server: one request in, the `Answer` of it out."""

import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from tests.recorded import Answer, Send

Application = Callable[[Mapping[str, Any], Callable[..., object]], Iterable[bytes]]


def sender(application: Application) -> Send:
    """Make a `Send` that hands requests straight to a WSGI application."""

    def send(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, answer_headers: list[tuple[str, str]]) -> None:
            started.append((status, answer_headers))

        chunks = application(_environ(method, target, headers, body), start_response)
        content = b"".join(chunks)
        ((status, answer_headers),) = started
        return Answer(int(status.split()[0]), tuple(answer_headers), content)

    return send


def _environ(method: str, target: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    path, _, query = target.partition("?")
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    if "HTTP_CONTENT_TYPE" in named:
        named["CONTENT_TYPE"] = named.pop("HTTP_CONTENT_TYPE")
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(body),
        **named,
    }

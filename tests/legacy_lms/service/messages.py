"""Requests and answers as values, and the forms in which legacy writes an answer.

Three producers of JSON exist in legacy and their bytes differ: DRF is compact, the platform's own
views indent by two, and OAuth2 uses the default separators.
"""

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.legacy_lms.service.cookies import parse_cookies

HTML = "text/html; charset=utf-8"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: the path is percent-decoded, header names are lower case."""

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    scheme: str
    host: str
    remote_address: str

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the query string; of a repeated one the last."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies by name, without their quotes."""
        return parse_cookies(self.headers.get("cookie", ""))

    @property
    def content_type(self) -> str:
        """The media type without its parameters, empty when there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form body, none for a body of another type."""
        if self.content_type != FORM:
            return {}
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def absolute(self, path: str) -> str:
        """The URL of a path as Django 1.8 builds it: from Host and X-Forwarded-Proto only."""
        return f"{self.scheme}://{self.host}{path}"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; cookies are complete Set-Cookie values, and `vary` grows on the way out."""

    status: int
    body: bytes = b""
    content_type: str | None = HTML
    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[str, ...] = ()
    vary: tuple[str, ...] = ("Accept-Language",)

    def plus(self, *headers: tuple[str, str]) -> "Answer":
        """The same answer with more headers."""
        return replace(self, headers=(*self.headers, *headers))


def request_from(environ: Mapping[str, Any], public_url: str) -> Request:
    """Read a WSGI environment; without a Host header the public address stands in."""
    public = urlsplit(public_url)
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or name == "CONTENT_TYPE"
    }
    forwarded = headers.get("x-forwarded-for", "").partition(",")[0].strip()
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ.get("PATH_INFO", "/").encode("latin-1").decode("utf-8", "replace"),
        query_string=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)),
        scheme="https" if headers.get("x-forwarded-proto") == "https" else "http",
        host=headers.get("host") or public.netloc,
        remote_address=forwarded or environ.get("REMOTE_ADDR", ""),
    )


def compact_json(value: object) -> bytes:
    """JSON as DRF 3.2 renders it: no spaces, no escapes but those of the two line separators."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode()


def indented_json(value: object, status: int = 200) -> Answer:
    """JSON of the platform's own views: indented by two, with Python 2's blank after a comma."""
    return Answer(status, json.dumps(value, indent=2, separators=(", ", ": ")).encode(), JSON)


def plain_json(value: object, status: int = 200) -> Answer:
    """JSON of the views that call `json.dumps` themselves."""
    return Answer(status, json.dumps(value).encode(), JSON)


def text(status: int, words: str, content_type: str = HTML) -> Answer:
    """A bare sentence, which legacy labels as HTML or even as JSON."""
    return Answer(status, words.encode(), content_type)


def redirect(location: str, status: int = 302) -> Answer:
    """A redirect with an empty body; the location is absolute in this version of Django."""
    return Answer(status, headers=(("Location", location),))


def page(title: str, lines: list[str] | None = None, status: int = 200) -> Answer:
    """A plain HTML page: the stand-in has no templates, a title and a list are enough."""
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines or [])
    body = f"<!DOCTYPE html>\n<title>{html.escape(title)}</title>\n<h1>{html.escape(title)}</h1>"
    return Answer(status, f"{body}<ul>{items}</ul>\n".encode())


def not_found() -> Answer:
    """The HTML page that legacy answers for unknown URLs, also to those who ask for JSON."""
    return page("Page not found", status=404)

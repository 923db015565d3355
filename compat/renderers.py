"""What legacy's REST answers look like on the wire: compact UTF-8 JSON, or a page for a browser.

JSON is rest_framework's own renderer: it already gives `application/json` without a charset, and an
answer of None an empty body without any Content-Type, which old clients test for.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.html import format_html
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer

__all__ = ["LEGACY", "AcceptOnly", "Page"]


class Page(BaseRenderer):
    """The answer as a bare web page: legacy gives `Accept: text/html` a page, never 406.

    Legacy's page is an API browser; this one shows the answer and leaves the forms away.
    """

    media_type = "text/html"
    format = "html"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        _media_type: str | None = None,
        _context: Mapping[str, Any] | None = None,
    ) -> str:
        """Write the data, indented and escaped, into one `<pre>`."""
        text = "" if data is None else json.dumps(data, ensure_ascii=False, indent=2)
        return format_html("<!DOCTYPE html>\n<title>Answer</title>\n<pre>{}</pre>\n", text)


LEGACY = (JSONRenderer, Page)


class AcceptOnly(DefaultContentNegotiation):
    """Choose by the `Accept` header alone; `?format=` is a parameter like any, as on legacy."""

    def filter_renderers(
        self, renderers: Iterable[BaseRenderer], _format: str
    ) -> list[BaseRenderer]:
        """Keep all renderers, whatever format the query names."""
        return list(renderers)

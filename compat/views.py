"""What all legacy REST views have in common; the families derive from it."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compat import errors
from compat.renderers import LEGACY, AcceptOnly
from modern.shared.parsing import JsonBody

__all__ = ["LegacyView", "MergePatchParser", "in_legacys_language"]

Answer = TypeVar("Answer", bound=HttpResponseBase)


class MergePatchParser(JsonBody):
    """The only body that a profile or a preference list takes in a PATCH."""

    media_type = "application/merge-patch+json"


class TextParser(JsonBody):
    """JSON whose texts are texts: half of a surrogate pair can neither be stored nor sent back."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Read a body; raises ParseError for what is no JSON, and for half a pair."""
        body = super().parse(stream, media_type, parser_context)
        try:
            json.dumps(body, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ParseError(f"JSON parse error - {error.reason}") from error
        return body


def in_legacys_language(answer: Answer) -> Answer:
    """Add the headers that legacy's middleware for languages puts on every answer.

    The texts of these APIs are not translated here: they are English whatever was asked for.
    """
    patch_vary_headers(answer, ("Accept-Language", "Cookie"))
    answer.headers["Content-Language"] = "en"
    return answer


class LegacyView(APIView):
    """Legacy's renderers, parsers, errors and headers, and its `X-HTTP-Method-Override` on POST."""

    renderer_classes = LEGACY
    content_negotiation_class = AcceptOnly
    parser_classes: Sequence[type[BaseParser]] = (TextParser, FormParser, MultiPartParser)
    schema = None

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Let a POST stand for the method its header names, as phones behind old proxies do."""
        if request.method == "POST":
            request.method = request.headers.get("X-HTTP-Method-Override", "POST").upper()
        return super().initialize_request(request, *args, **kwargs)

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """Answer errors as this API always did, not as /api/v2/ does."""
        return errors.answer

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Say on what the answer depends, who asks and in which language, and in which it is."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        return in_legacys_language(answer)

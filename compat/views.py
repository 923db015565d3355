"""What all legacy REST views have in common; the families derive from it."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.cache import patch_vary_headers
from rest_framework.parsers import BaseParser, FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compat import errors
from compat.renderers import LEGACY, AcceptOnly

__all__ = ["LegacyView", "MergePatchParser"]


class MergePatchParser(JSONParser):
    """The only body that a profile or a preference list takes in a PATCH."""

    media_type = "application/merge-patch+json"


class LegacyView(APIView):
    """Legacy's renderers, parsers, errors and headers, and its `X-HTTP-Method-Override` on POST."""

    renderer_classes = LEGACY
    content_negotiation_class = AcceptOnly
    parser_classes: Sequence[type[BaseParser]] = (JSONParser, FormParser, MultiPartParser)
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
        """Say on what the answer depends: who asks, and in which language."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(answer, ("Accept-Language", "Cookie"))
        return answer

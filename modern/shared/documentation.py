"""The pages about a service's API: its schema, and Swagger UI to read it with.

Swagger UI's files come from a package and are served here, so that no reader's browser asks a
foreign host for them, and that they are there wherever the service is.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import drf_spectacular_sidecar
from django.urls import path
from django.views.static import serve
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

if TYPE_CHECKING:
    from django.urls import URLPattern

__all__ = ["documentation_urls"]

_ASSETS: Final = (
    Path(drf_spectacular_sidecar.__file__).parent
    / "static"
    / "drf_spectacular_sidecar"
    / "swagger-ui-dist"
)


def documentation_urls(urlconf: str) -> list[URLPattern]:
    """Return the URLs of the schema of `urlconf` and of its page, for everybody."""
    schema = SpectacularAPIView.as_view(urlconf=urlconf, permission_classes=())
    page = SpectacularSwaggerView.as_view(url_name="schema", permission_classes=())
    return [
        path("api/v2/schema", schema, name="schema"),
        path("api/v2/docs", page, name="docs"),
        path("api/v2/docs/assets/<path:path>", serve, {"document_root": _ASSETS}),
    ]

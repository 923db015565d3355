"""django-revproxy as its documentation sets it up, for a WSGI server; the upstream is given in
`REVPROXY_UPSTREAM`. Nothing is decided, counted or logged.
"""

from __future__ import annotations

import os

from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["revproxy"],
    LOGGING_CONFIG=None,
    ROOT_URLCONF=__name__,
    SECRET_KEY="signs nothing",  # noqa: S106 (nothing is signed)
)

from django.core.wsgi import get_wsgi_application  # noqa: E402 (settings come first)
from django.urls import re_path  # noqa: E402
from revproxy.views import ProxyView  # noqa: E402

application = get_wsgi_application()
urlpatterns = [
    re_path(
        r"(?P<path>.*)",
        ProxyView.as_view(upstream=os.environ["REVPROXY_UPSTREAM"], add_x_forwarded=True),
    )
]

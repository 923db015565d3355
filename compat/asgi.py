"""The ASGI entry point of the LMS while the bridge lives."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compat.settings.production")

application = get_asgi_application()

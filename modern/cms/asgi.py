"""The ASGI entry point of Studio."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "modern.cms.settings.production")

application = get_asgi_application()

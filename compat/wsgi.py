"""The WSGI entry point of the LMS while the bridge lives."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compat.settings.production")

application = get_wsgi_application()

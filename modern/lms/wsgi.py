"""The WSGI entry point of the LMS."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "modern.lms.settings.production")

application = get_wsgi_application()

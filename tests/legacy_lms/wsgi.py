"""`granian --interface wsgi tests.legacy_lms.wsgi:application` serves the stand-in.

Importing reads the environment: LEGACY_DATABASE_URL has to be set, the rest has the lab's values.
"""

from tests.legacy_lms.service.application import Application
from tests.legacy_lms.service.settings import from_environment

application = Application(from_environment())

#!/usr/bin/env python
"""Django's commands; without DJANGO_SETTINGS_MODULE for the modern LMS on a developer's machine."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "modern.lms.settings.development")
    execute_from_command_line(sys.argv)

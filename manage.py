"""Django's command line. People use ./dev, which sets the environment first."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysmartcity.config.settings")
    execute_from_command_line(sys.argv)

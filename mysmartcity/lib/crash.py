"""Named places where a fault run may kill the process, to prove that nothing is lost or doubled.

A crash point stands between every two steps of the exchange with the systems of cities. Outside a
fault run it does nothing. tests/connectors/test_crash_points.py lists every name found in the source and
fails for one that no test has died at.
"""

import os
import signal

from django.conf import settings


def crash_point(name: str) -> None:
    """Die here, as by kill -9, when the setting CRASH_AT is this name."""
    if name == settings.CRASH_AT:
        os.kill(os.getpid(), signal.SIGKILL)

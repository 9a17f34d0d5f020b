"""Named places where a fault run may kill the process, to prove that nothing is lost or doubled.

A crash point stands between every two steps of the exchange with the systems of cities. Outside a
fault run it does nothing. tests/connectors/test_crash_points.py lists every name found in the source and
fails for one that no test has died at.
"""

import os
import signal
from pathlib import Path

from django.conf import settings


def crash_point(name: str) -> None:
    """Die here, as by kill -9, when the setting CRASH_AT is this name.

    CRASH_AT may be `@FILE`: then the first process that finds this name in the file dies, once.
    """
    wanted = settings.CRASH_AT
    if wanted and (name == wanted or (wanted.startswith("@") and _claimed(Path(wanted[1:]), name))):
        os.kill(os.getpid(), signal.SIGKILL)


def _claimed(file: Path, name: str) -> bool:
    """Whether the file holds this name and we are the one who took it away."""
    try:
        if file.read_text() != name:
            return False
        file.unlink()
    except FileNotFoundError:
        return False
    return True

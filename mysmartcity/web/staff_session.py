"""How long staff stay signed in: half an hour without a sign of life, and one working day in any case.

The limits of ASVS 5.0, 7.3.1 and 7.3.2. Residents, who see only their own, are remembered for longer.
"""

from datetime import timedelta
from typing import Final

from django.http import HttpRequest

from mysmartcity.lib import clock

IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
BEGAN: Final = "staff_began"
SEEN: Final = "staff_seen"
_NOTE_AFTER_SECONDS: Final = 60
"""A sign of life is written down this often at most: a session is a row in the database."""


def is_over(request: HttpRequest) -> bool:
    """Whether the session of this member of staff has ended; notes the sign of life when it has not."""
    now, session = clock.now().timestamp(), request.session
    began, seen = session.get(BEGAN), session.get(SEEN)
    if began is None or seen is None:
        session[BEGAN] = session[SEEN] = now
        return False
    if now - began > LONGEST.total_seconds() or now - seen > IDLE.total_seconds():
        return True
    if now - seen > _NOTE_AFTER_SECONDS:
        session[SEEN] = now
    return False

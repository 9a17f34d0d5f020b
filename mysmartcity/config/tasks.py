"""Background doors of the faces, which have no tasks of their own: letters to residents."""

from procrastinate.contrib.django import app

from mysmartcity.lib.retry import PATIENT
from mysmartcity.web import letters


@app.task(queue="mail", name="letters.tell_followers", retry=PATIENT)
def tell_followers(entry_id: int) -> None:
    """Write to the reporter and the followers about one timeline entry."""
    letters.tell_followers(entry_id=entry_id)

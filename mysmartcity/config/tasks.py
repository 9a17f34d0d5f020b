"""Background doors that need several floors: letters to residents, and the daily tidying.

The faces have no tasks of their own, and tidying asks all of them what they still hold.
"""

from django.contrib.sessions.backends.db import SessionStore
from procrastinate.contrib.django import app

from mysmartcity.connectors import jobs
from mysmartcity.connectors.actions import forget_old_pushes
from mysmartcity.connectors.figures import forget_old_figures
from mysmartcity.issues.actions.tidy import remove_unheld_photos
from mysmartcity.lib.retry import PATIENT
from mysmartcity.notify.actions import forget_old_mail
from mysmartcity.people.actions import remove_unused_accounts
from mysmartcity.web import drafts, letters


@app.task(queue="mail", name="letters.tell_followers", retry=PATIENT)
def tell_followers(entry_id: int) -> None:
    """Write to the reporter and the followers about one timeline entry."""
    letters.tell_followers(entry_id=entry_id)


@app.periodic(cron="11 * * * *")
@app.task(queue="tidy", name="tidy.sessions", queueing_lock="tidy.sessions")
def remove_sessions(timestamp: int) -> None:
    """Sessions and drafts of reports that ran out."""
    del timestamp
    SessionStore.clear_expired()


@app.periodic(cron="21 * * * *")
@app.task(queue="tidy", name="tidy.jobs", queueing_lock="tidy.jobs")
def remove_jobs(timestamp: int) -> None:
    """Background jobs that ended long ago."""
    del timestamp
    jobs.remove_old()


@app.periodic(cron="31 1 * * *")
@app.task(queue="tidy", name="tidy.photos", queueing_lock="tidy.photos")
def remove_photos(timestamp: int) -> None:
    """Pictures of drafts that were never sent."""
    del timestamp
    remove_unheld_photos(held_elsewhere=drafts.held_photos())


@app.periodic(cron="41 1 * * *")
@app.task(queue="tidy", name="tidy.people", queueing_lock="tidy.people")
def remove_traces(timestamp: int) -> None:
    """Mail that went out long ago, and accounts that nobody ever used."""
    del timestamp
    forget_old_mail()
    remove_unused_accounts()


@app.periodic(cron="51 * * * *")
@app.task(queue="tidy", name="tidy.exchange", queueing_lock="tidy.exchange")
def remove_exchange(timestamp: int) -> None:
    """Figures of weeks ago, receipts of pushes, and pushed news of other people's requests."""
    del timestamp
    forget_old_figures()
    forget_old_pushes()

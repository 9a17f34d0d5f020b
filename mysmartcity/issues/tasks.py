"""Background doors of issues."""

from procrastinate.contrib.django import app

from mysmartcity.issues import actions
from mysmartcity.issues.actions.counts import add_up_counts


@app.periodic(cron="*/5 * * * *")
@app.task(
    queue="issues", name="issues.confirm_by_silence", queueing_lock="issues.confirm_by_silence"
)
def confirm_by_silence(timestamp: int) -> None:
    """What nobody contested for 7 days counts as fixed, by silence."""
    del timestamp
    actions.confirm_by_silence()


@app.periodic(cron="*/10 * * * *")
@app.task(queue="issues", name="issues.add_up_counts", queueing_lock="issues.add_up_counts")
def add_up(timestamp: int) -> None:
    """Replace the map's appended counts by their sums."""
    del timestamp
    add_up_counts()

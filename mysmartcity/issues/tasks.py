"""Background doors of issues."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from mysmartcity.issues import actions
from mysmartcity.issues.actions.counts import add_up_counts
from mysmartcity.issues.actions.media import fetch_media as fetch


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


@app.task(queue="issues", name="issues.fetch_media", retry=RetryStrategy(max_attempts=4, wait=20))
def fetch_media(issue_id: int, url: str) -> None:
    """Fetch one picture that a machine gave as a link."""
    fetch(issue_id=issue_id, url=url)

"""Background doors of dispatch."""

from procrastinate.contrib.django import app

from mysmartcity.dispatch import actions
from mysmartcity.lib.retry import PATIENT


@app.task(queue="dispatch", name="dispatch.route_issue", retry=PATIENT)
def route_issue(issue_id: int) -> None:
    """Find who is responsible and hand the issue over."""
    actions.route_issue(issue_id=issue_id)


@app.task(queue="dispatch", name="dispatch.send_back", retry=PATIENT)
def send_back(issue_id: int, entry_id: int) -> None:
    """Tell the body that a resident says it is not fixed."""
    actions.send_back(issue_id=issue_id, entry_id=entry_id)


@app.task(queue="dispatch", name="dispatch.tell_withdrawn", retry=PATIENT)
def tell_withdrawn(issue_id: int, entry_id: int) -> None:
    """Tell the body that the reporter took it back."""
    actions.tell_withdrawn(issue_id=issue_id, entry_id=entry_id)


@app.task(queue="dispatch", name="dispatch.settle_ended", retry=PATIENT)
def settle_ended(issue_id: int) -> None:
    """Take an issue that ended out of the queue for humans."""
    actions.settle_ended(issue_id=issue_id)


@app.periodic(cron="* * * * * */15")
@app.task(queue="dispatch", name="dispatch.route_overdue", queueing_lock="dispatch.route_overdue")
def route_overdue(timestamp: int) -> None:
    """Reports whose job was lost are routed all the same."""
    del timestamp
    actions.route_overdue()

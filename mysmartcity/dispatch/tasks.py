"""Background doors of dispatch."""

from procrastinate.contrib.django import app

from mysmartcity.dispatch import actions


@app.task(queue="dispatch", name="dispatch.route_issue")
def route_issue(issue_id: int) -> None:
    """Find who is responsible and hand the issue over."""
    actions.route_issue(issue_id=issue_id)


@app.task(queue="dispatch", name="dispatch.send_back")
def send_back(issue_id: int, entry_id: int) -> None:
    """Tell the body that a resident says it is not fixed."""
    actions.send_back(issue_id=issue_id, entry_id=entry_id)


@app.task(queue="dispatch", name="dispatch.tell_withdrawn")
def tell_withdrawn(issue_id: int, entry_id: int) -> None:
    """Tell the body that the reporter took it back."""
    actions.tell_withdrawn(issue_id=issue_id, entry_id=entry_id)


@app.task(queue="dispatch", name="dispatch.settle_ended")
def settle_ended(issue_id: int) -> None:
    """Take an issue that ended out of the queue for humans."""
    actions.settle_ended(issue_id=issue_id)

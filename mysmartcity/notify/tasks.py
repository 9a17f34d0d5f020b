"""Background doors of notify."""

from procrastinate.contrib.django import app

from mysmartcity.lib.retry import PATIENT
from mysmartcity.notify import actions


@app.task(queue="mail", name="notify.send_mail", retry=PATIENT)
def send_mail(mail_id: int) -> None:
    """Hand one mail to the SMTP server."""
    actions.send_mail(mail_id=mail_id)


@app.periodic(cron="* * * * * */30")
@app.task(queue="mail", name="notify.send_overdue", queueing_lock="notify.send_overdue")
def send_overdue(timestamp: int) -> None:
    """Mail whose job was lost is sent all the same."""
    del timestamp
    actions.send_overdue()

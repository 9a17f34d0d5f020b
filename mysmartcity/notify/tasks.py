"""Background doors of notify."""

from procrastinate.contrib.django import app

from mysmartcity.notify import actions


@app.task(queue="mail", name="notify.send_mail")
def send_mail(mail_id: int) -> None:
    """Hand one mail to the SMTP server."""
    actions.send_mail(mail_id=mail_id)

"""What never leaves: who reported, and the numbers of our rows."""

import logging
import smtplib

import pytest
from django.core import mail as django_mail
from django.db import connection
from django.test import Client

from mysmartcity.issues.models import Category, Contact, Issue
from mysmartcity.lib.events import Event
from mysmartcity.notify.actions import send_mail
from mysmartcity.notify.models import Mail
from mysmartcity.people.actions import issue_api_key
from tests import build
from tests.web import browse

pytestmark = pytest.mark.django_db

SAID = {
    "contact_name": "Thandeka Mkhize",
    "contact_email": "thandeka.m@example.org",
    "contact_phone": "082 555 0177",
}
SECRETS = ("Thandeka", "Mkhize", "thandeka.m", "555 0177", "5550177")


def reported(client: Client) -> Issue:
    """A report by Thandeka, sent as a person does."""
    draft = browse.at_check(client)
    assert browse.send(client, draft, **SAID, wants_news="yes").status_code == 303
    assert Contact.objects.get().name == SAID["contact_name"]
    return Issue.objects.get()


def public_addresses(issue: Issue) -> list[str]:
    """Everything that anybody may read about an issue."""
    slug, reference = issue.jurisdiction.slug, issue.reference
    lat, lng = issue.public_lat, issue.public_lng
    box = f"{lng - 0.01},{lat - 0.01},{lng + 0.01},{lat + 0.01}"
    api = "/open311/v2"
    return [
        "/",
        f"/i/{reference}",
        "/issues",
        f"/map?box={box}",
        f"/map/data?box={box}&zoom=17",
        f"/map/outlines?box={box}",
        f"{api}/requests.json?jurisdiction_id={slug}&extensions=true",
        f"{api}/requests.xml?jurisdiction_id={slug}&extensions=true",
        f"{api}/requests/{reference}.json?jurisdiction_id={slug}&extensions=true",
        f"{api}/services.json?jurisdiction_id={slug}",
        f"{api}/servicerequestupdates.json?jurisdiction_id={slug}",
    ]


def test_the_reporter_stands_in_no_public_answer(city, resident: Client) -> None:
    for address in public_addresses(reported(resident)):
        reply = Client().get(address)
        assert reply.status_code == 200, address
        assert not [secret for secret in SECRETS if secret in reply.content.decode()], address


def test_nobody_is_found_by_name(city, resident: Client) -> None:
    issue = reported(resident)
    assert issue.reference in Client().get("/issues?q=hole").content.decode()
    for secret in SAID.values():
        assert issue.reference not in Client().get("/issues", {"q": secret}).content.decode()


def test_the_reporter_stands_in_no_event_and_no_line_of_the_log(
    city, resident: Client, published: list[Event], caplog, monkeypatch
) -> None:
    caplog.set_level(logging.DEBUG)
    reported(resident)
    key = issue_api_key(name="app")[1]
    body = {"api_key": key, "service_code": "pothole", "lat": "95", "long": "18.4"}
    body |= {"first_name": "Thandeka", "email": SAID["contact_email"], "phone": "082 555 0177"}
    assert Client().post("/open311/v2/requests.json", body).status_code == 400

    def refuses(*_its: object, **_more: object) -> None:
        raise smtplib.SMTPRecipientsRefused({SAID["contact_email"]: (550, b"unknown")})

    monkeypatch.setattr(django_mail.EmailMultiAlternatives, "send", refuses)
    send_mail(mail_id=Mail.objects.get().pk)

    told = [repr(event) for event in published]
    # The database's own statements are logged by Django in the tests' debug mode only.
    told += [line.getMessage() for line in caplog.records if line.name != "django.db.backends"]
    assert published
    assert not [line for line in told if any(secret in line for secret in SECRETS)]


def test_numbers_of_rows_never_leave(city, resident: Client) -> None:
    number = 918_273_645
    tables = ("issues_issue", "issues_category", "issues_follow", "notify_mail")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, number])
    build.category(of=city, code="sign", name="Broken sign", group="traffic")
    assert Category.objects.get(code="sign").pk == number + 1
    issue = reported(resident)
    assert issue.pk == number + 1
    for address in public_addresses(issue):
        assert str(number)[:8] not in Client().get(address).content.decode(), address
    letter = Mail.objects.get()
    send_mail(mail_id=letter.pk)
    source = django_mail.outbox[0].message().as_string()
    assert "Message-ID" in source
    assert str(number)[:8] not in f"{source} {letter.text} {letter.html}"

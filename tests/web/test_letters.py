"""Letters to residents: what they say, to whom, once each."""

import pytest
from django.test import Client

from mysmartcity.issues.actions import (
    ContactDetails,
    Move,
    change_status,
    comment_issue,
    follow_issue,
)
from mysmartcity.issues.models import Category, TimelineEntry
from mysmartcity.issues.status import Actor, Status
from mysmartcity.notify.models import Mail
from mysmartcity.web.letters import tell_followers, welcome_reporter
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def reported(city):
    """A report by Thandi, followed by Sipho."""
    done = build.report(
        of=Category.objects.get(code="pothole"),
        contact=ContactDetails("Thandi M", "thandi@example.org", "082 123 4567", "ACC-9"),
        request_key="k1",
    )
    follow_issue(issue=done.issue, email="sipho@example.org")
    return done


def moved(issue, after: Status, words: str = "") -> TimelineEntry:
    """A step by whoever may make it."""
    actor = Actor.PLATFORM if after == Status.SENT else Actor.BODY
    its = Move(after, actor, "City Power", public_words=words, inside_words="gate code 1234")
    return change_status(issue=issue, move=its)


def test_a_receipt_with_the_link(reported):
    assert welcome_reporter(issue_id=reported.issue.pk, tracking_secret=reported.tracking_secret)
    welcome_reporter(issue_id=reported.issue.pk, tracking_secret=reported.tracking_secret)
    mail = Mail.objects.get()
    assert mail.to == "thandi@example.org"
    assert reported.issue.reference in mail.subject
    for body in (mail.text, mail.html):
        assert f"/t/{reported.tracking_secret}" in body
        assert mail.stop_url in body


def test_news_to_everyone_once(reported):
    entry = moved(reported.issue, Status.SENT)
    assert tell_followers(entry_id=entry.pk) == 2
    tell_followers(entry_id=entry.pk)
    mails = list(Mail.objects.order_by("to"))
    assert [mail.to for mail in mails] == ["sipho@example.org", "thandi@example.org"]
    assert len({mail.stop_url for mail in mails}) == 2


def test_letters_never_carry_contact_or_inside_words(reported):
    moved(reported.issue, Status.SENT)
    entry = moved(reported.issue, Status.ACKNOWLEDGED, "We have it & <b>come</b>")
    tell_followers(entry_id=entry.pk)
    for mail in Mail.objects.all():
        whole = mail.subject + mail.text + mail.html
        for secret in ("Thandi M", "082 123", "ACC-9", "gate code", "thandi@", "sipho@"):
            assert secret not in whole
        assert "We have it & <b>come</b>" in mail.text
        assert "&lt;b&gt;come" in mail.html


def test_asked_whether_it_is_fixed(reported):
    moved(reported.issue, Status.SENT)
    moved(reported.issue, Status.ACKNOWLEDGED)
    entry = moved(reported.issue, Status.REPORTED_FIXED)
    tell_followers(entry_id=entry.pk)
    asked = {mail.to: "Is it fixed?" in mail.text for mail in Mail.objects.all()}
    assert asked == {"thandi@example.org": True, "sipho@example.org": False}


def test_what_is_hidden_or_inside_is_no_news(reported):
    inside = comment_issue(issue=reported.issue, actor=Actor.DISPATCHER, inside_words="rude")
    hidden = change_status(issue=reported.issue, move=Move(Status.HIDDEN, Actor.DISPATCHER))
    assert tell_followers(entry_id=inside.pk) == tell_followers(entry_id=hidden.pk) == 0
    assert not Mail.objects.exists()


def test_who_stopped_gets_nothing(reported):
    first = moved(reported.issue, Status.SENT)
    tell_followers(entry_id=first.pk)
    path = Mail.objects.get(to="sipho@example.org").stop_url.split("8000", 1)[1]
    assert Client(enforce_csrf_checks=True).post(path).status_code == 200
    second = moved(reported.issue, Status.ACKNOWLEDGED)
    assert tell_followers(entry_id=second.pk) == 1


def test_subjects_are_one_line(reported):
    Category.objects.update(name="Pothole\r\nBcc: x@example.org")
    tell_followers(entry_id=moved(reported.issue, Status.SENT).pk)
    assert all("\n" not in mail.subject for mail in Mail.objects.all())

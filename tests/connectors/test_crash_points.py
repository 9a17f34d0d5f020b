"""Killed between every two steps, in a real process: exactly one message, nothing lost, nothing twice.

The list of crash points is read out of the source, so a new step without a test here fails.
"""

import ast
import mailbox
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mysmartcity.connectors.models import Connection, InboxItem
from mysmartcity.dispatch.models import Delivery, Handover
from mysmartcity.dispatch.status import DeliveryState
from mysmartcity.issues.models import Issue
from mysmartcity.lib import clock
from tests import build
from tests.connectors.build import connection, create_of, handed_over, status_of
from tests.connectors.letters import reply_to
from tests.connectors.processes import Manage
from tests.demo.processes import Running, running, wait_for

ROOT = Path(__file__).resolve().parents[2]
OUT = ("after-lease", "before-send", "after-send", "before-record", "after-record")
LOOKING_UP = ("before-look-up", "after-look-up")
IN = ("after-fetch", "after-inbox", "after-apply")
MAIL = ("after-mail-inbox", "after-mail-apply")
REFUSED = ("after-refusal",)
REPORTED = ("after-report",)
PUSHED = ("before-push-inbox", "after-push-inbox")
COMPARED = ("after-reconciled-batch",)
"""The last two are died at in test_crash_points_in.py."""

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def named_in_the_source() -> set[str]:
    names = set()
    for path in (ROOT / "mysmartcity").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "crash_point":
                names.add(ast.literal_eval(node.args[0]))
    return names


def test_every_crash_point_has_a_test() -> None:
    known = {*OUT, *LOOKING_UP, *IN, *MAIL, *REFUSED, *REPORTED, *PUSHED, *COMPARED}
    assert named_in_the_source() == known


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    file = tmp_path_factory.mktemp("city") / "city.db"
    with running("open311_city", "--port", "0", "--data", str(file), "--pace", "0.5") as city:
        yield city


@pytest.fixture
def handover(process: Running) -> Handover:
    """An issue that waits to be sent to the simulated city."""
    assert process.control(error=None, drop_after_accept=False)[0] == 200
    its = handed_over(description="A hole")
    connection(
        system="open311",
        secrets={"key": "demo-city-key"},
        statuses={},
        category_codes={"pothole": "POTHOLE"},
        settings={
            "endpoint": f"{process.url}/open311/v2",
            "has_updates": True,
            "settle_seconds": 0,
        },
    )
    return its


def make_due() -> None:
    """All waiting is over: leases have run out, the next try has come."""
    past = clock.now() - timedelta(seconds=1)
    open_ones = Delivery.objects.exclude(state=DeliveryState.DONE)
    open_ones.update(next_try_at=past)
    open_ones.filter(leased_until__isnull=False).update(leased_until=past)


def deliver_until_done(handover: Handover, process: Running, manage: Manage) -> None:
    for _step in range(5):
        if create_of(handover).state == DeliveryState.DONE:
            return
        make_due()
        assert manage("deliver_due", "--once", place=process.place) == 0


def assert_exactly_once(handover: Handover, process: Running) -> None:
    reference = handover.issue.reference
    assert process.json("/_control/references")[reference] == 1
    handover.refresh_from_db()
    assert create_of(handover).state == DeliveryState.DONE
    assert handover.body_reference
    sent = handover.issue.timeline.filter(after="sent")
    assert sent.count() == 1
    assert handover.issue.timeline.filter(after="acknowledged").count() == 1


@pytest.mark.parametrize("name", OUT)
def test_killed_while_sending(
    name: str, handover: Handover, process: Running, manage: Manage
) -> None:
    assert manage("deliver_due", "--once", place=process.place, crash_at=name) == -signal.SIGKILL
    deliver_until_done(handover, process, manage)
    assert_exactly_once(handover, process)


@pytest.mark.parametrize("name", LOOKING_UP)
def test_killed_while_looking_up(
    name: str, handover: Handover, process: Running, manage: Manage
) -> None:
    process.control(drop_after_accept=1)
    assert manage("deliver_due", "--once", place=process.place) == 0
    assert create_of(handover).state == DeliveryState.UNCERTAIN
    make_due()
    assert manage("deliver_due", "--once", place=process.place, crash_at=name) == -signal.SIGKILL
    deliver_until_done(handover, process, manage)
    assert_exactly_once(handover, process)


@pytest.mark.parametrize("name", REFUSED)
def test_killed_after_a_refusal(
    name: str, handover: Handover, process: Running, manage: Manage
) -> None:
    process.control(error=429)
    assert manage("deliver_due", "--once", place=process.place, crash_at=name) == -signal.SIGKILL
    process.control(error=None)
    deliver_until_done(handover, process, manage)
    assert_exactly_once(handover, process)


@pytest.mark.parametrize("name", IN)
def test_killed_while_reading_news(
    name: str, handover: Handover, process: Running, manage: Manage
) -> None:
    deliver_until_done(handover, process, manage)
    handover.refresh_from_db()
    path = f"/open311/v2/requests/{handover.body_reference}.json"
    wait_for(lambda: process.json(path)[0]["status"].lower() == "closed")
    assert manage("poll_connections", place=process.place, crash_at=name) == -signal.SIGKILL
    assert manage("poll_connections", place=process.place) == 0
    assert status_of(handover) == "reported_fixed"
    assert handover.issue.timeline.filter(after="reported_fixed").count() == 1
    assert InboxItem.objects.filter(applied_at__isnull=True).count() == 0
    words = handover.issue.timeline.exclude(public_words="").values_list("public_words", flat=True)
    assert len(words) == len(set(words)), "nothing is said twice"


@pytest.mark.parametrize("name", MAIL)
def test_killed_while_reading_mail(name: str, tmp_path: Path, manage: Manage) -> None:
    handover = handed_over()
    Connection.objects.create(body=handover.body, system="mail", settings={"to": "a@b.example"})
    box = mailbox.Maildir(tmp_path / "box", create=True)
    box.add(reply_to(handover, "Your reference number is 5512345. A team is assigned."))
    places = {"INBOUND_MAILDIR": str(tmp_path / "box")}
    assert manage("read_mail", crash_at=name, **places) == -signal.SIGKILL
    assert len(list((tmp_path / "box" / "new").iterdir())) == 1, "taken only when it is applied"
    assert manage("read_mail", **places) == 0
    assert list((tmp_path / "box" / "new").iterdir()) == []
    handover.refresh_from_db()
    assert handover.body_reference == "5512345"
    assert InboxItem.objects.count() == 1
    assert handover.issue.timeline.filter(kind="comment").count() <= 1


@pytest.mark.parametrize("name", REPORTED)
def test_killed_between_commit_and_answer(name: str, manage: Manage) -> None:
    """The resident's phone got no answer and sends the same again: one report, the first answer."""
    category = build.category(of=build.jurisdiction())
    report = (
        "from mysmartcity.issues.actions import NewIssue, report_issue\n"
        "from mysmartcity.issues.models import Category\n"
        "from mysmartcity.lib.geo import Point\n"
        f"category = Category.objects.get(pk={category.pk})\n"
        f"point = Point({build.CITY_POINT.lat}, {build.CITY_POINT.lng})\n"
        "report_issue(new=NewIssue(category=category, point=point, request_key='once'))"
    )
    assert manage("shell", "-v0", "-c", report, crash_at=name) == -signal.SIGKILL
    assert Issue.objects.count() == 1
    assert manage("shell", "-v0", "-c", report) == 0
    assert Issue.objects.count() == 1


def test_a_file_kills_one_process_once(tmp_path: Path, manage: Manage) -> None:
    file = tmp_path / "crash"
    file.write_text("after-lease")
    delivery = create_of(handed_over())
    connection(system="mail", settings={"to": "a@b.example"})
    assert manage("deliver_due", "--once", crash_at=f"@{file}") == -signal.SIGKILL
    assert not file.exists()
    make_due()
    assert manage("deliver_due", "--once", crash_at=f"@{file}") == 0
    delivery.refresh_from_db()
    assert delivery.error, "it was tried; that there is no mail server is not its fault"

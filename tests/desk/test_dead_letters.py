"""Dead letters: found, looked after, quiet, sent again one by one or many after a confirmation."""

import re
from datetime import timedelta

import pytest

from mysmartcity.connectors.models import Connection
from mysmartcity.dispatch import care
from mysmartcity.dispatch.models import Delivery, QueueEntry
from mysmartcity.dispatch.status import DeliveryState
from mysmartcity.lib import clock
from tests import build
from tests.connectors.build import FakeCity, connection, create_of, handed_over
from tests.desk.conftest import Staff

pytestmark = pytest.mark.django_db
PATH, CARE, AGAIN = "/desk/dead-letters", "/desk/dead-letters/care", "/desk/dead-letters/again"


@pytest.fixture
def dead(city: FakeCity) -> list[Delivery]:
    """Three dead letters: two refused, one for which nobody answered."""
    del city
    found = [create_of(handed_over()) for _number in range(3)]
    its = connection(to=found[0].handover.body)
    classes = ("permanent", "permanent", "transient")
    for delivery, error_class in zip(found, classes, strict=True):
        Delivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.DEAD, lane=its.pk, error_class=error_class,
            error=f"The system said <{error_class}>", attempt_count=4,
        )  # fmt: skip
        delivery.refresh_from_db()
    return found


def shown(client: Staff, query: str = "") -> list[int]:
    """Which of the dead letters are on the page, by their number."""
    page = client.page(f"{PATH}{query}")
    ordered = Delivery.objects.filter(kind="create").order_by("pk")
    return [n for n, one in enumerate(ordered) if one.handover.issue.reference in page]


def do(client: Staff, delivery: Delivery, act: str, **more: str) -> str:
    reply = client.post(CARE, {"delivery": delivery.key, "act": act, "back": PATH, **more})
    assert (reply.status_code, reply["Location"]) == (303, PATH)
    return client.page(PATH)


def test_it_works(dead: list[Delivery], dispatcher: Staff) -> None:
    page = dispatcher.page(PATH)
    assert "3 dead letters" in page
    assert "The system said &lt;permanent&gt;" in page
    assert "Refused by the system" in page
    page = do(dispatcher, dead[0], "again")
    assert f"{dead[0].handover.issue.reference} goes again." in page
    dead[0].refresh_from_db()
    assert (dead[0].state, dead[0].attempt_count) == (DeliveryState.WAITING, 0)
    assert "dealt with meanwhile" in do(dispatcher, dead[0], "again")


def test_every_filter(dead: list[Delivery], dispatcher: Staff) -> None:
    its = Connection.objects.get()
    other = connection(to=build.body(name="Another"))
    reference = dead[1].handover.issue.reference
    assert shown(dispatcher) == [0, 1, 2]
    assert shown(dispatcher, f"?q={reference}") == [1]
    assert shown(dispatcher, f"?q={reference.lower()}") == [1]
    assert shown(dispatcher, "?q=transient") == [2]
    assert shown(dispatcher, "?error=permanent") == [0, 1]
    assert shown(dispatcher, f"?connection={its.public_id}") == [0, 1, 2]
    assert shown(dispatcher, f"?connection={other.public_id}") == []
    assert shown(dispatcher, "?error=nonsense&owner=nonsense") == [0, 1, 2]
    assert "Nothing fits this search" in dispatcher.page(f"{PATH}?q=zzz")


def test_taking_on_and_giving_back(
    dead: list[Delivery], dispatcher: Staff, operator: Staff
) -> None:
    assert "is yours" in do(dispatcher, dead[0], "take_on")
    assert shown(dispatcher, "?owner=me") == [0]
    assert shown(operator, "?owner=me") == []
    assert shown(operator, "?owner=nobody") == [1, 2]
    assert "Nomsa has taken it on already" in do(operator, dead[0], "take_on")
    assert QueueEntry.objects.get().owner == dispatcher.person
    do(operator, dead[0], "give_back")
    assert QueueEntry.objects.get().owner is None


def test_in_hand_and_quiet(dead: list[Delivery], dispatcher: Staff) -> None:
    assert "Write what is being done" in do(dispatcher, dead[0], "acknowledge", note=" ")
    wrong = do(dispatcher, dead[0], "acknowledge", note="Called", quiet_until="soon")
    assert "Write day and time" in wrong
    past = do(dispatcher, dead[0], "acknowledge", note="Called", quiet_until="2020-01-01T10:00")
    assert "must be in the future" in past
    later = (clock.now() + timedelta(hours=5)).astimezone(clock.CITY_ZONE)
    typed = f"{later:%Y-%m-%dT%H:%M}"
    do(dispatcher, dead[0], "acknowledge", note="Called <them>", quiet_until=typed)
    assert shown(dispatcher) == [1, 2]
    assert shown(dispatcher, "?quiet=1") == [0]
    assert "Called &lt;them&gt;" in dispatcher.page(f"{PATH}?quiet=1")
    entry = QueueEntry.objects.get()
    assert entry.quiet_until == later.replace(second=0, microsecond=0)
    QueueEntry.objects.update(quiet_until=clock.now() - timedelta(minutes=1))
    assert shown(dispatcher) == [0, 1, 2], "it speaks again by itself"


def test_all_that_is_shown_again_after_a_yes(dead: list[Delivery], dispatcher: Staff) -> None:
    page = dispatcher.page(f"{AGAIN}?error=permanent")
    assert "2 dead letters go out again at once" in page
    assert Delivery.objects.filter(state=DeliveryState.DEAD).count() == 3, "nothing before the yes"
    chosen = re.search(r'name="chosen" value="([^"]+)"', page)
    assert chosen
    # One is sent by a colleague meanwhile.
    do(dispatcher, dead[0], "again")
    reply = dispatcher.post(AGAIN, {"chosen": chosen.group(1)})
    assert reply["Location"] == PATH
    page = dispatcher.page(PATH)
    assert "1 message goes again. 1 was no dead letter any more." in page, re.findall(
        r"notice-.*?</p>", page, re.S
    )
    dead[2].refresh_from_db()
    assert dead[2].state == DeliveryState.DEAD, "only what was shown"


def test_a_forged_list_is_refused(dead: list[Delivery], dispatcher: Staff) -> None:
    for chosen in ("", "x" * 40, '["' + dead[0].key + '"]'):
        dispatcher.post(AGAIN, {"chosen": chosen})
        assert "The list is too old" in dispatcher.page(PATH)
    assert Delivery.objects.filter(state=DeliveryState.DEAD).count() == 3


def test_too_many_at_once(
    dead: list[Delivery], dispatcher: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(care, "MAX_REPLAYED", 2)
    assert "More than that is not sent in one go" in dispatcher.page(AGAIN)


def test_empty(dispatcher: Staff) -> None:
    assert "There are no dead letters" in dispatcher.page(PATH)
    assert "There is nothing to send again" in dispatcher.page(AGAIN)


def test_the_way_back_stays_at_the_desk(dead: list[Delivery], dispatcher: Staff) -> None:
    for back in ("https://evil.example/", "//evil.example", "/desk/../", "/\\evil"):
        reply = dispatcher.post(CARE, {"delivery": dead[0].key, "act": "take_on", "back": back})
        assert reply["Location"].startswith("/desk/"), back
    assert dispatcher.post(CARE, {"delivery": dead[0].key, "act": "boom"}).status_code == 404

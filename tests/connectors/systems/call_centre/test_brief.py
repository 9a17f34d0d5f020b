"""The block of facts that a caller has before them."""

from typing import Any

import pytest

from mysmartcity.connectors.contract import Answer, ConnectionValues, DeliveryFailed, Reporter
from mysmartcity.connectors.memory import ConnectionMemory
from mysmartcity.connectors.systems.call_centre.connector import CallCentreConnector
from mysmartcity.dispatch.status import DeliveryKind
from tests.connectors.systems.mail.test_out import message
from tests.data.reference import CATEGORIES, DATA, read

CENTRES = read("call_centres.yaml")["call_centres"]
OUTAGE: dict[str, Any] = {
    "category_name": "No power at my house",
    "description": "Nothing since\nthe storm",
    "street": "Long Street",
    "street_number": "1",
    "suburb": "Woodstock",
    "report_count": 3,
    "body_reference": "CPWEB123456",
    "reporter": Reporter("Thandi M", phone="0821234567", account_number="550011"),
    "answers": (
        Answer("scope", "Only you?", ("home",), ("Only my home",)),
        Answer("meter-kind", "Meter?", ("prepaid",), ("Prepaid (you buy units)",)),
        Answer("meter-number", "Number?", ("01234567890",), ("01234567890",)),
        Answer("since", "Since?", ("2026-06-01T09:30",), ("2026-06-01T09:30",)),
        Answer("pole-number", "Pole?", ("P 77",), ("P 77",)),
    ),
}


def connector(**settings: Any) -> CallCentreConnector:
    given = {"phone": "011 490 7484", "hours": "06:00 to 18:00", **settings}
    return CallCentreConnector(
        ConnectionValues("City Power", given, "", {}, (), ConnectionMemory())
    )


def test_the_facts_stand_in_the_order_in_which_they_are_asked() -> None:
    assert connector(menu="Press 2").brief(message(**OUTAGE)).split("\n") == [
        "Call City Power: 011 490 7484 (06:00 to 18:00)",
        "Press 2",
        "Report something new. Ask for a reference number.",
        "",
        "Name: Thandi M",
        "Phone: 0821234567",
        "Street and number: 1 Long Street",
        "Suburb: Woodstock",
        "Account or meter number: 01234567890",
        "Pole number: P 77",
        "One house or the area: Only my home",
        "Prepaid or conventional: Prepaid (you buy units)",
        "Their reference: CPWEB123456",
        "What is wrong: No power at my house. Nothing since the storm",
        "Since when: 1 June 2026, 09:30",
        "How many reported it: 3 residents",
        "Page: https://mysmart.example/i/CPT-7K3M9Q",
    ]


def test_what_is_not_known_is_left_out_but_for_what_every_agent_needs() -> None:
    bare = message(answers=(), address="", place_name="", description="")
    lines = connector().brief(bare).split("\n")[3:]
    assert lines == [
        "Street and number: not known",
        "Suburb: not known",
        "What is wrong: Street light out",
        "Since when: 1 June 2026, 10:00",
        "How many reported it: 1 resident",
        "Page: https://mysmart.example/i/CPT-7K3M9Q",
    ]


def test_the_facts_are_data() -> None:
    its = connector(facts=[{"label": "Pole", "from": ["answer:no-such", "answer:pole-number"]}])
    assert its.problems() == []
    assert its.brief(message(**OUTAGE)).split("\n")[3:] == ["Pole: P 77"]


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ([{"label": "Pole", "from": "pole"}], "none of"),
        ([{"label": "Pole", "from": "answer:"}], "none of"),
        ([{"label": "Pole", "from": [["x"]]}], "none of"),
        ([{"label": "", "from": "street"}], "label"),
        ([{"label": "Pole"}], "nowhere"),
        (["street"], "label"),
        ("street", "list"),
    ],
)
def test_a_slip_in_the_list_is_told_and_stops_no_call(facts: Any, says: str) -> None:
    its = connector(facts=facts)
    assert says in " ".join(its.problems())
    assert "Long Street" in its.brief(message(**OUTAGE))


def test_a_call_centre_without_a_number_is_a_problem() -> None:
    assert "phone" in " ".join(connector(phone="").problems())


@pytest.mark.parametrize("kind", list(DeliveryKind))
def test_every_kind_says_what_the_call_is_about(kind: DeliveryKind) -> None:
    text = connector().brief(message(**OUTAGE, kind=kind, words="Still dark"))
    assert "Still dark" in text
    assert kind == DeliveryKind.CREATE or "CPWEB123456" in text.split("\n")[1]


def test_a_machine_never_sends_it() -> None:
    its = connector()
    assert its.capabilities.by_hand
    assert its.capabilities.comments
    assert not its.capabilities.needs_reference
    with pytest.raises(DeliveryFailed):
        its.send(message())


@pytest.mark.parametrize("centre", CENTRES, ids=lambda centre: str(centre["body"]))
def test_the_lists_to_start_with_can_be_used(centre: Any) -> None:
    """Every code that they name is one that some category asks."""
    assert centre["source"]
    its = connector(phone=centre["phone"], facts=centre["facts"])
    assert its.problems() == []
    asked = {one["code"] for category in CATEGORIES for one in category["questions"]}
    named = {
        source.removeprefix("answer:")
        for fact in centre["facts"]
        for source in ([fact["from"]] if isinstance(fact["from"], str) else fact["from"])
        if source.startswith("answer:")
    }
    assert named <= asked
    assert (DATA / "call_centres.yaml").exists()

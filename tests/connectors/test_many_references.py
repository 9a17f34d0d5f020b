"""References: spelt, renamed, split, joined and reopened; and never another body's."""

import pytest

from mysmartcity.connectors.actions.apply import apply_waiting
from mysmartcity.connectors.models import InboxItem
from mysmartcity.connectors.whose import with_reference
from mysmartcity.dispatch.models import Handover, HandoverReference
from mysmartcity.people.models import Body
from tests import build
from tests.connectors import mess
from tests.connectors.build import FakeCity, connection, item
from tests.connectors.mess import tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(city: FakeCity) -> Handover:
    """A handover with the reference A-1, sent."""
    del city
    mess.city_of(build.body(name="City Power"))
    return mess.arrived(mess.routed()[0], "A-1")


def status(handover: Handover) -> str:
    return mess.issue_of(handover).status


def kinds(handover: Handover) -> list[tuple[str, str]]:
    return list(handover.references.order_by("pk").values_list("reference", "kind"))


def fresh(handover: Handover) -> Handover:
    handover.refresh_from_db()
    return handover


def settings(handover: Handover, **its: object) -> None:
    where = mess.connection_of(handover)
    where.settings = its
    where.save()


@pytest.mark.parametrize("spelt", ["A-1", "a-1", " A - 1"])
def test_every_spelling_finds_it(lead: Handover, spelt: str) -> None:
    assert kinds(lead) == [("A-1", "given")]
    assert tell(lead, "busy", after=1, body_reference=spelt) == "moved to in_progress"
    assert kinds(lead) == [("A-1", "given")], "no second row for a spelling"


def test_zeros_count_unless_the_body_s_format_says_otherwise(lead: Handover) -> None:
    HandoverReference.objects.all().delete()
    Handover.objects.update(body_reference="")
    tell(lead, "open", after=1, body_reference="00123", handover=lead)
    assert tell(lead, "busy", after=2, body_reference="123", event_id="x") == "no handover"
    settings(lead, reference_ignores_zeros=True)
    assert apply_waiting(connection=mess.connection_of(lead)) == 1
    assert status(lead) == "in_progress"


def test_one_report_becomes_several_work_items(lead: Handover) -> None:
    tell(lead, "busy", after=1, more_references=["A-2", "A-3"])
    assert kinds(lead) == [("A-1", "given"), ("A-2", "more"), ("A-3", "more")]
    tell(lead, "done", after=2)
    tell(lead, "done", after=3, body_reference="A-3")
    assert status(lead) == "in_progress"
    assert fresh(lead).state == "acknowledged", "it is asked for news"
    assert "Still open there: A-2, A-3." in mess.publics(lead)
    assert "Still open there: A-2." in mess.publics(lead)
    assert tell(lead, "done", after=4, body_reference="A-2") == "moved to reported_fixed"
    assert fresh(lead).state == "ended"


def test_the_answer_to_the_first_message_may_name_several(city: FakeCity) -> None:
    del city
    mess.city_of(build.body())
    lead = mess.arrived(mess.routed()[0], "A-1", "A-2")
    tell(lead, "done", after=1)
    assert status(lead) == "acknowledged"
    tell(lead, "no", after=2, body_reference="A-2")
    assert status(lead) == "reported_fixed", "one refused, the rest is done"


def test_old_news_is_old_for_its_own_work_item_only(lead: Handover) -> None:
    tell(lead, "busy", after=9, more_references=["A-2"])
    assert tell(lead, "done", after=5, body_reference="A-2") == "nothing new"
    assert tell(lead, "done", after=6) == "older than what we knew"
    assert tell(lead, "done", after=10) == "moved to reported_fixed"


def test_it_is_renamed_when_news_come_under_a_new_name(lead: Handover) -> None:
    tell(lead, "busy", after=1)
    outcome = tell(lead, "done", after=2, body_reference="B-7", more_references=["A-1"])
    assert outcome == "moved to reported_fixed"
    assert kinds(lead) == [("A-1", "given"), ("B-7", "renamed")]
    assert fresh(lead).body_reference == "B-7", "follow-ups use the new name"


def test_the_old_name_still_finds_it_and_moves_nothing(lead: Handover) -> None:
    tell(lead, "busy", after=1, body_reference="B-7", more_references=["A-1"])
    assert tell(lead, "done", after=2, body_reference="A-1", words="Moved.") == "replaced reference"
    assert status(lead) == "in_progress"
    assert "Moved." in mess.publics(lead)


def test_a_setting_says_that_further_references_are_new_names(lead: Handover) -> None:
    settings(lead, further_references="renamed")
    tell(lead, "busy", after=1, more_references=["B-7"])
    assert kinds(lead) == [("A-1", "given"), ("B-7", "renamed")]
    tell(fresh(lead), "done", after=2)
    assert status(lead) == "reported_fixed"


def test_a_second_name_for_the_whole_is_no_work_item(lead: Handover) -> None:
    """A municipality's own number beside the object's: nothing is ever said of the number itself."""
    settings(lead, further_references="also")
    assert tell(lead, "done", after=1, more_references=["370001"]) == "moved to reported_fixed"
    assert kinds(lead) == [("A-1", "given"), ("370001", "also")]
    assert fresh(lead).body_reference == "A-1"
    assert tell(lead, "busy", after=2, body_reference="370001") == "moved to in_progress"


def test_what_is_closed_under_its_old_name_goes_on_under_the_new_one(lead: Handover) -> None:
    settings(lead, further_references="renamed")
    tell(lead, "busy", after=1)
    tell(lead, "done", after=2, more_references=["B-7"])
    assert status(lead) == "in_progress"
    tell(fresh(lead), "done", after=3)
    assert status(lead) == "reported_fixed"


@pytest.mark.parametrize("word", ["done", "note"])
def test_it_is_reopened_under_a_new_reference(lead: Handover, word: str) -> None:
    tell(lead, "done", after=1)
    assert status(lead) == "reported_fixed"
    tell(lead, word, after=2, more_references=["A-2"])
    assert status(lead) == "acknowledged"
    tell(lead, "done", after=3, body_reference="A-2")
    assert status(lead) == "reported_fixed"


def test_two_reports_that_answer_with_one_reference_both_get_the_news(lead: Handover) -> None:
    twin = mess.arrived(mess.routed()[0], "A-1")
    assert tell(lead, "busy", after=1) == "moved to in_progress"
    assert (status(lead), status(twin)) == ("in_progress", "in_progress")
    assert InboxItem.objects.count() == 1


def test_two_reports_are_joined_into_a_third_reference(lead: Handover) -> None:
    twin = mess.arrived(mess.routed()[0], "A-2")
    tell(lead, "busy", after=1, more_references=["J-1"])
    tell(twin, "busy", after=2, more_references=["J-1"])
    assert kinds(lead) == [("A-1", "given"), ("J-1", "renamed")]
    assert kinds(twin) == [("A-2", "given"), ("J-1", "renamed")]
    tell(lead, "done", after=3, body_reference="J-1")
    assert (status(lead), status(twin)) == ("reported_fixed", "reported_fixed")


def test_outcomes_that_differ_stand_beside_each_other(lead: Handover) -> None:
    twin = mess.arrived(mess.routed()[0], "A-1")
    tell(twin, "busy", after=1, body_reference="", handover=twin)
    assert tell(lead, "busy", after=2) == "moved to in_progress; nothing new"


def test_another_body_s_reference_is_never_ours(lead: Handover) -> None:
    other = connection(to=build.body(name="Water"))
    assert tell(lead, "done", after=1, where=other) == "no handover"
    assert status(lead) == "acknowledged"


def test_departments_with_one_number_are_not_guessed_between(lead: Handover) -> None:
    """Each has a system of its own, and so numbers of its own; the city above reads both."""
    city = build.body(name="The city")
    Body.objects.filter(pk=lead.body_id).update(parent=city)
    above = connection(to=city)
    assert [one.pk for one in with_reference(above, "A-1")] == [lead.pk]
    water = build.body(name="Water")
    Body.objects.filter(pk=water.pk).update(parent=city)
    connection(to=water)
    second = Handover.objects.create(
        issue=build.issue(), body=water, body_reference="A-1", is_current=True
    )
    assert with_reference(above, "A-1") == []
    assert with_reference(mess.connection_of(second), "A-1") == [second]
    assert with_reference(mess.connection_of(lead), "A-1") == [lead]
    own = Handover.objects.create(
        issue=build.issue(), body=city, body_reference="A-1", is_current=True
    )
    assert with_reference(above, "A-1") == [own], "its own numbers come first"
    assert with_reference(mess.connection_of(lead), "A-1") == [lead]


def test_every_name_is_asked_for(lead: Handover) -> None:
    tell(lead, "busy", after=1, more_references=["A-2"])
    tell(lead, "busy", after=2, body_reference="B-7", more_references=["A-1"])
    assert Handover.objects.all().all_references() == ["A-1", "A-2", "B-7"]


def test_news_for_a_name_that_is_learned_later_is_applied_then(lead: Handover) -> None:
    where = mess.connection_of(lead)
    item(where, "busy", after=5, body_reference="A-9")
    assert apply_waiting(connection=where) == 0
    item(where, "open", after=6, body_reference="A-1", more_references=["A-9"])
    apply_waiting(connection=where)
    apply_waiting(connection=where)
    assert lead.references.get(reference="A-9").said == "in_progress"

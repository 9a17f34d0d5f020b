"""Codes as versions: what is refused, two people at once, old ones back, what waited is applied."""

import threading

import pytest
from django.db import connection as database

from mysmartcity.connectors.actions import (
    apply_update,
    deliver,
    give_codes,
    poll,
    restore_codes,
)
from mysmartcity.connectors.codes import BadCodes
from mysmartcity.connectors.contract import Capabilities
from mysmartcity.connectors.models import CodeBook, Connection
from mysmartcity.connectors.preview import preview_codes, unmapped
from mysmartcity.dispatch.models import Handover, QueueEntry
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.people.models import Role
from tests import build
from tests.connectors.build import FakeCity, connection, create_of, handed_over, item, status_of

STATUSES = {"open": "acknowledged", "done": "reported_fixed"}


def sent(city: FakeCity, **its: object) -> tuple[Handover, Connection]:
    """An issue that the fake city has."""
    handover = handed_over()
    where = connection(**its)
    deliver(delivery_id=create_of(handover).pk)
    handover.refresh_from_db()
    return handover, where


def give(where: Connection, **its: object) -> CodeBook:
    its = {"category_codes": where.category_codes, "statuses": STATUSES, **its}
    return give_codes(connection=where, note="", by=None, **its)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_it_works(city: FakeCity) -> None:
    """An unknown word waits; giving its meaning applies it, and the old codes are kept."""
    handover, where = sent(city)
    before = where.statuses
    told = item(where, "crew sent", after=1, body_reference=handover.body_reference)
    assert apply_update(item_id=told.pk) == "needs mapping"
    assert [(one.kind, one.word, one.count) for one in unmapped()] == [("status", "crew sent", 1)]
    by = build.person(role=Role.OPERATOR)
    book = give_codes(
        connection=where,
        category_codes={"pothole": "P1"},
        statuses={**STATUSES, "Crew sent": "in_progress"},
        note="They began to say so in May",
        by=by,
    )
    assert (book.version, book.made_by, book.note) == (1, by, "They began to say so in May")
    assert (where.codes_version, where.category_codes) == (1, {"pothole": "P1"})
    assert status_of(handover) == "in_progress"
    assert unmapped() == []
    assert not QueueEntry.objects.unsettled().exists()
    assert where.code_books.get(version=0).statuses == before, "what stood there is kept too"


@pytest.mark.django_db
def test_every_wrong_word_is_named_and_nothing_is_written(city: FakeCity) -> None:
    handed_over()
    where = connection()
    with pytest.raises(BadCodes) as refused:
        give(
            where,
            statuses={"a": "fixed", "b": "declined:boredom", "": "acknowledged", "c": 5,
                      "In Work": "in_progress", "in-work": "on_hold", "fine": "comment"},
            category_codes={"pothole": "", "dragon": "D", "x": 3},
        )  # fmt: skip
    wrong = {(fault.kind, fault.word) for fault in refused.value.faults}
    assert wrong == {
        ("status", "a"), ("status", "b"), ("status", ""), ("status", "c"), ("status", "in-work"),
        ("category", "pothole"), ("category", "dragon"), ("category", "x"),
    }  # fmt: skip
    assert all(sentence.endswith(".") for sentence in refused.value.sentences)
    assert not CodeBook.objects.exists()
    for statuses, codes in (([], {}), ({}, "x")):
        with pytest.raises(BadCodes):
            give(where, statuses=statuses, category_codes=codes)


@pytest.mark.django_db
def test_who_saw_an_older_version_is_refused(city: FakeCity) -> None:
    handed_over()
    where = connection()
    mine, yours = Connection.objects.get(pk=where.pk), Connection.objects.get(pk=where.pk)
    give(mine)
    with pytest.raises(NotAllowed, match="version 1, you saw 0"):
        give(yours, statuses={"open": "on_hold"})
    yours.refresh_from_db()
    assert yours.statuses == STATUSES
    with pytest.raises(NotAllowed):
        give(yours, seen_version=0)
    assert give(yours, seen_version=1).version == 2


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_make_one_version() -> None:
    handed_over()
    where = connection()
    results: list[object] = []
    start = threading.Barrier(2)

    def edit(word: str) -> None:
        mine = Connection.objects.get(pk=where.pk)
        start.wait(timeout=10)
        try:
            results.append(give(mine, statuses={word: "on_hold"}).version)
        except NotAllowed:
            results.append("refused")
        finally:
            database.close()

    threads = [threading.Thread(target=edit, args=(word,)) for word in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(map(str, results)) == ["1", "refused"]
    where.refresh_from_db()
    assert where.code_books.get(version=1).statuses == where.statuses


@pytest.mark.django_db
def test_an_old_version_comes_back_as_a_new_one(city: FakeCity) -> None:
    handed_over()
    where = connection()
    give(where, statuses={"open": "acknowledged"})
    give(where, statuses={"open": "on_hold"})
    book = restore_codes(connection=where, version=1, by=None)
    assert (book.version, where.statuses) == (3, {"open": "acknowledged"})
    with pytest.raises(NotAllowed, match="no version 9"):
        restore_codes(connection=where, version=9, by=None)
    with pytest.raises(NotAllowed):
        restore_codes(connection=where, version=1, by=None, seen_version=2)


@pytest.mark.django_db
def test_a_missing_category_code_waits_and_goes(city: FakeCity) -> None:
    city.capabilities = Capabilities(needs_category_code=True, poll=True)
    handover = handed_over(description="A hole as deep as a bath")
    where = connection()
    deliver(delivery_id=create_of(handover).pk)
    assert city.sends == 0
    (waiting,) = unmapped(where)
    assert (waiting.kind, waiting.word, waiting.count) == ("category", "pothole", 1)
    assert "A hole as deep as a bath" in waiting.examples[0]
    assert unmapped() == [waiting]
    give(where, category_codes={"pothole": "RD-1"})
    deliver(delivery_id=create_of(handover).pk)
    assert city.stored[0].remote_category == "RD-1"
    assert unmapped() == []


@pytest.mark.django_db
def test_a_worker_that_ended_before_the_replay_costs_nothing(city: FakeCity) -> None:
    """The codes are in force and nothing was replayed: the next poll finds the word known."""
    handover, where = sent(city)
    told = item(where, "crew sent", after=1, body_reference=handover.body_reference)
    apply_update(item_id=told.pk)
    Connection.objects.filter(pk=where.pk).update(statuses={"crew sent": "in_progress"})
    poll(connection_id=where.pk)
    assert status_of(handover) == "in_progress"


# --- The preview ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_preview_reads_real_messages_and_changes_nothing(city: FakeCity) -> None:
    handover, where = sent(city, category_codes={"pothole": "P1"})
    for number, word in enumerate(["open"] * 6 + ["crew sent", "no", ""]):
        item(where, word, after=number, body_reference=handover.body_reference, words="W" * 500)
    shown = preview_codes(
        where, {"open": "acknowledged", "crew sent": "in_progress"}, {"pothole": "P2"}
    )
    changed = {(one.kind, one.word, one.now, one.then) for one in shown if one.changes}
    assert changed == {
        ("status", "crew sent", "waits for a mapping", "in_progress"),
        ("status", "no", "declined:not_ours", "waits for a mapping"),
        ("category", "pothole", "P1", "P2"),
    }
    assert [one.changes for one in shown] == sorted((one.changes for one in shown), reverse=True)
    same = [one for one in shown if not one.changes]
    assert {(one.word, one.now) for one in same} == {("open", "acknowledged"), ("", "comment")}
    assert len([one for one in same if one.word == "open"]) == 3, "a frequent word hides no other"
    assert all(len(one.text) <= 200 for one in shown)
    assert len(preview_codes(where, {}, {}, limit=2)) == 2
    where.refresh_from_db()
    assert (where.codes_version, status_of(handover)) == (0, "acknowledged")


@pytest.mark.django_db
def test_unmapped_counts_and_names_each_word_once(city: FakeCity) -> None:
    handover, where = sent(city)
    for number in range(4):
        told = item(where, "odd", after=number, body_reference=handover.body_reference,
                    words=f"Line {number}\nmore")  # fmt: skip
        apply_update(item_id=told.pk)
    (one,) = unmapped(where)
    assert (one.count, one.connection) == (4, where)
    assert one.examples[0] == f"{handover.body_reference}: Line 0 more"
    assert len(one.examples) == 3
    assert one.since == where.inbox.order_by("pk")[0].received_at
    other = connection(to=build.body())
    assert unmapped(other) == []

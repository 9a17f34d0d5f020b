"""Codes edited, tried on real messages, saved as a version, and what happens when two do it at once."""

from typing import Any

import pytest
from django.urls import reverse

from mysmartcity.connectors.actions import apply_update, give_codes
from mysmartcity.connectors.models import CodeBook, Connection
from mysmartcity.dispatch.actions import acknowledge
from tests.connectors.build import FakeCity, connection, handed_over, item
from tests.desk.conftest import Staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def its(city: FakeCity) -> Connection:
    del city
    handover = handed_over()
    acknowledge(handover=handover, body_reference="C-1")
    return connection(to=handover.body, statuses={"busy": "in_progress"})


def path_of(its: Connection, name: str = "connection-codes") -> str:
    return reverse(f"desk:{name}", args=[its.public_id])


def form(its: Connection, **changed: str) -> dict[str, Any]:
    """What the page would post: the words in force with changes, and one category's code."""
    statuses = {**its.statuses, **changed}
    return {
        "word": list(statuses),
        "meaning": list(statuses.values()),
        "code-pothole": "RD-1",
        "seen_version": its.codes_version,
        "note": "They told us by phone",
    }


def test_it_works(its: Connection, operator: Staff) -> None:
    item(its, "Busy", after=1)
    item(its, "busy", after=2)
    page = operator.page(path_of(its))
    assert 'value="busy"' in page
    assert "Save as version" not in page, "nothing is saved before it was tried"
    tried = operator.post(path_of(its), {**form(its, busy="on_hold"), "act": "preview"})
    text = tried.content.decode()
    assert "Tried on the newest" in text
    assert '<span class="mark">On hold</span>' in text
    assert "Save as version 1" in text
    assert CodeBook.objects.count() == 0
    saved = operator.post(path_of(its), {**form(its, busy="on_hold"), "act": "save"})
    assert saved["Location"] == path_of(its)
    its.refresh_from_db()
    assert its.statuses == {"busy": "on_hold"}
    assert its.category_codes == {"pothole": "RD-1"}
    book = CodeBook.objects.get(version=1)
    assert CodeBook.objects.get(version=0).made_by is None, "what was there before is kept too"
    assert (book.note, book.made_by) == ("They told us by phone", operator.person)
    assert "Version 1 is in force" in operator.page(path_of(its))


def test_nothing_changed_is_said(its: Connection, operator: Staff) -> None:
    same = {**form(its), "act": "preview", "code-pothole": ""}
    assert "Nothing: what you typed is what is in force." in post(operator, its, same)


def post(client: Staff, its: Connection, data: dict[str, Any], *, status: int = 200) -> str:
    reply = client.post(path_of(its), data)
    assert reply.status_code == status
    return str(reply.content.decode())


def test_a_wrong_meaning_is_told_and_nothing_is_saved(its: Connection, operator: Staff) -> None:
    page = post(operator, its, {**form(its, done="fixed"), "act": "save"}, status=422)
    assert "leads to" in page
    assert 'value="done"' in page, "what was typed is still there"
    its.refresh_from_db()
    assert its.codes_version == 0


def test_a_colleague_was_faster(its: Connection, operator: Staff, dispatcher: Staff) -> None:
    mine = form(its, late="scheduled")
    give_codes(
        connection=its, category_codes={}, statuses={"busy": "on_hold"}, note="Strike",
        by=dispatcher.person, seen_version=0,
    )  # fmt: skip
    for act in ("preview", "save"):
        page = post(operator, its, {**mine, "act": act}, status=409)
        assert "A colleague saved other codes meanwhile" in page
        assert "Nomsa" in page
        assert "Strike" in page
        assert 'value="late"' in page
        assert 'name="seen_version" value="1"' in page
    its.refresh_from_db()
    assert (its.codes_version, its.statuses) == (1, {"busy": "on_hold"})
    # Having seen it, saving again is a choice.
    assert (
        operator.post(path_of(its), {**mine, "seen_version": 1, "act": "save"}).status_code == 303
    )


def test_a_word_that_waits_stands_first_and_is_applied(its: Connection, operator: Staff) -> None:
    waiting = item(its, "Odd word", after=1, body_reference="C-1")
    apply_update(item_id=waiting.pk)
    page = operator.page(path_of(its))
    assert "waits for a meaning" in page
    assert page.index('value="Odd word"') < page.index('value="busy"')
    operator.post(path_of(its), {**form(its, **{"Odd word": "comment"}), "act": "save"})
    waiting.refresh_from_db()
    assert waiting.applied_at is not None


def test_an_older_version_again(its: Connection, operator: Staff) -> None:
    for meaning in ("on_hold", "scheduled"):
        its.refresh_from_db()
        operator.post(path_of(its), {**form(its, busy=meaning), "act": "save"})
    assert operator.page(path_of(its)).count("Use again") == 2, (
        "version 1, and what was there before"
    )
    operator.post(path_of(its, "connection-restore"), {"version": "1"})
    its.refresh_from_db()
    assert (its.codes_version, its.statuses) == (3, {"busy": "on_hold"})
    operator.post(path_of(its, "connection-restore"), {"version": "99"})
    assert "no" in operator.page(path_of(its)).casefold()
    its.refresh_from_db()
    assert its.codes_version == 3
    assert (
        operator.post(path_of(its, "connection-restore"), {"version": "x" * 50}).status_code == 303
    )


def test_a_dispatcher_looks_only(its: Connection, dispatcher: Staff) -> None:
    page = dispatcher.page(path_of(its))
    assert "readonly" in page
    assert "See what would change" not in page

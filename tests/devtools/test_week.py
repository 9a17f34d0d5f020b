"""The week's own arithmetic: what it compares, what it switches, and that its clock waits for reports."""

import time
from dataclasses import replace

import pytest
import yaml

from devtools.environment import ROOT
from devtools.week.calendar import SPELLS, _day
from devtools.week.compare import Ours, Row, _count, table
from devtools.week.reporting import WAYS, Week
from mysmartcity.demo.cities.capetown_city.city import CitySwitches
from mysmartcity.demo.cities.file_office.office import Switches as FileSwitches
from mysmartcity.demo.cities.mail_office.office import Switches as MailSwitches
from mysmartcity.demo.cities.switches import Switches

KINDS = {"Cape Town": CitySwitches, "Pikitup": FileSwitches, "Mail offices": MailSwitches}


def ours(
    status: str = "reported_fixed", *, said: str = "reported_fixed", state: str = "done"
) -> Ours:
    return Ours("CPT-AAAAAA", "week-1", status, said, "open311", "A city", state, False, 1)


def counted(one: Ours, there: dict[str, int], word: str = "FIXED") -> Row:
    row = Row("A city")
    _count(row, [one], there, {"CPT-AAAAAA": {"theirs": "1", "state": word}})
    return row


def test_what_is_there_once_and_stands_so_agrees() -> None:
    row = counted(ours(), {"CPT-AAAAAA": 1})
    assert (row.agrees, row.once, row.equal) == (True, 1, 1)


@pytest.mark.parametrize(
    ("one", "there", "word", "wrong"),
    [
        (ours(), {}, "FIXED", "missing"),
        (ours(), {"CPT-AAAAAA": 2}, "FIXED", "doubled"),
        (ours(), {"CPT-AAAAAA": 1, "CPT-BBBBBB": 1}, "FIXED", "strange"),
        (ours("in_progress"), {"CPT-AAAAAA": 1}, "FIXED", "different"),
        (ours(said="in_progress"), {"CPT-AAAAAA": 1}, "FIXED", "different"),
        (ours(), {"CPT-AAAAAA": 1}, "A new word", "different"),
        (ours(state="dead"), {"CPT-AAAAAA": 1}, "FIXED", "dead"),
    ],
)
def test_every_difference_is_seen(one: Ours, there: dict[str, int], word: str, wrong: str) -> None:
    row = counted(one, there, word)
    assert not row.agrees
    names = ("missing", "doubled", "strange", "different", "dead")
    assert [name for name in names if getattr(row, name)] == [wrong]


def test_what_the_platform_has_asked_a_human_about_is_counted_by_itself() -> None:
    row = counted(replace(ours("in_progress"), is_disputed=True), {"CPT-AAAAAA": 1})
    assert (row.agrees, row.before_humans, row.equal) == (True, 1, 0)


def test_the_table_adds_up() -> None:
    rows = [counted(ours(), {"CPT-AAAAAA": 1}), counted(ours(), {})]
    assert table(rows).splitlines()[-1].split()[:4] == ["all", "2", "1", "1"]


@pytest.mark.parametrize("spell", SPELLS, ids=lambda spell: f"{spell[2]} {spell[0]}")
def test_every_switch_exists_and_goes_off_again(
    spell: tuple[float, float, str, object, object],
) -> None:
    begins, ends, word, on, off = spell
    assert 0 <= begins < ends <= 168
    assert isinstance(on, dict)
    assert isinstance(off, dict)
    switches = KINDS.get(word, Switches)()
    switches.change(on)
    assert switches != KINDS.get(word, Switches)()
    switches.change(off)
    assert switches == KINDS.get(word, Switches)()


def test_its_categories_exist() -> None:
    known = yaml.safe_load((ROOT / "data" / "categories.yaml").read_text())
    codes = {one["code"] for one in known["categories"]}
    assert {code for _city, some in WAYS.values() for code in some} <= codes


def test_the_week_waits_for_its_reports() -> None:
    week = Week(reports=100, seconds=60, began=time.monotonic() - 61)
    assert week.hour() < 2
    week.made = 100
    assert week.hour() == 168


@pytest.mark.parametrize(
    ("hour", "told"), [(0, "Mon 00:00"), (33.5, "Tue 09:30"), (168, "Sun 23:59")]
)
def test_days(hour: float, told: str) -> None:
    assert _day(hour) == told

"""The story of a request in the simulated city, for every request and pace."""

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from mysmartcity.demo.cities.mail_office import clerk
from mysmartcity.demo.cities.open311_city.life import Filed, events

IDS = st.text("0123456789/", min_size=1, max_size=12)
PACES = st.floats(0.1, 3600)


@given(IDS, PACES, st.lists(st.floats(0, 10_000), max_size=3))
def test_every_request_is_fixed_within_the_pace(name: str, pace: float, again: list[float]) -> None:
    starts = sorted([1000.0, *(1000.0 + after for after in again)])
    request = Filed(name, "A hole", starts[0], starts[1:])
    told = events(request, pace=pace, until=starts[-1] + pace)
    assert told[-1].status == "FIXED"
    assert [one.at for one in told] == sorted(one.at for one in told)
    assert len({one.event_id for one in told}) == len(told)
    assert sum(one.status == "FIXED" for one in told) <= len(starts)


@given(IDS, PACES)
def test_the_first_answer_comes_within_a_minute(name: str, pace: float) -> None:
    assert events(Filed(name, "A hole", 0.0), pace=pace, until=60.0)
    plan = clerk.answers(clerk.Kind.NEW, number=name, text="", pace=pace, has_auto_reply=False)
    assert plan[0].after < 60
    assert [one.after for one in plan] == sorted(one.after for one in plan)
    assert plan[-1].after <= pace


@given(IDS, st.floats(0, 200), st.floats(0, 200))
def test_the_past_never_changes(name: str, earlier: float, later: float) -> None:
    request = Filed(name, "A hole", 0.0)
    early, late = sorted((earlier, later))
    before = events(request, pace=100, until=early)
    assert events(request, pace=100, until=late)[: len(before)] == before


def test_neither_process_needs_django() -> None:
    """They start fast, and a mistake in the platform can't stop the cities."""
    names = "open311_city.__main__", "mail_office.__main__"
    imports = "; ".join(f"import mysmartcity.demo.cities.{name}" for name in names)
    code = f"{imports}; import sys; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

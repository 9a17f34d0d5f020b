"""Icons: every file parses, and nothing but shapes gets through."""

from pathlib import Path

import pytest

from mysmartcity.look import drawings
from mysmartcity.look.statuses import PRESENTATIONS, presentation, status_key, status_label


@pytest.mark.parametrize("name", sorted(drawings.names()))
def test_every_icon_is_drawn_on_the_same_grid(name: str):
    source = (drawings.FOLDER / f"{name}.svg").read_text()
    assert 'viewBox="0 0 24 24"' in source
    assert 'stroke-width="1.75"' in source
    assert 'stroke="currentColor"' in source
    assert drawings.shapes(name).count("<") >= 1


def test_an_icon_is_silent_unless_it_has_a_name():
    assert 'aria-hidden="true"' in drawings.icon("bolt")
    named = drawings.icon("bolt", 'Power "out"')
    assert 'role="img" aria-label="Power &quot;out&quot;"' in named


def test_an_icon_that_is_not_drawn_is_an_error():
    with pytest.raises(KeyError):
        drawings.icon("../tokens")


def test_a_drawing_cannot_carry_a_script(monkeypatch, tmp_path: Path):
    (tmp_path / "evil.svg").write_text("<svg><script>alert(1)</script></svg>")
    (tmp_path / "sly.svg").write_text('<svg><path d="M0 0" onload="alert(1)"/></svg>')
    monkeypatch.setattr(drawings, "FOLDER", tmp_path)
    drawings.names.cache_clear()
    try:
        for name in ("evil", "sly"):
            with pytest.raises(ValueError, match="may not hold"):
                drawings.shapes(name)
    finally:
        drawings.names.cache_clear()


def test_every_group_has_its_own_shape():
    drawn = {drawings.shapes(name) for name in drawings.GROUP_ICONS.values()}
    assert len(drawn) == len(drawings.GROUP_ICONS) == 8


def test_every_status_is_told_apart_without_colour():
    looks = PRESENTATIONS.values()
    assert len({look.shape for look in looks}) == len(looks)
    assert len({str(look.label) for look in looks}) == len(looks)
    assert {look.shape for look in looks} <= drawings.names()


def test_the_three_ways_of_being_fixed_look_different():
    tones = {
        presentation(key).tone for key in ("reported_fixed", "fixed_confirmed", "fixed_silence")
    }
    assert tones == {"claim", "proof", "silence"}


def test_fixed_is_shown_by_who_vouched_for_it():
    assert status_key("fixed", fixed_by="resident") == "fixed_confirmed"
    assert status_key("fixed", fixed_by="silence") == "fixed_silence"
    assert status_key("on_hold") == "on_hold"


def test_a_claim_names_the_body():
    assert status_label("reported_fixed", body="Pikitup") == "Pikitup says fixed"
    assert status_label("on_hold", body="Pikitup") == "On hold"

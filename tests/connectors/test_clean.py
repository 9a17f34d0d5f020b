"""Words for the public: what happened stays, who did it goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysmartcity.connectors.clean import MAX_WORDS, public_words


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("The team has repaired it.", "The team has repaired it."),
        ("Assigned to City Power.", "Assigned to City Power."),
        ("Assigned to Thabo Nkosi for repair", "Assigned to a staff member for repair"),
        ("Attended by J. van der Merwe today", "Attended by a staff member today"),
        ("Foreman: Pieter Botha is on site", "Foreman: a staff member is on site"),
        ("Mrs Naidoo will look at it", "a staff member will look at it"),
        ("Ask thabo.n@city.gov.za", "Ask (address removed)"),
        ("Call 021 400 1234 ext 5512", "Call (number removed) (number removed)"),
        ("Call +27 (0)82 555-1234.", "Call (number removed)."),
        ("Job 9113456789 is booked for 2026-11-24", "Job 9113456789 is booked for 2026-11-24"),
        ("Reference 240312/17", "Reference 240312/17"),
        ("Fixed.\n\nKind regards\nThabo\nSupervisor", "Fixed."),
        ("Reg\n--\nThabo", "Reg"),
        ("03.02.2024 10:11:12 SAST Thabo Nkosi (TNKOSI) Phone 021\nLamp replaced", "Lamp replaced"),
        (
            "28.11.2014 11:20:13 Gareth Dohne (SC_GD1) The carcass has been removed.",
            "The carcass has been removed.",
        ),
        (
            "28.11.2014 11:20:13 Gareth Dohne (SC_GD1) Passed on. 29.11.2014 08:00:00 T. Petersen "
            "(EL_TP2) Work has started (see photo).",
            "Passed on.\nWork has started (see photo).",
        ),
        ("28.11.2014 11:20:13 G. Dohne (SC_GD1) Telkom told", "Telkom told"),
        ("28.11.2014 11:20:13 Nomsa van Wyk (nwyk) Team told", "Team told"),
        ("28.11.2014 11:20:13 Jacobus (Kobus) Smit (RD_KS1) Team told", "Team told"),
        ("* 28.11.2014 11:20 SAST Gareth Dohne\nRemoved", "Removed"),
        ("28.11.2014 11:20:13 Gareth Dohne: Removed", "Removed"),
        ("Booked for 28.11.2014 08:00 in Main Road", "Booked for 28.11.2014 08:00 in Main Road"),
        (
            "03.02.2024 10:11:12 SAST T. Nkosi (TNK) Tel: 021 400 1234 Lamp replaced",
            "Lamp replaced",
        ),
        ("", ""),
        ("\x00\x1b", ""),
    ],
)
def test_what_the_public_reads(raw: str, clean: str) -> None:
    assert public_words(raw) == clean


def test_long_words_are_cut() -> None:
    assert len(public_words("a word " * 5000)) <= MAX_WORDS


@given(st.text(max_size=400))
def test_any_text_is_survived(raw: str) -> None:
    assert "@example.org" not in public_words(f"{raw} a@example.org")

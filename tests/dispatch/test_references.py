"""Spellings of references: what is one and what is two, and that the look-up key never parts one."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysmartcity.dispatch.references import MAX_KEY, loose_key, normal_form

words = st.text(max_size=100)
plain = st.text(alphabet=string.ascii_letters + string.digits + "-/. ", min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("one", "two", "ignores_zeros", "is_same"),
    [
        ("CP 1234", "cp1234", False, True),
        (" 100 ", "100", False, True),
        ("000123", "123", False, False),
        ("000123", "123", True, True),
        ("000", "0", True, True),
        ("100", "1000", True, False),
        ("A-1", "A1", False, False),
        ("", "0", True, False),
    ],
)
def test_it_works(one: str, two: str, *, ignores_zeros: bool, is_same: bool) -> None:
    forms = {normal_form(word, ignores_zeros=ignores_zeros) for word in (one, two)}
    assert (len(forms) == 1) is is_same


@given(words, st.booleans())
def test_a_normal_form_is_its_own(word: str, ignores_zeros: bool) -> None:
    once = normal_form(word, ignores_zeros=ignores_zeros)
    assert normal_form(once, ignores_zeros=ignores_zeros) == once


@given(plain, st.booleans())
def test_case_and_spaces_never_count(word: str, ignores_zeros: bool) -> None:
    same = " ".join(word.upper()) + "\t"
    assert normal_form(same, ignores_zeros=ignores_zeros) == normal_form(
        word, ignores_zeros=ignores_zeros
    )


@given(plain, st.integers(0, 6))
def test_zeros_count_unless_the_body_says_otherwise(word: str, zeros: int) -> None:
    filled = "0" * zeros + word
    assert normal_form(filled, ignores_zeros=True) == normal_form(word, ignores_zeros=True)
    has_more = bool(zeros)
    assert (normal_form(filled) != normal_form(word)) is has_more


@given(words, words, st.booleans())
def test_what_is_the_same_has_the_same_key(one: str, two: str, ignores_zeros: bool) -> None:
    """The other way round need not be true: a key only finds candidates."""
    if normal_form(one, ignores_zeros=ignores_zeros) == normal_form(
        two, ignores_zeros=ignores_zeros
    ):
        assert loose_key(one) == loose_key(two)


@given(words)
def test_a_key_always_fits(word: str) -> None:
    assert len(loose_key(word)) <= MAX_KEY

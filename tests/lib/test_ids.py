"""References that survive a phone call, and secrets."""

from hypothesis import given
from hypothesis import strategies as st

from mysmartcity.lib import ids


@given(st.integers(0, 5), st.sampled_from(ids.ALPHABET))
def test_one_wrong_character_is_found(place: int, wrong: str) -> None:
    reference = ids.new_reference("CPT")
    body = reference[4:]
    changed = body[:place] + wrong + body[place + 1 :]
    expected = reference if changed == body else None
    assert ids.read_reference(f"CPT-{changed}") == expected


@given(st.integers(0, 4))
def test_swapped_neighbours_are_found(place: int) -> None:
    reference = ids.new_reference("JHB")
    letters = list(reference[4:])
    letters[place], letters[place + 1] = letters[place + 1], letters[place]
    changed = "JHB-" + "".join(letters)
    assert ids.read_reference(changed) == (reference if changed == reference else None)


def test_a_reference_is_read_as_people_write_it() -> None:
    reference = ids.new_reference("CPT")
    spoken = " ".join(reference.lower().replace("-", ""))
    assert ids.read_reference(spoken) == reference


def test_another_city_s_prefix_does_not_pass_the_check() -> None:
    reference = ids.new_reference("CPT")
    assert ids.read_reference("JHB" + reference[3:]) is None


@given(st.text(max_size=30))
def test_any_text_is_read_without_error(text: str) -> None:
    assert ids.read_reference(text) is None or ids.find_references(text) is not None


def test_no_look_alikes() -> None:
    assert not set("01OILU") & set(ids.ALPHABET)


def test_references_are_found_in_a_subject() -> None:
    one, two = ids.new_reference("CPT"), ids.new_reference("EKU")
    assert ids.find_references(f"Re: [{one}] and {two}. CPT-XXXXX9") == [one, two]


def test_secrets_carry_enough_bits() -> None:
    assert len(ids.new_secret()) >= 32
    assert ids.new_secret() != ids.new_secret()

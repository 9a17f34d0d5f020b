"""Addresses as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysmartcity.lib.street import Street, parse_street


@pytest.mark.parametrize(
    ("address", "street", "number", "suburb"),
    [
        ("12 Main Road, Woodstock", "Main Road", "12", "Woodstock"),
        ("12A Long St", "Long St", "12A", ""),
        ("12 a Long Street", "Long Street", "12A", ""),
        ("14-16 Kloof Street, Gardens, Cape Town, 8001", "Kloof Street", "14-16", "Gardens"),
        ("No. 7 Station Rd, Observatory", "Station Rd", "7", "Observatory"),
        ("#7 Station Rd", "Station Rd", "7", ""),
        ("Flat 3, 12 Main Road, Woodstock", "Main Road", "12", "Woodstock"),
        ("Unit 4B 12 Main Road", "Main Road", "12", ""),
        ("Shop 3 Canal Walk, Century City", "Canal Walk", "", "Century City"),
        ("Oak Court, 5 Park Avenue, Mowbray", "Park Avenue", "5", "Mowbray"),
        ("12, Main Road, Woodstock", "Main Road", "12", "Woodstock"),
        ("Hoofweg 12, Paarl", "Hoofweg", "12", "Paarl"),
        ("Voortrekker Road 101", "Voortrekker Road", "101", ""),
        ("Kerkstraat 5", "Kerkstraat", "5", ""),
        ("12 Adderley, Cape Town", "Adderley", "12", ""),
        ("12 Main Road Woodstock", "Main Road", "12", ""),
        ("3 St Georges Mall Street", "St Georges Mall Street", "3", ""),
        ("3 Van der Merwe Street", "Van der Merwe Street", "3", ""),
        ("Main Road, Woodstock", "Main Road", "", "Woodstock"),
        ("Cnr Long St & Wale St", "Cnr Long St & Wale St", "", ""),
        (
            "corner of Long and Wale Streets, City Bowl",
            "Cnr Long and Wale Streets",
            "",
            "City Bowl",
        ),
        ("Long Street / Wale Street", "Cnr Long Street / Wale Street", "", ""),
        ("hoek van Kerkstraat en Hoofweg", "Cnr Kerkstraat en Hoofweg", "", ""),
        ("3 houses down from the school", "", "", ""),
        ("2 potholes in the road", "", "", ""),
        ("next to the bridge, Main Road", "Main Road", "", ""),
        ("on the corner", "", "", ""),
        ("Woodstock", "", "", ""),
        ("12", "", "", ""),
        ("N2 inbound", "", "", ""),
        ("", "", "", ""),
    ],
)
def test_what_is_told_apart(address: str, street: str, number: str, suburb: str) -> None:
    assert parse_street(address) == Street(street, number, suburb)


def test_whole_means_street_and_number() -> None:
    assert parse_street("12 Main Road").is_whole
    assert not parse_street("Main Road").is_whole
    assert not parse_street("Cnr Long St & Wale St").is_whole


@given(st.text(max_size=200))
def test_any_text_is_survived(address: str) -> None:
    found = parse_street(address)
    assert len(found.street) <= len(address) + 4

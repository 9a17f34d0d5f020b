"""The demo city has words for everything and names nobody."""

import re

from tests.data.reference import GROUP_OF, METROS, area_names, read


def test_the_demo_has_words_for_every_category_and_weights_for_known_places() -> None:
    demo = read("demo/issues.yaml")
    assert set(demo["descriptions"]) == set(GROUP_OF)
    assert set(demo["category_weights"]) == set(GROUP_OF)
    assert sum(map(len, demo["descriptions"].values())) >= 80
    assert len(demo["suburb_weights"]["capetown"]) == 60
    assert set(demo["streets"]) == set(demo["suburb_weights"]) == set(METROS)
    for metro, weights in demo["suburb_weights"].items():
        known = {
            name.casefold() for kind in ("suburb", "place") for name in area_names(metro, kind)
        }
        assert {name.casefold() for name in weights} <= known, metro


def test_the_demo_names_no_phone_no_address_and_no_plate() -> None:
    text = "\n".join(
        line for lines in read("demo/issues.yaml")["descriptions"].values() for line in lines
    )
    assert not re.search(r"\d{7,}|@|\b[A-Z]{2,3} ?\d{2,3} ?[A-Z]{2,3}\b", text)

"""Reads the files in data/ for the tests beside this one. Nothing is checked here but repeated keys."""

import collections
import functools
import json
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).resolve().parents[2] / "data"
METROS = ("capetown", "ekurhuleni", "ethekwini", "johannesburg", "tshwane")

Row = dict[str, Any]


class NoRepeats(yaml.SafeLoader):
    """YAML lets a mapping say one key twice and keeps the last; here that is a mistake."""


def _mapping(loader: NoRepeats, node: yaml.MappingNode) -> Row:
    keys = [loader.construct_object(key) for key, _value in node.value]
    repeated = [key for key, count in collections.Counter(keys).items() if count > 1]
    assert not repeated, f"{node.start_mark}: said twice: {repeated}"
    return loader.construct_mapping(node, deep=True)


NoRepeats.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


@functools.cache
def read(name: str) -> Any:
    """A YAML file of data/."""
    return yaml.load((DATA / name).read_text(encoding="utf-8"), Loader=NoRepeats)


@functools.cache
def features(file: str) -> list[Row]:
    """The features of a boundary file."""
    found: list[Row] = json.loads((DATA / "boundaries" / file).read_text())["features"]
    return found


BODIES: list[Row] = read("bodies.yaml")["bodies"]
JURISDICTIONS: list[Row] = read("jurisdictions.yaml")["jurisdictions"]
CATEGORIES: list[Row] = read("categories.yaml")["categories"]
LAYERS: list[Row] = read("boundaries/layers.yaml")["layers"]
BODY_SLUGS = {body["slug"] for body in BODIES}
GROUP_OF = {category["code"]: category["group"] for category in CATEGORIES}
MUNICIPALITY_OF = {row["slug"]: row["municipality"] for row in JURISDICTIONS}


def area_names(metro: str, kind: str) -> collections.Counter[str]:
    """The names of all imported shapes of a kind in a metro."""
    names: collections.Counter[str] = collections.Counter()
    for layer in LAYERS:
        if layer["kind"] == kind and layer["municipality"] == MUNICIPALITY_OF[metro]:
            for feature in features(layer["file"]):
                own = feature["properties"]
                if str(own[layer["code_field"]]) not in layer.get("skip_codes", ()):
                    names[layer["name_format"].format(own[layer["name_field"]])] += 1
    return names

"""The files in data/ hold together: codes, questions, promises, responsibility, names of areas.

Nothing here touches the database; whether the files load into it is tested with the loader.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import shapely
from shapely.geometry import shape

from mysmartcity.issues.models import Category, DataType, Group, Privacy, Question
from mysmartcity.issues.models import Jurisdiction as JurisdictionRow
from mysmartcity.people.models import Body, BodyKind
from mysmartcity.places.models import AreaKind
from tests.data.reference import (
    BODIES,
    BODY_SLUGS,
    CATEGORIES,
    DATA,
    GROUP_OF,
    JURISDICTIONS,
    LAYERS,
    METROS,
    Row,
    area_names,
    features,
    read,
)

LISTS = (DataType.SINGLE, DataType.MULTI)
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def fits(model: Any, field: str, value: str) -> bool:
    """Whether a text fits the column that it is loaded into."""
    limit = model._meta.get_field(field).max_length
    return limit is None or len(value) <= limit


def all_questions() -> Iterator[tuple[Row, Row]]:
    """Every question with its category."""
    for category in CATEGORIES:
        for question in category["questions"]:
            yield category, question


def all_levels() -> Iterator[tuple[str, str, Row]]:
    """Every published promise: metro, category, promise."""
    for metro in METROS:
        for code, offer in read(f"metros/{metro}.yaml")["categories"].items():
            if offer.get("service_level"):
                yield metro, code, offer["service_level"]


def all_rules() -> Iterator[tuple[str, Row]]:
    """Every responsibility rule with its metro."""
    for metro in METROS:
        for rule in read(f"metros/{metro}.yaml")["responsibility"]:
            yield metro, rule


def best_rules(metro: str, code: str) -> list[Row]:
    """The rules for a whole metro that fit a category, those of the highest priority."""
    fitting = [
        rule
        for rule in read(f"metros/{metro}.yaml")["responsibility"]
        if rule["area"] is None
        and (code in rule.get("categories", ()) or GROUP_OF[code] in rule.get("groups", ()))
    ]
    top = max((rule["priority"] for rule in fitting), default=0)
    return [rule for rule in fitting if rule["priority"] == top]


# --- Bodies and jurisdictions ---------------------------------------------------------------------


def test_bodies_are_known_kinds_and_stand_after_their_parents() -> None:
    seen: set[str] = set()
    for body in BODIES:
        assert SLUG.fullmatch(body["slug"]), body
        assert body["slug"] not in seen, body
        assert body["kind"] in BodyKind.values, body
        assert body["parent"] is None or body["parent"] in seen, body
        assert body["municipality"] is None or body["municipality"] in METROS, body
        assert body["source"], f"{body['slug']} has no source"
        for field in ("name", "short_name", "phone", "email", "hours", "url", "source"):
            assert fits(Body, field, body[field] or ""), (body["slug"], field)
        seen.add(body["slug"])


def test_jurisdictions_are_the_five_metros_with_bodies_and_prefixes_of_their_own() -> None:
    assert sorted(row["slug"] for row in JURISDICTIONS) == sorted(METROS)
    assert len({row["prefix"] for row in JURISDICTIONS}) == len(METROS)
    for row in JURISDICTIONS:
        assert row["body"] in BODY_SLUGS, row
        assert fits(JurisdictionRow, "prefix", row["prefix"]), row
        assert {"112", "10111", "10177"} <= set(row["emergency_numbers"]), row
        assert row["languages"][0] == "en", row


@pytest.mark.parametrize("row", JURISDICTIONS, ids=lambda row: str(row["slug"]))
def test_the_point_of_a_jurisdiction_lies_well_inside_it_and_in_no_other(row: Row) -> None:
    lat, lng = row["point"]
    # A kilometre of room, so that a coast drawn a little differently doesn't drown it.
    spot = shapely.Point(lng, lat).buffer(0.01)
    holding = [
        feature["properties"]["code"]
        for feature in features("metros_wof.geojson")
        if shape(feature["geometry"]).contains(spot)
    ]
    assert holding == [row["municipality"]]


# --- Categories -----------------------------------------------------------------------------------


def test_there_are_at_least_60_categories_with_codes_of_their_own_in_every_group() -> None:
    codes = [category["code"] for category in CATEGORIES]
    assert len(codes) >= 60
    assert len(set(codes)) == len(codes)
    assert len({category["name"] for category in CATEGORIES}) == len(codes)
    assert {category["group"] for category in CATEGORIES} == set(Group.values)


@pytest.mark.parametrize("category", CATEGORIES, ids=lambda row: str(row["code"]))
def test_a_category_says_what_it_must_in_words_that_fit(category: Row) -> None:
    assert SLUG.fullmatch(category["code"])
    assert category["privacy"] in Privacy.values
    assert category["service_level"] is None, "a promise belongs to a metro and needs a source"
    assert all(isinstance(word, str) and word.strip() for word in category["keywords"])
    assert len(category["keywords"]) >= 3
    for field in ("code", "name", "description", "safety_notice"):
        assert fits(Category, field, category[field] or ""), field
    emergency = category["emergency"]
    if emergency:
        assert fits(Category, "emergency", emergency["text"])
        assert emergency["numbers"]
        assert set(emergency["numbers"]) <= {"112", "10111", "10177"}


def test_faults_at_a_home_are_shown_coarsely() -> None:
    coarse = {category["code"] for category in CATEGORIES if category["privacy"] == Privacy.COARSE}
    at_home = {code for code in GROUP_OF if code.endswith("-home")}
    assert at_home
    assert at_home <= coarse


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("robot", "traffic-light-out"),
        ("geyser", "leak-at-home"),
        ("pole", "street-light-out"),
        ("loadshedding", "power-out-area"),
        ("slaggat", "pothole"),
        ("umgodi", "pothole"),
        ("amanzi", "burst-water-pipe"),
        ("ugesi", "power-out-area"),
        ("kragonderbreking", "power-out-area"),
        ("straatlig", "street-light-out"),
        ("vullis", "bin-not-collected"),
        ("vrot", "dead-animal"),
        ("donga", "erosion-donga"),
    ],
)
def test_the_words_of_south_africans_lead_to_the_category(word: str, code: str) -> None:
    (category,) = [category for category in CATEGORIES if category["code"] == code]
    assert word in category["keywords"]


# --- Questions ------------------------------------------------------------------------------------


def test_all_six_datatypes_are_asked_for() -> None:
    asked = {question["datatype"] for _, question in all_questions() if not question.get("notice")}
    assert asked == set(DataType.values)


def test_questions_fit_their_columns_and_have_codes_of_their_own() -> None:
    known = {"code", "text", "datatype", "required", "hint", "choices", "condition", "notice"}
    for category, question in all_questions():
        where = (category["code"], question["code"])
        assert set(question) <= known, where
        assert SLUG.fullmatch(question["code"]), where
        assert question["datatype"] in DataType.values, where
        assert isinstance(question["required"], bool), where
        assert fits(Question, "text", question["text"]), where
        assert fits(Question, "hint", question.get("hint") or ""), where
        assert not (question.get("notice") and question["required"]), where
    for category in CATEGORIES:
        codes = [question["code"] for question in category["questions"]]
        assert len(set(codes)) == len(codes), category["code"]


def test_lists_and_only_lists_have_choices_with_keys_of_their_own() -> None:
    for category, question in all_questions():
        where = (category["code"], question["code"])
        choices = question.get("choices") or []
        assert (len(choices) >= 2) == (question["datatype"] in LISTS), where
        keys = [choice["key"] for choice in choices]
        assert len(set(keys)) == len(keys), where
        # Unquoted, YAML reads yes, no, on and off as true and false.
        assert all(isinstance(choice[part], str) for choice in choices for part in choice), where


def test_a_condition_refers_to_an_earlier_question_and_one_of_its_choices() -> None:
    for category in CATEGORIES:
        earlier: dict[str, list[str]] = {}
        for question in category["questions"]:
            condition = question.get("condition")
            if condition:
                where = (category["code"], question["code"])
                assert condition["value"] in earlier.get(condition["question"], []), where
            keys = [choice["key"] for choice in question.get("choices") or []]
            earlier[question["code"]] = keys


# --- Metros: what is offered and promised ---------------------------------------------------------


@pytest.mark.parametrize("metro", METROS)
def test_a_metro_says_of_every_category_whether_it_is_offered(metro: str) -> None:
    offers = read(f"metros/{metro}.yaml")["categories"]
    assert set(offers) == set(GROUP_OF)
    assert all(isinstance(offer["offered"], bool) for offer in offers.values())
    assert sum(offer["offered"] for offer in offers.values()) >= 60


def test_every_promise_has_a_source_one_clock_and_somebody_who_gave_it() -> None:
    levels = list(all_levels())
    assert levels
    for metro, code, level in levels:
        where = (metro, code)
        assert level["source"], where
        assert level["text"], where
        assert level["hours"] is None or level["working_days"] is None, where
        for number in (level["hours"], level["working_days"]):
            assert number is None or number > 0, where
        assert level["percentile"] is None or 0 < level["percentile"] < 100, where
        assert level["body"] in BODY_SLUGS, where
        assert fits(Category, "level_text", level["text"]), where
        assert fits(Category, "level_source", level["source"]), where


def test_a_promise_is_of_a_body_that_can_be_responsible_for_the_category() -> None:
    for metro, code, level in all_levels():
        (rule,) = best_rules(metro, code)
        assert rule["body"] == level["body"], (metro, code)


# --- Responsibility -------------------------------------------------------------------------------


def test_rules_name_known_bodies_groups_and_categories_and_say_why() -> None:
    for metro, rule in all_rules():
        where = (metro, rule["body"], rule["priority"])
        assert rule["body"] in BODY_SLUGS, where
        assert rule.get("groups") or rule.get("categories"), where
        assert set(rule.get("groups", ())) <= set(Group.values), where
        assert set(rule.get("categories", ())) <= set(GROUP_OF), where
        assert isinstance(rule["priority"], int), where
        assert rule["reason"].endswith("."), where
        assert len(rule["reason"]) <= 300, where
        # The loader puts "data/metros: " before the source, in a column of 300.
        assert 0 < len(rule["source"]) <= 280, where


@pytest.mark.parametrize("metro", METROS)
def test_every_offered_category_has_exactly_one_body_for_the_whole_metro(metro: str) -> None:
    for code, offer in read(f"metros/{metro}.yaml")["categories"].items():
        if offer["offered"]:
            rules = best_rules(metro, code)
            assert len(rules) == 1, (code, [rule["body"] for rule in rules])


def test_a_metro_is_served_by_its_own_bodies_or_by_those_above_it() -> None:
    municipality = {body["slug"]: body["municipality"] for body in BODIES}
    for metro, rule in all_rules():
        assert municipality[rule["body"]] in (None, metro), (metro, rule["body"])


def test_an_area_rule_outranks_the_rule_for_the_whole_metro() -> None:
    for metro, rule in all_rules():
        if rule["area"]:
            codes = [code for code, group in GROUP_OF.items() if group in rule.get("groups", ())]
            for code in [*codes, *rule.get("categories", ())]:
                assert rule["priority"] > best_rules(metro, code)[0]["priority"], (metro, code)


def test_areas_in_rules_are_shapes_of_the_boundary_files_named_once() -> None:
    checked = 0
    for metro, rule in all_rules():
        for area in (rule["area"], rule.get("except_areas")):
            if area:
                # A place is a point and holds nothing: no rule can hang on it.
                assert area["kind"] in {"suburb", "ward", "municipality"}, rule
                known = area_names(metro, area["kind"])
                for name in area["names"]:
                    assert known[name] == 1, (metro, name, known[name])
                    checked += 1
    assert checked


# --- Boundaries -----------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", LAYERS, ids=lambda row: str(row["name"]))
def test_a_layer_names_fields_that_its_file_has(layer: Row) -> None:
    assert layer["kind"] in AreaKind.values
    fields = [layer["code_field"], layer["name_field"], *layer["alt_name_fields"]]
    fields += [layer[field] for field in ("municipality_field", "current_field") if field in layer]
    for feature in features(layer["file"]):
        own = feature["properties"]
        assert set(fields) <= set(own), own
        assert str(own[layer["code_field"]])
        assert str(own[layer["name_field"]])
    codes = [feature["properties"][layer["code_field"]] for feature in features(layer["file"])]
    assert len(set(codes)) == len(codes)
    assert set(layer.get("skip_codes", ())) <= set(map(str, codes))
    assert all(layer[field] for field in ("source", "licence", "credit"))
    if "skip_codes" in layer:
        assert layer["skip_reason"]


def test_every_boundary_file_is_listed_and_credited_and_wards_are_approximate() -> None:
    files = {file.name for file in (DATA / "boundaries").glob("*.geojson")}
    assert {layer["file"] for layer in LAYERS} == files
    assert len({layer["name"] for layer in LAYERS}) == len(LAYERS)
    assert all(layer["approximate"] for layer in LAYERS if layer["kind"] == "ward")
    credits = (DATA / "boundaries" / "CREDITS.md").read_text(encoding="utf-8")
    for file in files:
        family = re.sub(r"_[A-Z]{3}\.geojson$", "_*.geojson", file)
        assert f"`{family}`" in credits, family

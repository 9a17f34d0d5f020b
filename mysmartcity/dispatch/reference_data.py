"""Loads bodies, jurisdictions, categories and responsibility from the YAML files in `data/`.

Loading twice changes nothing; loading a changed file changes what differs. What staff added by hand
under other codes stays. Everything is one transaction: a bad file leaves all as it was.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from mysmartcity.dispatch.models import Responsibility
from mysmartcity.issues.models import Category, Jurisdiction, Question
from mysmartcity.people.models import Body
from mysmartcity.places.models import Area

Row = Mapping[str, Any]


class BadReferenceData(ValueError):
    """A file says something that does not fit; the message names file and entry."""


def read(file: Path) -> Any:
    """What a YAML file says."""
    with file.open(encoding="utf-8") as stream:
        return yaml.safe_load(stream)


@transaction.atomic
def load(folder: Path) -> dict[str, int]:
    """Load everything from a folder like `data/`; gives the number of rows of each kind."""
    bodies = _load_bodies(read(folder / "bodies.yaml")["bodies"])
    definitions = {row["code"]: row for row in read(folder / "categories.yaml")["categories"]}
    counts = {"bodies": len(bodies), "jurisdictions": 0, "categories": 0, "responsibilities": 0}
    for row in read(folder / "jurisdictions.yaml")["jurisdictions"]:
        jurisdiction = _load_jurisdiction(row, bodies)
        metro = read(folder / "metros" / f"{jurisdiction.slug}.yaml")
        counts["jurisdictions"] += 1
        counts["categories"] += _load_categories(jurisdiction, definitions, metro["categories"])
        counts["responsibilities"] += _load_rules(jurisdiction, bodies, metro["responsibility"])
    return counts


def _load_bodies(rows: Sequence[Row]) -> dict[str, Body]:
    bodies: dict[str, Body] = {}
    for row in rows:
        parent = bodies.get(row.get("parent") or "")
        if row.get("parent") and parent is None:
            raise BadReferenceData(f"bodies.yaml: {row['slug']} comes before its parent")
        plain = ("name", "short_name", "kind", "phone", "email", "hours", "url", "source")
        values = {name: row.get(name) or "" for name in plain}
        bodies[row["slug"]], _made = Body.objects.update_or_create(
            slug=row["slug"], defaults={**values, "parent": parent}
        )
    return bodies


def _load_jurisdiction(row: Row, bodies: Mapping[str, Body]) -> Jurisdiction:
    area = Area.objects.filter(
        kind="municipality",
        municipality_code=row["municipality"],
        retired_at=None,
        is_approximate=False,
    ).first()
    if area is None:
        raise BadReferenceData(
            f"jurisdictions.yaml: no municipality {row['municipality']} has been imported"
        )
    lat, lng = row["point"]
    jurisdiction, _made = Jurisdiction.objects.update_or_create(
        slug=row["slug"],
        defaults={
            "name": row["name"],
            "prefix": row["prefix"],
            "body": bodies[row["body"]],
            "area": area,
            "lat": lat,
            "lng": lng,
        },
    )
    return jurisdiction


def _load_categories(
    jurisdiction: Jurisdiction, definitions: Mapping[str, Row], offers: Mapping[str, Row]
) -> int:
    for position, (code, definition) in enumerate(definitions.items()):
        offer = offers.get(code) or {"offered": False}
        category, _made = Category.objects.update_or_create(
            jurisdiction=jurisdiction,
            code=code,
            defaults={**_category_values(definition, offer), "position": position},
        )
        _load_questions(category, definition.get("questions") or [])
    return sum(1 for offer in offers.values() if offer.get("offered", True))


def _category_values(definition: Row, offer: Row) -> dict[str, Any]:
    emergency = definition.get("emergency") or {}
    level = offer.get("service_level") or {}
    source = " ".join(filter(None, (level.get("source"), level.get("source_url"))))
    return {
        "name": offer.get("name") or definition["name"],
        "group": definition["group"],
        "description": definition.get("description") or "",
        "keywords": ", ".join(definition.get("keywords") or []),
        "privacy": definition.get("privacy") or "public",
        "safety_notice": definition.get("safety_notice") or "",
        "emergency": emergency.get("text") or "",
        "emergency_numbers": ", ".join(str(number) for number in emergency.get("numbers") or []),
        "level_hours": level.get("hours"),
        "level_working_days": level.get("working_days"),
        "level_percentile": level.get("percentile"),
        "level_text": (level.get("text") or "")[:200],
        "level_source": source[:300],
        "level_body": level.get("body") or "",
        "is_active": bool(offer.get("offered", True)),
    }


def _load_questions(category: Category, rows: Sequence[Row]) -> None:
    wanted = list(_questions(category, rows))
    fields = [f.name for f in Question._meta.concrete_fields if f.name not in ("id", "category")]
    current = [{f: getattr(q, f) for f in fields} for q in category.questions.all()]
    if current != [{f: getattr(q, f) for f in fields} for q in wanted]:
        category.questions.all().delete()
        Question.objects.bulk_create(wanted)


def _questions(category: Category, rows: Sequence[Row]) -> Iterator[Question]:
    for position, row in enumerate(rows, start=1):
        condition = row.get("condition") or {}
        yield Question(
            category=category,
            code=row["code"],
            text=row["text"],
            datatype=row["datatype"],
            hint=row.get("hint") or "",
            is_required=bool(row.get("required", False)),
            is_variable=not row.get("notice", False),
            choices=[dict(choice) for choice in row.get("choices") or []],
            condition_code=condition.get("question") or "",
            condition_value=str(condition.get("value") or ""),
            position=position,
        )


def _load_rules(jurisdiction: Jurisdiction, bodies: Mapping[str, Body], rows: Sequence[Row]) -> int:
    """Rules have no name of their own, so those that came from files are written anew."""
    jurisdiction.responsibilities.filter(source__startswith="data/").delete()
    total = 0
    for row in rows:
        body = bodies[row["body"]]
        areas: list[Area | None] = [None]
        if row.get("area"):
            areas = [*_areas(jurisdiction, row["area"])]
        keys = [{"category_code": code} for code in row.get("categories") or []]
        keys += [{"group": group} for group in row.get("groups") or []]
        for key in keys or [{}]:
            for area in areas:
                rule = Responsibility.objects.create(
                    jurisdiction=jurisdiction,
                    body=body,
                    area=area,
                    priority=row.get("priority") or 0,
                    reason=row["reason"][:300],
                    source=f"data/metros: {row.get('source') or ''}"[:300],
                    is_shared=bool(row.get("shared", False)),
                    **key,
                )
                if row.get("except_areas"):
                    rule.except_areas.set(_areas(jurisdiction, row["except_areas"]))
                total += 1
    return total


def _areas(jurisdiction: Jurisdiction, wanted: Row) -> list[Area]:
    """The areas that a rule names; a name that is unknown is refused."""
    found = []
    for name in wanted["names"]:
        area = Area.objects.filter(
            kind=wanted["kind"],
            name=name,
            municipality_code=jurisdiction.area.municipality_code,
            retired_at=None,
        ).first()
        if area is None:
            raise BadReferenceData(f"{jurisdiction.slug}: there is no {wanted['kind']} {name!r}")
        found.append(area)
    return found

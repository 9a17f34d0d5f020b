"""Jurisdictions, categories and questions as this process knows them, and what is made from them.

They change a few times a year and are read by every request, so each process keeps them. At most once
in CHECK_SECONDS one question (1.5 ms at 1,600 rows) asks whether any of their rows was written since, so
an edit is seen by every process within that time. The rows that are kept are shared by threads: nobody
may change them.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.utils import translation

from mysmartcity.issues.models import Category, DataType, Jurisdiction, Question

CHECK_SECONDS = 1
"""How old a process's knowledge of the reference data may get."""

CACHE_KEY = "open311:catalogue"

# `xmin` is the transaction that wrote a row version and `ctid` the place where it lies: together
# they move with every insert, update and delete, which no column of ours could promise.
_VERSION = """
SELECT (SELECT row(count(*), sum(hashtext(ctid::text || xmin::text)))::text FROM issues_category),
    (SELECT row(count(*), sum(hashtext(ctid::text || xmin::text)))::text FROM issues_question),
    (SELECT row(count(*), sum(hashtext(ctid::text || xmin::text)))::text FROM issues_jurisdiction)
"""

Version = tuple[Any, ...]
LISTS = (DataType.SINGLE, DataType.MULTI)


@dataclass(frozen=True)
class Catalogue:
    """One consistent state of the reference data. Only what is active stands in `offered`."""

    version: Version
    jurisdictions: dict[str, Jurisdiction]
    offered: dict[int, dict[str, Category]]
    ids_by_code: dict[int, dict[str, int]]
    changed_at: datetime | None
    made: dict[object, bytes] = field(default_factory=dict)

    def category_ids(self, jurisdiction: Jurisdiction, codes: Sequence[str]) -> list[int]:
        """The ids of those codes that exist; retired categories too, whose issues are still read."""
        known = self.ids_by_code.get(jurisdiction.pk, {})
        return [known[code] for code in codes if code in known]


_kept: list[Catalogue] = []
_loading = Lock()


def current() -> Catalogue:
    """The reference data as it was at most CHECK_SECONDS ago; loaded again when it changed."""
    version = cache.get(CACHE_KEY)
    if version is None:
        version = _version()
        cache.set(CACHE_KEY, version, CHECK_SECONDS)
    kept = _kept[-1] if _kept else None
    if kept is not None and kept.version == version:
        return kept
    with _loading:
        # Who waited finds it done.
        if not _kept or _kept[-1].version != version:
            _kept[:] = [_load(version)]
        return _kept[-1]


def _version() -> Version:
    with connection.cursor() as cursor:
        cursor.execute(_VERSION)
        row = cursor.fetchone()
    return tuple(row) if row else ()


def _load(version: Version) -> Catalogue:
    jurisdictions = {one.slug: one for one in Jurisdiction.objects.filter(is_active=True)}
    by_id = {one.pk: one for one in jurisdictions.values()}
    offered: dict[int, dict[str, Category]] = defaultdict(dict)
    ids_by_code: dict[int, dict[str, int]] = defaultdict(dict)
    changes = []
    for category in Category.objects.prefetch_related("questions"):
        changes.append(category.changed_at)
        ids_by_code[category.jurisdiction_id][category.code] = category.pk
        if category.is_active and category.jurisdiction_id in by_id:
            category.jurisdiction = by_id[category.jurisdiction_id]
            offered[category.jurisdiction_id][category.code] = category
    return Catalogue(
        version, jurisdictions, dict(offered), dict(ids_by_code), max(changes, default=None)
    )


def service_rows(catalogue: Catalogue, jurisdiction: Jurisdiction) -> list[dict[str, Any]]:
    """The services of a jurisdiction, as GeoReport words them."""
    # The names are data in one language; the group's name must not follow the client's language.
    with translation.override("en"):
        return [
            {
                "service_code": category.code,
                "service_name": category.name,
                "description": category.description or None,
                "metadata": bool(category.questions.all()),
                "type": "realtime",
                "keywords": ",".join(
                    word.strip() for word in category.keywords.split(",") if word.strip()
                ),
                "group": str(category.get_group_display()),
            }
            for category in catalogue.offered.get(jurisdiction.pk, {}).values()
        ]


def definition_row(category: Category) -> dict[str, Any]:
    """The questions of a category as a GeoReport service definition."""
    return {
        "service_code": category.code,
        "attributes": [
            _attribute(question, order)
            for order, question in enumerate(category.questions.all(), start=1)
        ],
    }


def _attribute(question: Question, order: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "variable": question.is_variable,
        "code": question.code,
        "datatype": question.datatype,
        # A question that is asked only after a certain answer can't be required of everyone.
        "required": question.is_required and question.is_variable and not question.condition_code,
        "datatype_description": question.hint or None,
        "order": order,
        "description": question.text,
    }
    if question.datatype in LISTS:
        row["values"] = [
            {"key": str(choice["key"]), "name": str(choice["name"])} for choice in question.choices
        ]
    return row

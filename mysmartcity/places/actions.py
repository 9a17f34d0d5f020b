"""Writing areas: a file becomes the next version of its layer, whole or not at all."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from mysmartcity.lib import clock
from mysmartcity.lib.text import slugify
from mysmartcity.places import index
from mysmartcity.places.layers import LayerSpec
from mysmartcity.places.models import Area, AreaKind, Layer
from mysmartcity.places.names import everyday_name
from mysmartcity.places.reading import Feature, ImportRefused, read_features

__all__ = ["ImportRefused", "ImportResult", "import_layer"]

BATCH = 500
MAX_SLUG = 120
_RENEWED = [
    *("kind", "name", "other_names", "municipality_code", "is_approximate", "lat", "lng"),
    *("south", "west", "north", "east", "geometry", "retired_at"),
]


@dataclass(frozen=True)
class ImportResult:
    """What an import did. `is_new` is false when the very same file was there already."""

    layer: str
    version: int
    is_new: bool
    areas: int
    added: int = 0
    retired: int = 0
    mended: int = 0


def import_layer(*, file: Path, layer: LayerSpec) -> ImportResult:
    """Make a file the next version of its layer; readers see the old one until all is written.

    Areas keep their row and slug by their code; those the file no longer has are retired. The same
    file with the same description changes nothing. Raises ImportRefused before anything is written.
    """
    if not layer.name or slugify(layer.name) != layer.name or len(layer.name) > 60:
        raise ImportRefused(f"{layer.name!r} can't be a layer's name.", file=file.name)
    features = read_features(file, layer=layer)
    digest = _digest(file, layer)
    with transaction.atomic():
        _wait_for_other_imports()
        row, _ = Layer.objects.get_or_create(name=layer.name, defaults={"kind": layer.kind})
        if row.digest == digest:
            return ImportResult(row.name, row.version, is_new=False, areas=len(features))
        if row.version and row.kind != layer.kind:
            reason = f"the layer {layer.name} holds areas of the kind {row.kind}."
            raise ImportRefused(reason, file=file.name)
        now = clock.now()
        added, retired = _write_areas(row, features, layer=layer, now=now)
        _renew(row, layer=layer, digest=digest, now=now)
        transaction.on_commit(index.look_again)
    return ImportResult(
        layer=row.name,
        version=row.version,
        is_new=True,
        areas=len(features),
        added=added,
        retired=retired,
        mended=sum(feature.is_mended for feature in features),
    )


def _digest(file: Path, layer: LayerSpec) -> str:
    content = hashlib.sha256(file.read_bytes())
    content.update(repr(sorted(asdict(layer).items())).encode())
    return content.hexdigest()


def _wait_for_other_imports() -> None:
    """One import at a time, as slugs are handed out; readers are not held up by this lock."""
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {Layer._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")


def _write_areas(
    row: Layer, features: list[Feature], *, layer: LayerSpec, now: datetime
) -> tuple[int, int]:
    """Write every area and retire the others; gives how many are new and how many retired."""
    slugs = dict(row.areas.values_list("code", "slug"))
    known = set(slugs)
    slugs |= _new_slugs([one for one in features if one.code not in known], layer)
    Area.objects.bulk_create(
        [_area(row, feature, layer=layer, slug=slugs[feature.code]) for feature in features],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["layer", "code"],
        update_fields=_RENEWED,
    )
    gone = Area.objects.filter(layer=row).current().exclude(code__in=[one.code for one in features])
    return len({one.code for one in features} - known), gone.update(retired_at=now)


def _area(row: Layer, feature: Feature, *, layer: LayerSpec, slug: str) -> Area:
    return Area(
        layer=row,
        kind=layer.kind,
        code=feature.code,
        slug=slug,
        name=feature.name,
        other_names=feature.other_names,
        municipality_code=feature.municipality_code,
        is_approximate=layer.approximate,
        lat=feature.point.lat,
        lng=feature.point.lng,
        south=feature.box.south,
        west=feature.box.west,
        north=feature.box.north,
        east=feature.box.east,
        geometry=feature.wkb,
        retired_at=None,
    )


def _renew(row: Layer, *, layer: LayerSpec, digest: str, now: datetime) -> None:
    row.version += 1
    row.kind = layer.kind
    row.is_approximate = layer.approximate
    row.source, row.licence, row.credit = layer.source, layer.licence, layer.credit
    row.digest = digest
    row.imported_at = now
    row.save()


# --- Slugs: stable, because a row keeps the one it was given --------------------------------------


def _new_slugs(features: Iterable[Feature], layer: LayerSpec) -> Mapping[str, str]:
    """A free slug for each new area, by its code."""
    wanted = {feature.code: list(_candidates(feature, layer)) for feature in features}
    every = [slug for slugs in wanted.values() for slug in slugs]
    taken = set(Area.objects.filter(slug__in=every).values_list("slug", flat=True))
    chosen = {}
    for code, slugs in wanted.items():
        chosen[code] = next(slug for slug in slugs if slug not in taken)
        taken.add(chosen[code])
    return chosen


def _candidates(feature: Feature, layer: LayerSpec) -> Iterator[str]:
    """`woodstock-cpt`, then with the kind, the code, and at last a digest that nobody shares."""
    name = slugify(everyday_name(feature.name)) or "area"
    code = slugify(feature.code)
    if layer.kind in (AreaKind.PROVINCE, AreaKind.MUNICIPALITY):
        plain = name
    else:
        plain = f"{name}-{slugify(feature.municipality_code)}".rstrip("-")
    yield _shortened(plain)
    yield _shortened(plain, layer.kind)
    yield _shortened(plain, code)
    unique = f"{layer.name}|{feature.code}".encode()
    yield _shortened(plain, hashlib.sha256(unique).hexdigest()[:16])


def _shortened(name: str, *ends: str) -> str:
    """Joined by hyphens; the name gives way so that the ends, which tell areas apart, stay whole."""
    end = "".join(f"-{part}" for part in ends)[-MAX_SLUG:]
    return (name[: MAX_SLUG - len(end)].rstrip("-") + end).strip("-")

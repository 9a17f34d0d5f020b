"""Reads a GeoJSON or GeoPackage file of areas and refuses it whole at the first thing that is wrong.

Nothing is written here: what comes back is checked features, ready for actions.py.

A ring that touches or crosses itself by a hair is common in simplified official data. Such a shape is
mended (shapely's make_valid) and counted, but only if that changes its surface by less than one
percent; a shape that really is wrong, like a bow tie, is refused.
"""

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyogrio
import pyogrio.errors
import pyogrio.raw
import shapely

from mysmartcity.lib.geo import Box, Point
from mysmartcity.lib.text import one_line
from mysmartcity.places.layers import LayerSpec
from mysmartcity.places.models import AreaKind

SUFFIXES = (".geojson", ".json", ".gpkg")
MAX_FILE_BYTES = 200_000_000
MAX_FEATURES = 100_000
MAX_COORDINATES = 500_000
"""Of one feature. Cape Town in full detail has about 12,000; more is a mistake or an attack."""
MAX_COORDINATES_IN_ALL = 5_000_000
MAX_MENDED_SHARE = 0.01
MAX_CODE, MAX_NAME, MAX_OTHER_NAMES = 60, 120, 300

Properties = Mapping[str, Any]


class ImportRefused(ValueError):
    """A file is refused whole. `feature` is its place in the file from 1 (0: the file itself)."""

    def __init__(self, reason: str, *, file: str, feature: int = 0, name: str = "") -> None:
        self.reason, self.file, self.feature, self.name = reason, file, feature, name
        where = f", feature {feature}" if feature else ""
        which = f" ({name})" if name else ""
        super().__init__(f"{file}{where}{which}: {reason}")


@dataclass(frozen=True)
class Feature:
    """One checked feature. `wkb` is None for a point."""

    code: str
    name: str
    other_names: str
    municipality_code: str
    point: Point
    box: Box
    wkb: bytes | None
    is_mended: bool


def read_features(file: Path, *, layer: LayerSpec) -> list[Feature]:
    """Every feature of a file, checked. Raises ImportRefused with feature and reason."""
    rows = list(_rows(file))
    features: list[Feature] = []
    seen: dict[str, int] = {}
    coordinates = 0
    for number, (wkb, properties) in enumerate(rows, start=1):
        code = _text(properties.get(layer.code_field))
        if code and _is_left_out(code, properties, layer):
            continue
        try:
            features.append(_feature(wkb, properties, layer=layer))
        except _Fault as fault:
            name = _text(properties.get(layer.name_field))[:MAX_NAME]
            raise ImportRefused(str(fault), file=file.name, feature=number, name=name) from fault
        coordinates += len(wkb or b"") // 16
        if code in seen:
            reason = f"its code {code} was already used by feature {seen[code]}."
            raise ImportRefused(reason, file=file.name, feature=number, name=features[-1].name)
        seen[code] = number
    if not features:
        raise ImportRefused("there is no feature in it.", file=file.name)
    if coordinates > MAX_COORDINATES_IN_ALL:
        raise ImportRefused(f"more than {MAX_COORDINATES_IN_ALL} coordinates.", file=file.name)
    return features


class _Fault(ValueError):
    """What is wrong with one feature."""


def _is_left_out(code: str, properties: Properties, layer: LayerSpec) -> bool:
    is_wanted = not layer.only_codes or code in layer.only_codes
    is_gone = bool(layer.current_field) and _text(properties.get(layer.current_field)) == "0"
    return not is_wanted or code in layer.skip_codes or is_gone


# --- The file -------------------------------------------------------------------------------------


def _rows(file: Path) -> Iterator[tuple[bytes | None, Properties]]:
    """Geometry (WKB) and properties of each feature, in the file's order."""
    _check_file(file)
    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(file) if kind is not None]
        if len(layers) != 1:
            raise ImportRefused(f"it has {len(layers)} layers of shapes, not one.", file=file.name)
        info = pyogrio.read_info(file, layer=layers[0], force_feature_count=True)
        _check_zone(info.get("crs"), file)
        if info["features"] > MAX_FEATURES:
            raise ImportRefused(f"more than {MAX_FEATURES} features.", file=file.name)
        meta, _ids, shapes, columns = pyogrio.raw.read(file, layer=layers[0], force_2d=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise ImportRefused(f"it can't be read: {error}.", file=file.name) from error
    except (pyogrio.errors.FeatureError, pyogrio.errors.GeometryError) as error:
        raise ImportRefused(f"a feature can't be read: {error}.", file=file.name) from error
    if shapes is None:
        raise ImportRefused("there are no shapes in it.", file=file.name)
    for place, shape in enumerate(shapes):
        fields = zip(meta["fields"], columns, strict=True)
        yield shape, {str(field): column[place] for field, column in fields}


def _check_file(file: Path) -> None:
    if file.suffix.lower() not in SUFFIXES:
        raise ImportRefused(f"only {', '.join(SUFFIXES)} can be read.", file=file.name)
    if not file.is_file():
        raise ImportRefused("there is no such file.", file=file.name)
    if file.stat().st_size > MAX_FILE_BYTES:
        raise ImportRefused(f"it is larger than {MAX_FILE_BYTES} bytes.", file=file.name)


def _check_zone(crs: str | None, file: Path) -> None:
    """Only WGS 84 in degrees: turning other grids into it needs care that belongs to the operator."""
    if crs in ("EPSG:4326", "OGC:CRS84"):
        return
    reason = (
        f"its coordinates are in {crs or 'an unnamed system'}, not WGS 84 degrees (EPSG:4326); "
        "turn it into that first, for example with ogr2ogr -t_srs EPSG:4326."
    )
    raise ImportRefused(reason, file=file.name)


# --- One feature ----------------------------------------------------------------------------------


def _feature(wkb: bytes | None, properties: Properties, *, layer: LayerSpec) -> Feature:
    """A checked feature, or _Fault."""
    code = _text(properties.get(layer.code_field))
    name = _name(properties, layer)
    if not code or len(code) > MAX_CODE:
        raise _Fault(f"the code in {layer.code_field!r} is missing or longer than {MAX_CODE}.")
    if one_line(code) != code:
        raise _Fault(f"the code in {layer.code_field!r} has control characters.")
    shape = _shape(wkb)
    _check_range(shape)
    if layer.kind == AreaKind.PLACE:
        if shape.geom_type != "Point":
            raise _Fault(f"a place must be a point, not a {shape.geom_type}.")
        sound, is_mended = shape, False
    else:
        sound, is_mended = _sound(shape)
    middle = shapely.point_on_surface(sound)
    west, south, east, north = (float(edge) for edge in sound.bounds)
    return Feature(
        code=code,
        name=name,
        other_names=_other_names(properties, layer, name=name, code=code),
        municipality_code=_municipality(properties, layer, code),
        point=Point(float(middle.y), float(middle.x)),
        box=Box(south, west, north, east),
        wkb=None if layer.kind == AreaKind.PLACE else shapely.to_wkb(sound),
        is_mended=is_mended,
    )


def _shape(wkb: bytes | None) -> Any:
    if wkb is None:
        raise _Fault("it has no geometry.")
    if len(wkb) // 16 > MAX_COORDINATES:
        raise _Fault(f"it has more than {MAX_COORDINATES} coordinates.")
    try:
        shape = shapely.from_wkb(wkb)
    except shapely.errors.GEOSException as error:
        raise _Fault(f"its geometry can't be read: {error}.") from error
    if shape is None or shape.is_empty:
        raise _Fault("its geometry is empty.")
    return shape


def _check_range(shape: Any) -> None:
    coordinates = shapely.get_coordinates(shape)
    for lng, lat in ((coordinates.min(axis=0)), (coordinates.max(axis=0))):
        if not (math.isfinite(lng) and math.isfinite(lat)):
            raise _Fault("a coordinate is not a number.")
        if not (-180 <= lng <= 180 and -90 <= lat <= 90):
            raise _Fault(f"longitude {lng:g}, latitude {lat:g} is not a place on earth.")


def _sound(shape: Any) -> tuple[Any, bool]:
    """A valid surface, and whether it had to be mended."""
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        raise _Fault(f"it must be a surface, not a {shape.geom_type}.")
    if shape.is_valid:
        if shape.area <= 0:
            raise _Fault("its surface is zero.")
        return shape, False
    reason = shapely.is_valid_reason(shape)
    mended = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    is_surface = mended.geom_type in ("Polygon", "MultiPolygon") and not mended.is_empty
    if not is_surface or abs(mended.area - shape.area) > MAX_MENDED_SHARE * mended.area:
        raise _Fault(f"its outline is not valid: {reason}.")
    return mended, True


def _text(value: Any) -> str:
    """A property as text. A column of whole numbers with a gap arrives as floats: 7.0 means 7."""
    if hasattr(value, "tolist"):  # numpy's own numbers, and its arrays for a list
        value = value.tolist()
    if value is None or isinstance(value, list):
        return ""
    if isinstance(value, float):
        if not math.isfinite(value):
            return ""
        value = int(value) if value.is_integer() else value
    return str(value).strip()


def _name(properties: Properties, layer: LayerSpec) -> str:
    written = _text(properties.get(layer.name_field))
    name = layer.name_format.replace("{}", written)
    if not written or len(name) > MAX_NAME:
        raise _Fault(f"the name in {layer.name_field!r} is missing or longer than {MAX_NAME}.")
    if one_line(name) != name:
        raise _Fault(f"the name in {layer.name_field!r} has control characters.")
    return f"Ward {name}" if layer.kind == AreaKind.WARD and name.isdigit() else name


def _municipality(properties: Properties, layer: LayerSpec, code: str) -> str:
    if layer.kind == AreaKind.PROVINCE:
        return ""
    own = code if layer.kind == AreaKind.MUNICIPALITY else ""
    found = layer.municipality or own or _text(properties.get(layer.municipality_field))
    if len(found) > 10 or one_line(found) != found:
        raise _Fault(f"the code of its municipality is not one: {found!r:.20}.")
    return found


def _other_names(properties: Properties, layer: LayerSpec, *, name: str, code: str) -> str:
    """Names in other languages and spellings, joined by |; whole names up to the column's length."""
    others = list(layer.extra_names.get(code, ()))
    for field in layer.alt_name_fields:
        others += _spellings(properties.get(field))
    found: dict[str, None] = {}
    for other in others:
        plain = " ".join(one_line(other).replace("|", " ").split())
        if plain and plain != name:
            found.setdefault(plain)
    joined = ""
    for other in found:
        longer = f"{joined}|{other}" if joined else other
        if len(longer) <= MAX_OTHER_NAMES:
            joined = longer
    return joined


def _spellings(value: Any) -> Iterator[str]:
    """The texts in a property: plain text, or JSON like {"afr": ["Kaapstad"]} at any depth."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, str) and value[:1] in ("{", "["):
        with suppress(ValueError):
            value = json.loads(value)
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _spellings(part)
    elif text := _text(value):
        yield text

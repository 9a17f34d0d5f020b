"""Builders for files of areas: small squares as GeoJSON, with the properties a layer asks for."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import shapely

from mysmartcity.places.actions import ImportResult, import_layer
from mysmartcity.places.layers import LayerSpec
from mysmartcity.places.models import AreaKind

Feature = Mapping[str, Any]


def square(west: float, south: float, *, size: float = 1.0) -> dict[str, Any]:
    """A square as a GeoJSON geometry."""
    return dict(shapely.geometry.mapping(shapely.box(west, south, west + size, south + size)))


def dot(lng: float, lat: float) -> dict[str, Any]:
    """A point as a GeoJSON geometry."""
    return {"type": "Point", "coordinates": [lng, lat]}


def feature(geometry: Mapping[str, Any] | None, **properties: Any) -> Feature:
    """A GeoJSON feature."""
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def write(file: Path, features: Sequence[Feature], **extra: Any) -> Path:
    """A GeoJSON file."""
    content = {"type": "FeatureCollection", **extra, "features": list(features)}
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def load(
    folder: Path, name: str, kind: AreaKind, features: Sequence[Feature], **spec: Any
) -> ImportResult:
    """Write a file and import it as a layer."""
    file = write(folder / f"{name}.geojson", features)
    return import_layer(file=file, layer=LayerSpec(name=name, kind=kind, **spec))

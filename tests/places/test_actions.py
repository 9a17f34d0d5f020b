"""A file becomes the next version of its layer, whole or not at all."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pytest
import shapely
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, connections

from mysmartcity.lib.geo import Point
from mysmartcity.places import index
from mysmartcity.places.actions import ImportRefused, import_layer
from mysmartcity.places.layers import LayerSpec
from mysmartcity.places.locate import locate
from mysmartcity.places.models import Area, AreaKind, Layer
from tests.places.files import dot, feature, load, square, write

SUBURBS = LayerSpec(name="suburbs", kind=AreaKind.SUBURB, municipality="CPT")


def state() -> list[tuple[Any, ...]]:
    """Everything that a half import could have touched."""
    areas = Area.objects.order_by("id").values_list("id", "code", "name", "slug", "retired_at")
    return [*areas, *Layer.objects.order_by("id").values_list("name", "version", "digest")]


@pytest.mark.django_db
def test_it_works(tmp_path: Path) -> None:
    result = load(
        tmp_path,
        "suburbs",
        AreaKind.SUBURB,
        [
            feature(square(18, -34), code=1, name="Woodstock", names={"afr": ["Houtdorp", "A|B"]}),
            feature(square(19, -34), code=2, name="Café Street"),
        ],
        municipality="CPT",
        alt_name_fields=("names",),
        extra_names={"1": ("Woodies",)},
    )
    assert (result.version, result.added, result.retired, result.mended) == (1, 2, 0, 0)
    area = Area.objects.get(code="1")
    assert (area.slug, area.municipality_code) == ("woodstock-cpt", "CPT")
    assert area.other_names == "Woodies|Houtdorp|A B"
    assert (area.south, area.west, area.north, area.east) == (-34, 18, -33, 19)
    assert Area.objects.get(code="2").slug == "cafe-street-cpt"


@pytest.mark.django_db
def test_a_new_version_keeps_rows_and_slugs_and_retires_what_is_gone(tmp_path: Path) -> None:
    old = [
        feature(square(18, -34), code="a", name="A"),
        feature(square(19, -34), code="b", name="B"),
    ]
    new = [
        feature(square(18, -34), code="a", name="A new"),
        feature(square(20, -34), code="c", name="C"),
    ]
    load(tmp_path, "suburbs", AreaKind.SUBURB, old)
    before = Area.objects.get(code="a")
    result = load(tmp_path, "suburbs", AreaKind.SUBURB, new)
    assert (result.version, result.added, result.retired) == (2, 1, 1)
    after = Area.objects.get(code="a")
    assert (after.pk, after.slug, after.name) == (before.pk, before.slug, "A new")
    assert set(Area.objects.current().values_list("code", flat=True)) == {"a", "c"}
    assert load(tmp_path, "suburbs", AreaKind.SUBURB, old).version == 3
    assert set(Area.objects.current().values_list("code", flat=True)) == {"a", "b"}


@pytest.mark.django_db
def test_the_same_file_changes_nothing(tmp_path: Path) -> None:
    features = [feature(square(18, -34), code="a", name="A")]
    load(tmp_path, "suburbs", AreaKind.SUBURB, features)
    before = state()
    assert not load(tmp_path, "suburbs", AreaKind.SUBURB, features).is_new
    assert state() == before
    assert load(tmp_path, "suburbs", AreaKind.SUBURB, features, approximate=True).version == 2


@pytest.mark.django_db
def test_slugs_of_like_names_differ(tmp_path: Path) -> None:
    twins = [feature(square(18 + n, -34), code=f"l{n}", name="Langa") for n in range(3)]
    load(tmp_path, "suburbs", AreaKind.SUBURB, twins, municipality="CPT")
    load(tmp_path, "places", AreaKind.PLACE, [feature(dot(18, -34), code="l0", name="Langa")])
    load(tmp_path, "twins", AreaKind.SUBURB, twins, municipality="CPT")
    strange = [feature(dot(18, -34), code=code, name="—") for code in ("@", "!", "§")]
    load(tmp_path, "strange", AreaKind.PLACE, strange)
    slugs = list(
        Area.objects.filter(layer__name="suburbs").order_by("code").values_list("slug", flat=True)
    )
    assert slugs == ["langa-cpt", "langa-cpt-suburb", "langa-cpt-l2"]
    assert Area.objects.values("slug").distinct().count() == 10


BOWTIE = {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}
FINE = feature(square(18, -34), code="fine", name="Fine")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (feature(None, code="x", name="X"), "no geometry"),
        (feature(BOWTIE, code="x", name="X"), "outline is not valid"),
        (feature(dot(18, -34), code="x", name="X"), "must be a surface"),
        (feature({"type": "Polygon", "coordinates": []}, code="x", name="X"), "empty"),
        (feature(square(18, 90.5), code="x", name="X"), "not a place on earth"),
        (feature(square(179.5, 0), code="x", name="X"), "not a place on earth"),
        (feature(square(18, -34), code="", name="X"), "code"),
        (feature(square(18, -34), code="x", name=None), "name"),
        (feature(square(18, -34), code="x", name="n" * 121), "name"),
        (feature(square(18, -34), code="fine", name="Y"), "already used by feature 1"),
    ],
)
@pytest.mark.django_db
def test_a_bad_feature_refuses_the_whole_file(tmp_path: Path, bad: Any, reason: str) -> None:
    load(tmp_path, "suburbs", AreaKind.SUBURB, [feature(square(18, -34), code="old", name="Old")])
    before = state()
    with pytest.raises(ImportRefused, match=reason) as refused:
        load(tmp_path, "suburbs", AreaKind.SUBURB, [FINE, bad])
    assert refused.value.feature == 2
    assert state() == before


@pytest.mark.django_db
def test_a_failure_while_writing_leaves_all_as_before(tmp_path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE places_area ADD CONSTRAINT t CHECK (code <> 'c599')")
    load(tmp_path, "suburbs", AreaKind.SUBURB, [FINE])
    before = state()
    many = [feature(square(18, -34), code=f"c{n}", name=f"C{n}") for n in range(600)]
    for layer in ("suburbs", "another"):
        with pytest.raises(IntegrityError):
            load(tmp_path, layer, AreaKind.SUBURB, many)
    assert state() == before


@pytest.mark.django_db
def test_odd_names_never_reach_the_database(tmp_path: Path) -> None:
    for bad in ({"code": "a\x07b", "name": "A"}, {"code": "a", "name": "A\x07B"}):
        with pytest.raises(ImportRefused, match="control"):
            load(tmp_path, "s", AreaKind.SUBURB, [feature(square(18, -34), **bad)])
    with pytest.raises(ImportRefused, match="name"):
        load(tmp_path, "s", AreaKind.SUBURB, [feature(square(18, -34), code="a", name=["A", "B"])])
    other = feature(square(18, -34), code="a", name="A", names=["B\x00\x07", "C"])
    load(tmp_path, "s", AreaKind.SUBURB, [other], alt_name_fields=("names",))
    assert Area.objects.get().other_names == "B|C"
    nested = feature(square(18, -34), code="a", name="A", names={"afr": ["D\x00"]})
    load(tmp_path, "s", AreaKind.SUBURB, [nested], alt_name_fields=("names",))
    assert Area.objects.get().other_names == "D"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.geojson", b"{not json", "can't be read"),
        (
            "a.geojson",
            b'{"type": "FeatureCollection", "features": []}',
            "no feature|layers of shapes",
        ),
        ("a.geojson", b"", "can't be read"),
        ("a.shp", b"", "only .geojson"),
        ("a.gpkg", b"SQLite format 3\x00", "can't be read"),
    ],
)
@pytest.mark.django_db
def test_a_bad_file_is_refused(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImportRefused, match=reason):
        import_layer(file=tmp_path / name, layer=SUBURBS)
    assert not Layer.objects.exists()


@pytest.mark.django_db
def test_another_grid_is_refused_with_the_way_out(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2048"}}
    file = write(tmp_path / "a.geojson", [FINE], crs=crs)
    with pytest.raises(ImportRefused, match="ogr2ogr"):
        import_layer(file=file, layer=SUBURBS)


@pytest.mark.django_db
def test_a_hair_of_a_fault_is_mended_and_counted(tmp_path: Path) -> None:
    # A square whose ring touches itself with a spike of no width.
    ring = [[0, 0], [0, 1], [1, 1], [1, 0.5], [1.5, 0.5], [1, 0.5], [1, 0], [0, 0]]
    spike = {"type": "Polygon", "coordinates": [ring]}
    result = load(tmp_path, "s", AreaKind.SUBURB, [feature(spike, code="x", name="X")])
    assert result.mended == 1
    assert shapely.from_wkb(bytes(Area.objects.get().geometry)).is_valid


@pytest.mark.django_db
def test_a_geopackage_reads_like_a_geojson(tmp_path: Path) -> None:
    file = tmp_path / "a.gpkg"
    pyogrio.raw.write(
        file,
        geometry=shapely.to_wkb([shapely.box(18, -34, 19, -33)]),
        field_data=[np.array(["7"], dtype=object), np.array(["Woodstock"], dtype=object)],
        fields=["code", "name"],
        geometry_type="Polygon",
        crs="EPSG:4326",
        driver="GPKG",
    )
    assert import_layer(file=file, layer=SUBURBS).added == 1
    assert [area.name for area in locate(Point(-33.5, 18.5))] == ["Woodstock"]


@pytest.mark.django_db
def test_numbers_with_a_gap_stay_whole_and_the_past_is_left_out(tmp_path: Path) -> None:
    features = [
        feature(square(18, -34), code=101928027, name="A", is_current=1),
        feature(square(19, -34), code=None, name="B", is_current=1),
    ]
    with pytest.raises(ImportRefused, match="feature 2"):
        load(tmp_path, "s", AreaKind.SUBURB, features)
    gone = [features[0], feature(square(19, -34), code=5, name="B", is_current=0)]
    load(tmp_path, "s", AreaKind.SUBURB, gone, current_field="is_current")
    assert list(Area.objects.values_list("code", flat=True)) == ["101928027"]
    load(tmp_path, "t", AreaKind.SUBURB, gone, skip_codes=("101928027",))
    assert Area.objects.get(layer__name="t").code == "5"


@pytest.mark.django_db(transaction=True)
def test_a_reader_meanwhile_sees_one_whole_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "CHECK_SECONDS", 0.0)
    versions = [
        [feature(square(18, -34, size=1), code=f"{mark}{n}", name=f"{mark}{n}") for n in range(20)]
        for mark in "ab"
    ]
    load(tmp_path, "s", AreaKind.SUBURB, versions[0])
    seen: set[frozenset[str]] = set()
    is_over = threading.Event()

    def read() -> None:
        while not is_over.is_set():
            seen.add(frozenset(area.name[0] for area in locate(Point(-33.5, 18.5))))
        connections.close_all()

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for turn in range(6):
        load(tmp_path, "s", AreaKind.SUBURB, versions[1 - turn % 2])
    is_over.set()
    for reader in readers:
        reader.join(10)
    assert seen <= {frozenset("a"), frozenset("b")}
    assert seen


@pytest.mark.django_db
def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "a.geojson", [feature(square(18, -34), ward_id="w", ward_no=57)])
    arguments = ["--layer", "wards", "--kind", "ward", "--municipality", "CPT", "--approximate"]
    fields = ["--code-field", "ward_id", "--name-field", "ward_no", "--name-format", "Ward {}"]
    call_command("places", "import", str(tmp_path / "a.geojson"), *arguments, *fields)
    call_command("places", "locate", "-33.5", "18.5")
    assert "Ward 57 (approximate)  /ward-57-cpt" in capsys.readouterr().out
    listing = tmp_path / "layers.yaml"
    listing.write_text(
        "layers: [{file: a.geojson, kind: ward, code_field: ward_id, name_field: ward_no}]"
    )
    call_command("places", "import-all", str(listing))
    assert "a: version 1, 1 areas (1 new, 0 retired)" in capsys.readouterr().out
    for content, reason in (
        ("[{kind: ward}]", "no file"),
        ("[{file: a, kind: x}]", "kind"),
        ("[", "read"),
    ):
        listing.write_text(content)
        with pytest.raises(CommandError, match=reason):
            call_command("places", "import-all", str(listing))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM places_layer")
        assert cursor.fetchone() == (2,)

"""The online geocoder, spoken to over real sockets: both protocols, slow, garbage and down."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings

from mysmartcity.lib.geo import Point
from mysmartcity.places.geocode import address_at, breaker, geocode
from mysmartcity.places.models import AreaKind
from tests.places.files import feature, load, square

NOMINATIM = [
    {
        "lat": "-33.9275",
        "lon": "18.4470",
        "name": "",
        "display_name": "12, Albert Road, Woodstock, Cape Town",
    },
    {"lat": "51.5", "lon": "-0.1", "name": "Abroad", "display_name": "Abroad, London"},
    {"lat": "north", "lon": "18.4470", "name": "Nowhere", "display_name": "Nowhere"},
]
PHOTON = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [18.447, -33.9275]},
            "properties": {"housenumber": "12", "street": "Albert Road", "city": "Cape Town"},
        }
    ],
}


class City:
    """A geocoder on a real port: what it says, how often it was asked, and the last question."""

    def __init__(self) -> None:
        self.reply: bytes = b"[]"
        self.status = 200
        self.asked: list[str] = []
        self.hold: Callable[[], object] = lambda: None


@contextmanager
def serving(city: City) -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            city.asked.append(self.path)
            city.hold()
            try:
                self.send_response(city.status)
                self.send_header("Content-Length", str(len(city.reply)))
                self.end_headers()
                self.wfile.write(city.reply)
            except OSError:
                return

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def city(db: None, tmp_path: Path, settings: Settings) -> Iterator[City]:
    """A served metro, and a geocoder of the Photon kind that the settings name."""
    breaker.reset()
    metro = [feature(square(18, -34), code="CPT", name="City of Cape Town")]
    load(tmp_path, "metros", AreaKind.MUNICIPALITY, metro)
    city = City()
    with serving(city) as place:
        settings.GEOCODER_URL = f"http://{place}"
        settings.GEOCODER_KIND = "photon"
        settings.OUTBOUND_ALLOWED_HOSTS = [place]
        yield city
    breaker.reset()


def asked(city: City) -> dict[str, list[str]]:
    return parse_qs(urlsplit(city.asked[-1]).query)


def test_photon(city: City) -> None:
    city.reply = json.dumps(PHOTON).encode()
    hits = geocode("12 albert road", near=Point(-33.9, 18.4))
    assert [(hit.name, hit.kind, hit.detail, hit.lat, hit.lng) for hit in hits] == [
        ("12 Albert Road", "address", "Cape Town", -33.9275, 18.447)
    ]
    assert city.asked[0].startswith("/api?")
    assert asked(city)["q"] == ["12 albert road"]
    assert asked(city)["bbox"] == ["18.0000,-34.0000,19.0000,-33.0000"]
    assert asked(city)["lat"] == ["-33.900"]


def test_nominatim(city: City, settings: Settings) -> None:
    settings.GEOCODER_KIND = "nominatim"
    city.reply = json.dumps(NOMINATIM).encode()
    hits = geocode("albert road")
    assert [(hit.name, hit.detail) for hit in hits] == [("12", "Albert Road, Woodstock, Cape Town")]
    assert city.asked[0].startswith("/search?")
    assert (asked(city)["format"], asked(city)["bounded"]) == (["jsonv2"], ["1"])


def test_without_a_geocoder_nothing_is_asked(city: City, settings: Settings) -> None:
    assert geocode("   ") == []
    settings.GEOCODER_URL = ""
    assert geocode("albert road") == []
    assert city.asked == []


def test_an_answer_is_kept_and_a_failure_is_not(city: City) -> None:
    city.status = 500
    assert geocode("albert road") == []
    city.status, city.reply = 200, json.dumps(PHOTON).encode()
    assert len(geocode("albert road")) == 1
    assert len(geocode("Albert Road")) == 1
    assert len(city.asked) == 2


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b"{}",
        b'{"features": [1]}',
        b'{"features": [{"properties": null, "geometry": {}}]}',
        b'{"features": 7}',
        b"[" * 100_000,
        b'{"a": "\xff"}',
        b" " * 600_000,
    ],
)
@pytest.mark.parametrize("kind", ["photon", "nominatim"])
def test_garbage_is_an_empty_list(
    city: City, settings: Settings, garbage: bytes, kind: str
) -> None:
    settings.GEOCODER_KIND = kind
    city.reply = garbage
    assert geocode("albert road") == []


def test_an_address_that_is_not_allowed_is_an_empty_list(city: City, settings: Settings) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = []
    assert geocode("albert road") == []
    assert city.asked == []


def test_a_slow_answer_is_not_waited_for(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    is_over = threading.Event()
    city.hold = lambda: is_over.wait(10)
    began = time.monotonic()
    assert geocode("albert road") == []
    assert time.monotonic() - began < 3.5
    is_over.set()


def test_down_three_times_and_nobody_waits_any_more(city: City, settings: Settings) -> None:
    city.status = 503
    for number in range(3):
        assert geocode(f"street {number}") == []
    assert len(city.asked) == 3
    city.status, city.reply = 200, json.dumps(PHOTON).encode()
    assert geocode("street 4") == []
    assert len(city.asked) == 3
    breaker.reset()
    assert len(geocode("street 4")) == 1


# --- From a point to an address -------------------------------------------------------------------

HERE = Point(-33.92, 18.42)
PHOTON_HERE = {
    "features": [
        {"properties": {"housenumber": "12", "street": "Main Road", "district": "Woodstock"}}
    ]
}
NOMINATIM_HERE = {"address": {"house_number": "12", "road": "Main Road", "suburb": "Woodstock"}}


@pytest.mark.parametrize(
    ("kind", "end", "said"),
    [("photon", "", PHOTON_HERE), ("photon", "/api", PHOTON_HERE), ("photon", "/geo/api/", PHOTON_HERE),
     ("nominatim", "/search", NOMINATIM_HERE)],
)  # fmt: skip
def test_the_address_at_a_point(
    city: City, settings: Settings, kind: str, end: str, said: object
) -> None:
    settings.GEOCODER_KIND = kind
    settings.GEOCODER_URL += end
    city.reply = json.dumps(said).encode()
    assert address_at(HERE) == "12 Main Road, Woodstock"
    assert address_at(HERE) == "12 Main Road, Woodstock"
    assert len(city.asked) == 1
    path = urlsplit(city.asked[0]).path
    assert path == ("/geo/reverse" if end.startswith("/geo") else "/reverse")
    assert (asked(city)["lat"], asked(city)["lon"]) == (["-33.92"], ["18.42"])


@pytest.mark.parametrize("said", [b'{"features": []}', b"[]", b"{", b'{"features": [{}]}'])
def test_no_address_is_an_empty_text(city: City, said: bytes) -> None:
    city.reply = said
    assert address_at(HERE) == ""


def test_a_path_of_their_own_has_no_way_back(city: City, settings: Settings) -> None:
    settings.GEOCODER_URL += "/find"
    assert address_at(HERE) == ""
    settings.GEOCODER_URL = ""
    assert address_at(HERE) == ""
    assert city.asked == []


def test_typed_points_and_asked_points_do_not_meet(city: City) -> None:
    """One is kept as a list of places, the other as a text."""
    city.reply = json.dumps(PHOTON).encode()
    assert geocode(f"{HERE.lat:.5f},{HERE.lng:.5f}")
    city.reply = json.dumps(PHOTON_HERE).encode()
    assert address_at(HERE) == "12 Main Road, Woodstock"

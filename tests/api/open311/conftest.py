"""A city with categories of every kind, a key, and a client that reads both formats alike."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.cache import cache
from django.test import Client

from mysmartcity.api.open311.catalogue import CACHE_KEY
from mysmartcity.issues.models import Category, Jurisdiction
from mysmartcity.lib.events import Event
from mysmartcity.people.actions import issue_api_key
from mysmartcity.places import index
from tests import build

ROOT = "/open311/v2"
SUFFIXES = ("xml", "json")


@pytest.fixture(autouse=True)
def _nobody_reacts(published: list[Event]) -> None:
    """What follows an event (routing, delivery) has tests of its own."""


@pytest.fixture(autouse=True)
def _fresh_places() -> None:
    index.forget()


@pytest.fixture
def city(db: None) -> Jurisdiction:
    """One jurisdiction with a plain, an inquisitive, a private and a retired category."""
    here = build.jurisdiction()
    build.category(of=here, keywords="slaggat, gat ,umgodi", description="A hole in the road")
    lamp = build.category(of=here, code="street-light", name="Street light out", group="lights")
    sizes = [{"key": "one", "name": "Only one"}, {"key": "many", "name": "Many"}]
    signs = [{"key": "dark", "name": "Dark"}, {"key": "flicker", "name": "Flickers"}]
    build.question(of=lamp, code="keep-away", is_variable=False, is_required=True)
    build.question(of=lamp, code="pole", hint="On the plate of the pole")
    build.question(
        of=lamp, code="extent", datatype="singlevaluelist", is_required=True, choices=sizes
    )
    build.question(of=lamp, code="how-many", datatype="number", condition_code="extent")
    lamp.questions.filter(code="how-many").update(condition_value="many", is_required=True)
    build.question(of=lamp, code="since", datatype="datetime")
    build.question(of=lamp, code="signs", datatype="multivaluelist", choices=signs)
    build.question(of=lamp, code="words", datatype="text")
    build.category(
        of=here, code="no-power", name="No power at home", group="power", privacy="coarse"
    )
    build.category(of=here, code="retired", name="Retired", is_active=False)
    return here


@pytest.fixture
def second_city(city: Jurisdiction) -> Jurisdiction:
    """A second jurisdiction, so that jurisdiction_id is needed."""
    there = build.area(
        name="Johannesburg", code="JHB", municipality_code="JHB", box=(27.7, -26.6, 28.3, -25.9)
    )
    other = build.jurisdiction(slug="johannesburg", prefix="JHB", name="Johannesburg", area=there)
    build.category(of=other)
    return other


@pytest.fixture
def pothole(city: Jurisdiction) -> Category:
    """The category without questions."""
    return city.categories.get(code="pothole")


@dataclass
class Reply:
    """A reply read from either format: `rows` maps names to text, None when empty."""

    status: int
    content_type: str
    body: str
    headers: Any
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def only(self) -> dict[str, Any]:
        """The one row of the reply."""
        assert len(self.rows) == 1, self.body
        return self.rows[0]

    @property
    def says(self) -> str:
        """The descriptions of all errors."""
        return "\n".join(row["description"] for row in self.rows)


def a_second_later() -> None:
    """Let the server look at the reference data again, as it does every second."""
    cache.delete(CACHE_KEY)


class Api:
    """Calls our server as a client app would."""

    def __init__(self, client: Client, key: str) -> None:
        self.client = client
        self.key = key

    def get(self, path: str, **arguments: Any) -> Reply:
        """GET ROOT/path."""
        return read(self.client.get(f"{ROOT}/{path}", arguments))

    def post(self, suffix: str = "json", **arguments: Any) -> Reply:
        """POST a valid pothole, changed by `arguments`; None leaves one out. `a__b` is `a[b]`."""
        form = {
            "api_key": self.key,
            "service_code": "pothole",
            "lat": str(build.CITY_POINT.lat),
            "long": str(build.CITY_POINT.lng),
            **arguments,
        }
        sent = {name: value for name, value in form.items() if value is not None}
        return read(self.client.post(f"{ROOT}/requests.{suffix}", sent))


def read(response: Any) -> Reply:
    """A response of the test client as a Reply."""
    body = response.content.decode()
    kind = response.headers.get("Content-Type", "")
    reply = Reply(response.status_code, kind, body, response.headers)
    if "json" in kind and body:
        found = response.json()
        reply.rows = found if isinstance(found, list) else [found]
    elif "xml" in kind and body:
        root = ElementTree.fromstring(body.encode())
        is_object = root.tag in ("discovery", "service_definition")
        reply.rows = [_plain(root)] if is_object else [_plain(child) for child in root]
    return reply


LISTS = {"attributes", "values", "endpoints", "formats", "notes", "photos"}


def _plain(element: ElementTree.Element) -> Any:
    if element.tag in LISTS:
        return [_plain(child) for child in element]
    if len(element) == 0:
        return element.text
    return {child.tag: _plain(child) for child in element}


def ids_of(reply: Reply) -> Sequence[str]:
    """The ids of a list of requests, in order."""
    assert reply.status == 200, reply.body
    return [row["service_request_id"] for row in reply.rows]


@pytest.fixture
def api(client: Client, city: Jurisdiction) -> Api:
    """A client with a key that works."""
    return Api(client, issue_api_key(name="Test app")[1])

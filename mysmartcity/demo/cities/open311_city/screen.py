"""The simulated city's own screen: what a clerk there would see. For visitors of the demo."""

from datetime import datetime
from html import escape

from starlette.responses import HTMLResponse

from mysmartcity.demo.cities.open311_city.city import City
from mysmartcity.demo.cities.open311_city.store import Row
from mysmartcity.demo.cities.serving import page
from mysmartcity.lib.clock import CITY_ZONE

_SHOWN = 100


def show(city: City) -> HTMLResponse:
    """The newest requests with their story."""
    rows = "".join(_row(city, row) for row in city.store.find(limit=_SHOWN))
    table = (
        "<table><thead><tr><th>Reference</th><th>Request</th><th>Photos</th><th>What happened</th>"
        f"</tr></thead><tbody>{rows}</tbody></table>"
    )
    intro = (
        "<p>This is a simulation of a city's own system, as its clerks would see it. "
        f"The newest {_SHOWN} requests, newest first; the page loads again every 10 seconds.</p>"
    )
    return page(
        city.name, intro + (table if rows else "<p>No requests yet.</p>"), refresh_seconds=10
    )


def _row(city: City, row: Row) -> str:
    service = city.services.get(row.service_code)
    happened = [(event.at, event.status, event.words) for event in city.events_of(row)]
    happened += [(at, f"From outside, {kind}", words) for kind, words, at in _comments(city, row)]
    story = "".join(
        f"<li>{_time(at)} <b>{escape(kind)}</b> {escape(words)}</li>"
        for at, kind, words in sorted(happened)
    )
    photos = "".join(
        f'<li><a href="{escape(url)}" rel="noreferrer">photo</a>: '
        f"{f'{size} bytes' if size is not None else escape(error or 'not fetched yet')}</li>"
        for url, size, error in row.pictures
    )
    place = escape(row.address or f"{row.lat}, {row.lng}")
    return (
        f"<tr><td>{escape(row.request_id)}<br>{_time(row.filed_at)}</td>"
        f"<td><b>{escape(service.name if service else row.service_code)}</b><br>{place}"
        f"<pre>{escape(row.description)}</pre></td>"
        f"<td><ul>{photos}</ul></td><td><ul>{story}</ul></td></tr>"
    )


def _comments(city: City, row: Row) -> list[tuple[str, str, float]]:
    return city.store.comments(row.request_id)


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, CITY_ZONE).strftime("%d %b %H:%M:%S")

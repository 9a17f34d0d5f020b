"""The simulated city's own screen: what a clerk there would see. For visitors of the demo."""

from datetime import datetime
from html import escape

from starlette.responses import HTMLResponse

from mysmartcity.demo.cities.capetown_city.city import City
from mysmartcity.demo.cities.capetown_city.life import OPEN
from mysmartcity.demo.cities.capetown_city.store import Row
from mysmartcity.demo.cities.serving import page
from mysmartcity.lib.clock import CITY_ZONE

_SHOWN = 100


def show(city: City) -> HTMLResponse:
    """The newest requests with their logs."""
    rows = "".join(_row(city, row) for row in city.store.newest(_SHOWN))
    table = (
        "<table><thead><tr><th>Reference</th><th>Status</th><th>Request</th><th>Log</th></tr>"
        f"</thead><tbody>{rows}</tbody></table>"
    )
    away = "<p><strong>The system is away for maintenance.</strong></p>" if city.is_away() else ""
    intro = (
        "<p>This is a simulation of the city's own system, as its clerks would see it. "
        f"The newest {_SHOWN} requests, newest first; the page loads again every 10 seconds.</p>"
    )
    body = away + intro + (table if rows else "<p>No requests yet.</p>")
    return page(city.name, body, refresh_seconds=10)


def _row(city: City, row: Row) -> str:
    happened = city.steps_of(row)
    log = "".join(f"<li>{escape(step.entry())}</li>" for step in happened)
    filed = datetime.fromtimestamp(row.filed_at, CITY_ZONE).strftime("%d.%m.%Y %H:%M:%S")
    place = ", ".join(
        escape(str(row.fields[name])) for name in ("street_number", "street", "suburb")
    )
    service = escape(city.catalogue.name_of(row.type_code, row.subtype_code))
    return (
        f"<tr><td>{escape(row.reference)}<br>{filed}</td>"
        f"<td>{escape(happened[-1].status if happened else OPEN)}</td>"
        f"<td><b>{service}</b><br>{place}<pre>{escape(row.message)}</pre></td>"
        f"<td><ul>{log}</ul></td></tr>"
    )

"""Fetches the pictures that requests point to, once each, as a city's system would."""

import asyncio

from mysmartcity.demo.cities.open311_city.city import City
from mysmartcity.lib import http

_LOOK_EVERY_SECONDS = 0.5
_MAX_BYTES = 15_000_000


async def fetch_pictures(city: City) -> None:
    """Run until cancelled: fetch what is new, remember the length or why there is none."""
    while True:
        for picture_id, url in city.store.pictures_to_fetch():
            size, error = await asyncio.to_thread(_fetch, url, city.photo_hosts)
            city.store.picture_fetched(picture_id, size=size, error=error)
        await asyncio.sleep(_LOOK_EVERY_SECONDS)


def _fetch(url: str, allowed_hosts: tuple[str, ...]) -> tuple[int | None, str | None]:
    try:
        reply = http.request("GET", url, allowed_hosts=allowed_hosts, max_bytes=_MAX_BYTES)
    except http.HttpFailure as failure:
        return (None, str(failure))
    if reply.status != 200:
        return (None, f"answered {reply.status}")
    return (len(reply.body), None)

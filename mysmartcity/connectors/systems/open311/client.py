"""Speaks Open311 GeoReport v2 with one endpoint: every call of the wire, nothing of our domain.

Answers are the values of `shapes.py`; every failure is an `Open311Error` whose `error_class` says
what may be done next. A write (`create`, `post_update`) is `ambiguous` whenever the city may have
acted on it although no readable answer came: it must be looked up there before it is sent again.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal
from urllib.parse import quote

from mysmartcity.connectors.systems.open311 import documents, halving, readers
from mysmartcity.connectors.systems.open311.exchange import Fits, Form, Wire
from mysmartcity.connectors.systems.open311.shapes import (
    Created,
    Definition,
    Garbled,
    Refused,
    RemoteRequest,
    RemoteUpdate,
    Service,
)
from mysmartcity.connectors.systems.open311.values import identifier
from mysmartcity.lib import clock, http


@dataclass(frozen=True)
class Open311Client:
    """One endpoint, for example https://city.example/open311/v2 (no slash at the end needed).

    `zone` is what a date without a zone means there. `zoneless_dates` sends such dates, for servers
    that stumble over an offset. `allowed_hosts`: see `lib.http`.
    """

    endpoint: str
    api_key: str = ""
    jurisdiction_id: str | None = None
    format: Literal["json", "xml"] = "json"
    allowed_hosts: Collection[str] = ()
    zone: tzinfo = clock.CITY_ZONE
    zoneless_dates: bool = False
    timeouts: http.Timeouts = http.DEFAULT_TIMEOUTS

    def services(self) -> list[Service]:
        """What the city takes."""
        tree = self._wire().get("services", _is_list(*readers.SERVICES))
        return readers.read_services(tree)

    def definition(self, service_code: str) -> Definition:
        """The questions of a service. Raises Garbled when the reply holds no definition."""
        tree = self._wire().get(
            f"services/{_escaped(service_code)}", _holds(readers.read_definition)
        )
        found = readers.read_definition(tree)
        return found or Definition(service_code, ())

    def token(self, token: str) -> str | None:
        """The request id that a token has become; None while it has not."""
        tree = self._wire().get(f"tokens/{_escaped(token)}", _is_list(*readers.REQUESTS))
        return readers.read_token(tree)

    def request(self, service_request_id: str) -> RemoteRequest | None:
        """One request by its id; None when the city does not know it (404 or an empty list)."""
        path = f"requests/{_escaped(service_request_id)}"
        try:
            tree = self._wire().get(path, _is_list(*readers.REQUESTS))
        except Refused as refusal:
            if refusal.status == 404:
                return None
            raise
        found = readers.read_requests(tree, zone=self.zone)
        same = [one for one in found if one.service_request_id in (service_request_id, None)]
        return same[0] if same else None

    def requests(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        service_code: str = "",
        status: str = "",
        ids: Sequence[str] = (),
        page: int | None = None,
        page_size: int | None = None,
        extra: Form | None = None,
    ) -> list[RemoteRequest]:
        """Requests made between two aware moments, or those with the ids; the server's order."""
        asked: dict[str, str | Sequence[str]] = {
            "service_request_id": ",".join(ids),
            "start_date": self._date(start),
            "end_date": self._date(end),
            "service_code": service_code,
            "status": status,
            "page": str(page or ""),
            "page_size": str(page_size or ""),
            **(extra or {}),
        }
        tree = self._wire().get("requests", _is_list(*readers.REQUESTS), asked)
        return readers.read_requests(tree, zone=self.zone)

    def all_requests(
        self,
        *,
        start: datetime,
        end: datetime,
        page_size: int = 50,
        max_pages: int = 200,
        extra: Form | None = None,
    ) -> Iterator[RemoteRequest]:
        """Page after page, each request once; ends where a page brings nothing new. A server that
        ignores pages and may have cut its list is asked for parts of the time. Raises Garbled
        (transient) after `max_pages`: an unfinished list must never look like one in which something
        is absent.
        """
        seen: set[str | None] = set()
        first: list[str | None] = []
        for page in range(1, max_pages + 1):
            found = self.requests(start=start, end=end, page=page, page_size=page_size, extra=extra)
            fresh = [one for one in found if one.service_request_id not in seen]
            yield from fresh
            seen.update(one.service_request_id for one in fresh)
            told = [one.service_request_id for one in found]
            if not fresh:
                if page == 2 and told == first and len(first) >= halving.SMALLEST_CUT:
                    yield from halving.listed(
                        lambda one, other: self.requests(start=one, end=other, extra=extra),
                        (start, end),
                        most=len(first),
                    )
                return
            first = first or told
        said = f"The city lists more than {max_pages} pages between {start} and {end}."
        raise Garbled(said, error_class="transient")

    def updates(self, *, start: datetime, end: datetime) -> list[RemoteUpdate]:
        """What happened to requests between two aware moments (`servicerequestupdates`)."""
        asked = {"start_date": self._date(start), "end_date": self._date(end)}
        tree = self._wire().get("servicerequestupdates", _is_list(*readers.UPDATES), asked)
        return readers.read_updates(tree, zone=self.zone)

    # --- Writing ----------------------------------------------------------------------------------

    def create(
        self,
        *,
        service_code: str,
        lat: float | None = None,
        lng: float | None = None,
        address: str = "",
        description: str = "",
        attributes: Mapping[str, str | Sequence[str]] | None = None,
        media_urls: Sequence[str] = (),
        first_name: str = "",
        last_name: str = "",
        email: str = "",
        phone: str = "",
        extra: Form | None = None,
    ) -> Created:
        """Ask the city to take a request. Never sent twice by this call.

        `attributes` are the answers by attribute code; a list of texts is a multivaluelist.
        """
        form: dict[str, str | Sequence[str]] = {
            "service_code": service_code,
            "lat": "" if lat is None else f"{lat:.7f}",
            "long": "" if lng is None else f"{lng:.7f}",
            "address_string": address,
            "description": description,
            "first_name": first_name,
            "last_name": last_name,
            "email": email,
            "phone": phone,
            "media_url": list(media_urls),
            **(extra or {}),
        }
        for code, answer in (attributes or {}).items():
            is_text = isinstance(answer, str)
            form[f"attribute[{code}]" if is_text else f"attribute[{code}][]"] = answer
        tree = self._wire().post("requests", form, _holds(readers.read_created))
        found = readers.read_created(tree)
        return found or Created(None, None)

    def post_update(
        self,
        *,
        service_request_id: str,
        update_id: str,
        status: str,
        updated_at: datetime,
        description: str,
        media_urls: Sequence[str] = (),
        extra: Form | None = None,
    ) -> str | None:
        """Tell the city more about a request; gives the city's id of it, if it has one.

        `update_id` is our key: a server that keeps to the extension takes each key once.
        """
        form: dict[str, str | Sequence[str]] = {
            "service_request_id": service_request_id,
            "update_id": update_id,
            "status": status,
            "updated_datetime": self._date(updated_at),
            "description": description,
            "media_url": list(media_urls),
            **(extra or {}),
        }
        tree = self._wire().post("servicerequestupdates", form, _is_list(*readers.UPDATES))
        found = documents.records(tree, *readers.UPDATES)
        return identifier(found[0].get("update_id")) if found else None

    def _date(self, moment: datetime | None) -> str:
        """In UTC with Z: a plus sign would become a space on some servers, and fractions a 500."""
        if moment is None:
            return ""
        if self.zoneless_dates:
            return moment.astimezone(self.zone).strftime("%Y-%m-%dT%H:%M:%S")
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _wire(self) -> Wire:
        return Wire(
            endpoint=self.endpoint,
            api_key=self.api_key,
            jurisdiction_id=self.jurisdiction_id,
            format=self.format,
            allowed_hosts=self.allowed_hosts,
            timeouts=self.timeouts,
        )


def _escaped(name: str) -> str:
    return quote(name, safe="")


# --- Whether a reply is what was asked for --------------------------------------------------------


def _is_list(*names: str) -> Fits:
    return lambda tree: documents.is_list_of(tree, *names) or bool(_named(tree, names))


def _named(tree: Any, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Records outside of any list: some servers give a single one as an object of its own."""
    keys = ("service_code", "service_request_id", "update_id", "token")
    return [one for one in documents.records(tree, *names) if any(key in one for key in keys)]


def _holds(read: Callable[[Any], object]) -> Fits:
    return lambda tree: read(tree) is not None

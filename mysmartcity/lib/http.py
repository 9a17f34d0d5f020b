"""The one door to the network: short, guarded requests to systems that we do not control.

Lives here: the rules every outgoing request obeys. The name is looked up once and each address
must be public (or the host listed by the operator); the connection goes to that very address, with
Host and TLS name kept, so a name that changes its answer in between gains nothing. No redirects, no
proxy from the environment, certificates always checked, one deadline for the whole exchange (a
reply that drips byte by byte ends with it), and a cap on the body, also after unpacking.

Does not live here: what a reply means. That is the business of each system's `client.py`.

Delivering exactly once stands on one distinction: `Unreachable` says that not one byte of the
request was written, so it may be sent again; `Ambiguous` says that the other side may have acted.
"""

import ssl
import time
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

import certifi
import httpcore
import httpx

from mysmartcity.lib.addresses import UnknownName, addresses_of, is_public

PUBLIC_PORTS = frozenset({443, 8443})
"""Ports that may be reached without being listed as `host:port`."""

_CHUNK = 8_192


class HttpFailure(Exception):
    """Why there is no whole reply. Its text is one English sentence for staff, without secrets."""


class Forbidden(HttpFailure):
    """Our own rules refuse the address, the port or the form of the request; nothing was sent."""


class Unreachable(HttpFailure):
    """No connection was made (name, refusal, timeout, TLS): the request was certainly not sent."""


class Ambiguous(HttpFailure):
    """The connection stood and then failed: the other side may or may not have acted."""


class TooLarge(HttpFailure):
    """The reply is longer than allowed. The other side did get the request."""


@dataclass(frozen=True)
class Timeouts:
    """Limits in seconds: for making the connection, and for everything from the name to the end."""

    connect: float = 5.0
    total: float = 15.0


@dataclass(frozen=True)
class Reply:
    """A whole reply. `headers` has lower-case names; repeated ones are joined by a comma."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Form = Mapping[str, str | Sequence[str]]
DEFAULT_TIMEOUTS = Timeouts()


def request(
    method: str,
    url: str,
    *,
    data: Form | bytes | None = None,
    files: Mapping[str, tuple[str, bytes, str]] | None = None,
    headers: Mapping[str, str] | None = None,
    params: Form | None = None,
    allowed_hosts: Collection[str] = (),
    timeout: Timeouts = DEFAULT_TIMEOUTS,
    max_bytes: int = 1_000_000,
) -> Reply:
    """Send one request and read the whole reply, whatever its status; redirects are not followed.

    `data` is a form (lists repeat a field) or the body's bytes; `files` maps a field to
    (file name, bytes, type). `allowed_hosts` lists "host" or "host:port" that may be private, may
    use plain http and any port. Raises Forbidden, Unreachable, Ambiguous or TooLarge.
    """
    deadline = time.monotonic() + timeout.total
    parts = _checked_url(url)
    is_listed = _is_listed(parts, allowed_hosts)
    if not is_listed:
        _check_public_form(parts)
    outgoing = _built(method, url, data=data, files=files, headers=headers, params=params)
    backend = _guarded(parts, is_listed=is_listed, connect=timeout.connect, deadline=deadline)
    return _exchange(outgoing, backend, max_bytes=max_bytes)


def certificate_until(
    url: str, *, allowed_hosts: Collection[str] = (), timeout: Timeouts = DEFAULT_TIMEOUTS
) -> datetime | None:
    """Until when the certificate of a host is good; None for an address without TLS.

    The same rules as for a request, and the certificate is checked as for one. Raises Forbidden, or
    Unreachable also for a certificate that is not good (any more).
    """
    deadline = time.monotonic() + timeout.total
    parts = _checked_url(url)
    is_listed = _is_listed(parts, allowed_hosts)
    if not is_listed:
        _check_public_form(parts)
    if parts.scheme != "https":
        return None
    host = parts.hostname or ""
    backend = _guarded(parts, is_listed=is_listed, connect=timeout.connect, deadline=deadline)
    try:
        with closing(backend):
            stream = backend.connect_tcp(host, _port(parts)).start_tls(_trust(), host)
            shown = stream.get_extra_info("ssl_object").getpeercert()
    except (httpcore.TimeoutException, httpcore.NetworkError) as error:
        raise Unreachable(f"There is no connection to {host}: {error}.") from error
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(shown["notAfter"]), UTC)


def _guarded(
    parts: SplitResult, *, is_listed: bool, connect: float, deadline: float
) -> "_PinnedBackend":
    """Connections to the checked addresses of a host only."""
    host = parts.hostname or ""
    connect_by = min(deadline, time.monotonic() + connect)
    try:
        addresses = addresses_of(host, within=connect_by - time.monotonic())
    except UnknownName as error:
        raise Unreachable(str(error)) from error
    if not is_listed:
        _check_addresses(host, addresses)
    return _PinnedBackend(addresses, connect_by=connect_by, deadline=deadline)


# --- Checks before anything is sent ---------------------------------------------------------------


def _checked_url(url: str) -> SplitResult:
    """The parts of a usable http(s) URL. Raises Forbidden for any other, or with a user name."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise Forbidden(f"The address can't be read: {error}.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Forbidden("The address must begin with https:// and name a host.")
    if "@" in parts.netloc:
        raise Forbidden("The address may not carry a user name or password.")
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _is_listed(parts: SplitResult, allowed_hosts: Collection[str]) -> bool:
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    names = {host, shown, f"{shown}:{_port(parts)}"}
    return any(name.lower() in names for name in allowed_hosts)


def _check_public_form(parts: SplitResult) -> None:
    if parts.scheme != "https":
        raise Forbidden(f"{parts.hostname} is not on the list of hosts allowed without https.")
    if _port(parts) not in PUBLIC_PORTS:
        raise Forbidden(f"Port {_port(parts)} of {parts.hostname} is not on the list.")


def _check_addresses(host: str, addresses: Sequence[str]) -> None:
    """One inner address among several is enough to refuse: the next try might take that one."""
    for text in addresses:
        if not is_public(ip_address(text.partition("%")[0])):
            raise Forbidden(f"{host} leads to {text}, which is not a public address.")


# --- The exchange ---------------------------------------------------------------------------------


def _built(
    method: str,
    url: str,
    *,
    data: Form | bytes | None,
    files: Mapping[str, tuple[str, bytes, str]] | None,
    headers: Mapping[str, str] | None,
    params: Form | None,
) -> httpx.Request:
    """The request as bytes and headers; one connection for one exchange, so never a stale one."""
    # Some servers answer compressed replies wrongly (Alexandria), so we ask for none.
    plain = {
        "User-Agent": "MySmartCity",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    form: dict[str, Any] | None = None
    content: bytes | None = None
    if isinstance(data, bytes):
        content = data
    elif data is not None:
        form = {
            name: value if isinstance(value, str) else list(value) for name, value in data.items()
        }
    try:
        target = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise Forbidden(f"The address can't be read: {error}.") from error
    if params:
        target = target.copy_merge_params(dict(params))
    return httpx.Request(
        method.upper(),
        target,
        data=form,
        content=content,
        files=dict(files) if files else None,
        headers={**plain, **(headers or {})},
    )


def _exchange(outgoing: httpx.Request, backend: "_PinnedBackend", *, max_bytes: int) -> Reply:
    url = outgoing.url
    sent = httpcore.Request(
        outgoing.method,
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=outgoing.headers.raw,
        content=outgoing.read(),
    )
    try:
        with (
            closing(backend),
            httpcore.ConnectionPool(ssl_context=_trust(), network_backend=backend) as pool,
            closing(pool.handle_request(sent)) as answer,
        ):
            head = {name.decode("latin-1").lower(): "" for name, _ in answer.headers}
            for name, value in answer.headers:
                key = name.decode("latin-1").lower()
                head[key] = ", ".join(filter(None, (head[key], value.decode("latin-1"))))
            body = _read(answer, head, max_bytes=max_bytes)
            return Reply(answer.status, head, body)
    except httpcore.LocalProtocolError as error:
        raise Forbidden(f"The request can't be written as HTTP: {error}.") from error
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        said = str(error) or type(error).__name__
        if backend.has_written:
            raise Ambiguous(f"The connection to {url.host} failed on the way: {said}.") from error
        raise Unreachable(f"There is no connection to {url.host}: {said}.") from error


def _read(answer: httpcore.Response, head: Mapping[str, str], *, max_bytes: int) -> bytes:
    """The body, unpacked, never holding more than `max_bytes` plus one chunk."""
    packing = head.get("content-encoding", "identity").strip().lower()
    if packing not in ("identity", "", "gzip", "x-gzip", "deflate"):
        raise Ambiguous(f"The reply is packed in a way we did not ask for: {packing[:20]}.")
    unpack = None if packing in ("identity", "") else zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    body = bytearray()
    for piece in answer.iter_stream():
        if unpack is None:
            body += piece
        else:
            try:
                body += unpack.decompress(piece, max_bytes + 1 - len(body))
            except zlib.error as error:
                raise Ambiguous("The packed reply is damaged.") from error
        if len(body) > max_bytes:
            raise TooLarge(f"The reply is longer than {max_bytes} bytes.")
    if unpack is not None and not unpack.eof:
        raise Ambiguous("The packed reply ends too early.")
    return bytes(body)


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """The machine's own certificate authorities and Mozilla's list: a slim image may have none."""
    context = ssl.create_default_context()
    # Some systems still allow what is older by default.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(certifi.where())
    return context


# --- Connections that go where we looked, and end in time -----------------------------------------


class _PinnedBackend(httpcore.NetworkBackend):
    """Opens connections to the addresses already checked, never to a name."""

    def __init__(self, addresses: Sequence[str], *, connect_by: float, deadline: float) -> None:
        self.has_written = False
        self._addresses = addresses
        self._connect_by = connect_by
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()
        self._opened: list[httpcore.NetworkStream] = []

    def close(self) -> None:
        """Close what was opened; httpcore leaves a connection behind when a header is illegal."""
        for stream in self._opened:
            stream.close()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Try each address in turn until one answers or the time for connecting is over."""
        failure: Exception = httpcore.ConnectTimeout("no time left to connect")
        for address in self._addresses:
            left = self._connect_by - time.monotonic()
            if left <= 0:
                break
            try:
                stream = self._inner.connect_tcp(address, port, left)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            self._opened.append(stream)
            return _TimedStream(stream, self)
        raise failure

    def left(self, *, connecting: bool = False) -> float:
        """Seconds left; at least a millisecond, so that the socket raises the timeout itself."""
        until = self._connect_by if connecting else self._deadline
        return max(0.001, until - time.monotonic())

    def is_over(self) -> bool:
        """Whether the deadline of the whole exchange has passed."""
        return time.monotonic() >= self._deadline


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every step is cut off by the one deadline."""

    def __init__(self, inner: httpcore.NetworkStream, backend: _PinnedBackend) -> None:
        self._inner = inner
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there; raises ReadTimeout at the deadline, however fast bytes drip in."""
        if self._backend.is_over():
            raise httpcore.ReadTimeout("the time for the whole exchange is over")
        return self._inner.read(max_bytes, self._backend.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write in pieces; from the first byte on, a failure leaves us not knowing."""
        view = memoryview(buffer)
        for start in range(0, len(view), _CHUNK):
            if self._backend.is_over():
                raise httpcore.WriteTimeout("the time for the whole exchange is over")
            self._backend.has_written = True
            self._inner.write(bytes(view[start : start + _CHUNK]), self._backend.left())

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Shake hands with the name of the URL, not of the address."""
        left = self._backend.left(connecting=True)
        return _TimedStream(
            self._inner.start_tls(ssl_context, server_hostname, left), self._backend
        )

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks of a connection."""
        return self._inner.get_extra_info(info)

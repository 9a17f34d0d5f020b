"""Until when a certificate is good: read from a real TLS server, with the guards of every request."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mysmartcity.connectors import tasks
from mysmartcity.connectors.models import Connection
from mysmartcity.lib import http
from tests.connectors.build import connection, handed_over
from tests.lib.test_http import listening

QUICK = http.Timeouts(connect=2.0, total=2.0)


def certificate(folder: Path, *, until: datetime) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(until)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@contextmanager
def tls(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A TLS server with this certificate, which we trust for the test."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    trust = ssl.create_default_context(cafile=str(file))
    monkeypatch.setattr(http, "_trust", lambda: trust)
    seen: list[bytes] = []

    def talk(connection) -> None:  # type: ignore[no-untyped-def]
        with server.wrap_socket(connection, server_side=True) as wrapped:
            seen.append(wrapped.recv(10))

    with listening(talk) as place:
        yield place
    assert not any(seen), "no request is sent"


@pytest.fixture
def until() -> datetime:
    return (datetime.now(UTC) + timedelta(days=90)).replace(microsecond=0)


def test_it_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, until: datetime) -> None:
    with tls(certificate(tmp_path, until=until), monkeypatch) as place:
        found = http.certificate_until(f"https://{place}/x", allowed_hosts=[place], timeout=QUICK)
    assert found == until


def test_one_that_ran_out_or_is_not_trusted_is_no_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, until: datetime
) -> None:
    over = certificate(tmp_path, until=datetime.now(UTC) - timedelta(days=1))
    with (
        tls(over, monkeypatch) as place,
        pytest.raises(http.Unreachable, match="certificate has expired"),
    ):
        http.certificate_until(f"https://{place}", allowed_hosts=[place], timeout=QUICK)
    good = certificate(tmp_path, until=until)
    with tls(good, monkeypatch) as place:
        monkeypatch.setattr(http, "_trust", ssl.create_default_context)
        with pytest.raises(http.Unreachable):
            http.certificate_until(f"https://{place}", allowed_hosts=[place], timeout=QUICK)


def test_the_guards_of_every_request_hold() -> None:
    for url in ("https://127.0.0.1/", "https://10.0.0.1/", "https://localhost/"):
        with pytest.raises(http.Forbidden):
            http.certificate_until(url)
    with pytest.raises(http.Forbidden):
        http.certificate_until("https://city.example:22/")
    with pytest.raises(http.Forbidden):
        http.certificate_until("http://city.example/")
    with listening(lambda connection: None) as place:
        assert http.certificate_until(f"http://{place}", allowed_hosts=[place]) is None
        with pytest.raises(http.Unreachable):
            http.certificate_until(f"https://{place}", allowed_hosts=[place], timeout=QUICK)


@pytest.mark.django_db
def test_it_is_looked_at_every_day_and_kept_when_out_of_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, until: datetime, settings: object
) -> None:
    handed_over()
    its = connection(system="open311")
    connection(system="mail")
    connection(system="nothing")
    with tls(certificate(tmp_path, until=until), monkeypatch) as place:
        settings.OUTBOUND_ALLOWED_HOSTS = [place]  # type: ignore[attr-defined]
        Connection.objects.filter(pk=its.pk).update(settings={"endpoint": f"https://{place}/v2"})
        for pk in Connection.objects.values_list("pk", flat=True):
            tasks.check_certificate(connection_id=pk)
    its.refresh_from_db()
    assert its.certificate_until == until
    tasks.check_certificate(connection_id=its.pk)
    its.refresh_from_db()
    assert its.certificate_until == until
    tasks.check_certificate(connection_id=0)
    tasks.check_certificates(timestamp=0)
    tasks.check_certificates(timestamp=0)

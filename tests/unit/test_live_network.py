"""Between this machine and a publisher: a certificate that nobody vouches for, and the proxies of the environment.

A proxy here is a server on this machine that keeps what it is asked. The publisher's name leads nowhere, so a call
around the proxy fails, and the guard of all tests fails it.
Not here: what a publisher itself answers (test_live_manners.py).
"""

import datetime as dt
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_httpserver import HTTPServer

from pipelines.ingest.resources import sources
from pipelines.live.errors import LostError, OfflineError, RefusedError
from pipelines.live.manners import Caller, Limits, Question
from tests.unit.made_up_sources import resource, source, used
from tests.unit.replay import Publisher, VirtualClock, as_json

ASKED = Question("tables/1?lang=no")
NAME = "statistikk.invalid"  # of a top-level domain that never leads anywhere
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def byraa(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with used(source=[source("byraa")], resource=[resource("byraa", "1")]):
        yield


def ask(base: str) -> object:
    asks = Caller({"byraa": base}, 50_000_000, VirtualClock(), Limits())
    return json.loads(asks.ask(sources()["byraa"], ASKED))


def certificate(folder: Path, *, days_from: int = -1, days_to: int = 30) -> Path:
    """A certificate for this machine that it signed itself, and its key, in one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "byraa")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName(NAME)]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=days_from))
        .not_valid_after(now + dt.timedelta(days=days_to))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / f"{days_from}_{days_to}.pem"
    path.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def trusted(tmp_path: Path) -> Path:
    return certificate(tmp_path)


@pytest.fixture
def secure(trusted: Path) -> Iterator[Publisher]:
    """A publisher who speaks TLS, with a certificate of its own making."""
    yield from _secure(trusted)


def _secure(pem: Path) -> Iterator[Publisher]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    with HTTPServer(host="127.0.0.1", ssl_context=context) as server:
        publisher = Publisher(server)
        publisher.answers["/tables/1"] = lambda _: as_json({"ok": 1})
        yield publisher


def test_certificate_that_nobody_vouches_for_is_refused_and_nothing_is_asked(secure: Publisher) -> None:
    with pytest.raises(RefusedError) as refused:
        ask(secure.server.url_for("/v2"))
    assert refused.value.rule == "certificate"
    assert "the certificate of byraa is not to be trusted (self-signed certificate)" in str(refused.value)
    assert "the clock and the certificates of this machine" in refused.value.remedy
    assert secure.asked == []


def test_certificate_that_the_machine_trusts_is_taken(
    secure: Publisher, trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    assert ask(secure.server.url_for("/v2")) == {"ok": 1}


@pytest.mark.parametrize("case", ["expired", "of another name"])
def test_trusted_certificate_that_does_not_hold_here_is_refused(
    tmp_path: Path, trusted: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    pem = certificate(tmp_path, days_from=-30, days_to=-1) if case == "expired" else trusted
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    for publisher in _secure(pem):
        base = publisher.server.url_for("/v2")
        with pytest.raises(RefusedError, match="expired" if case == "expired" else "localhost"):
            ask(base if case == "expired" else base.replace("127.0.0.1", "localhost"))
        assert publisher.asked == []


@pytest.fixture
def proxy(httpserver: HTTPServer) -> Publisher:
    """A proxy for plain calls: it answers as the publisher would."""
    publisher = Publisher(httpserver)
    publisher.answers["/tables/1"] = lambda _: as_json({"ok": 1})
    return publisher


def test_proxy_of_the_environment_is_asked_and_nobody_around_it(
    proxy: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.server.url_for("/").replace("http://", "http://me:hemmelig@"))
    assert ask(f"http://{NAME}/v2") == {"ok": 1}
    (request,) = proxy.asked
    assert request.headers["Host"] == NAME
    assert request.headers["Proxy-Authorization"].startswith("Basic ")


def test_host_that_needs_no_proxy_is_asked_directly(
    proxy: Publisher, secure: Publisher, trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    monkeypatch.setenv("ALL_PROXY", proxy.server.url_for("/"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert ask(secure.server.url_for("/v2")) == {"ok": 1}
    assert (len(secure.asked), proxy.asked) == (1, [])


class Tunnel:
    """A proxy for secure calls: keeps where it is asked to lead, leads all of it to one port, or says no."""

    def __init__(self, port: int | None) -> None:
        self.asked: list[str] = []
        self.port = port
        self.listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.listening.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            try:
                connected, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self._lead, args=(connected,), daemon=True).start()

    def _lead(self, connected: socket.socket) -> None:
        with connected:
            self.asked.append(connected.recv(65_536).decode("latin-1").splitlines()[0])
            if self.port is None:
                connected.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", self.port)) as there:
                connected.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=_pour, args=(there, connected), daemon=True)
                back.start()
                _pour(connected, there)
                back.join()


def _pour(one: socket.socket, other: socket.socket) -> None:
    try:
        while some := one.recv(65_536):
            other.sendall(some)
        other.shutdown(socket.SHUT_WR)
    except OSError:
        return


def test_secure_call_goes_through_the_tunnel_of_a_proxy(
    secure: Publisher, trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tunnel = Tunnel(secure.server.port)
    with tunnel.listening:
        monkeypatch.setenv("HTTPS_PROXY", tunnel.address)
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert ask(f"https://{NAME}/v2") == {"ok": 1}
    assert tunnel.asked == [f"CONNECT {NAME}:443 HTTP/1.1"]


def test_certificate_is_checked_through_a_proxy_as_well(secure: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    tunnel = Tunnel(secure.server.port)
    with tunnel.listening:
        monkeypatch.setenv("HTTPS_PROXY", tunnel.address)
        with pytest.raises(RefusedError, match="not to be trusted"):
            ask(f"https://{NAME}/v2")
    assert secure.asked == []


@pytest.mark.parametrize("is_there", [True, False])
def test_proxy_that_leads_nowhere_is_offline_and_its_password_is_not_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, is_there: bool
) -> None:
    tunnel = Tunnel(None)
    if not is_there:
        tunnel.listening.close()
    port = "9" if not is_there else tunnel.address.rpartition(":")[2]
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:hemmelig@127.0.0.1:{port}")
    with tunnel.listening, pytest.raises(LostError) as lost:
        ask(f"https://{NAME}/v2")
    assert isinstance(lost.value, OfflineError) and "byraa cannot be reached" in str(lost.value)
    assert "hemmelig" not in str(lost.value) + caplog.text
    assert {line.split()[1] for line in tunnel.asked} <= {f"{NAME}:443"}

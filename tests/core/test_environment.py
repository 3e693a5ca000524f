"""What the environment says of HTTP: read as curl and requests read it, and what cannot be used is
said by its name, before an intent is written."""

import select
import socket
import threading
from contextlib import contextmanager
from pathlib import Path

import certifi
import pytest
from toy_vendor import Answer

import segue
from segue._http import certificates, proxies
from segue._http.proxies import Origin, Proxies
from segue.errors import ConfigError

NAMES = ("http", "https", "all", "no")


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name.upper()}_PROXY", raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
                 "SSLKEYLOGFILE"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)


def refused(face, toy, tmp_path, **options):
    client = face.client(toy, journal=tmp_path / "journal.sqlite3", **options)
    with pytest.raises(ConfigError) as caught:
        face.do(client.submit, "a waltz")
    assert face.do(client.jobs) == [], "no intent is written"
    return str(caught.value)


BAD = {
    "no file": ("SSL_CERT_FILE", "nowhere.pem", "no such file"),
    "an empty file": ("SSL_CERT_FILE", "empty.pem", "holds no certificates"),
    "a folder as a file": ("SSL_CERT_FILE", "folder", "is a folder"),
    "no folder": ("SSL_CERT_DIR", "nowhere", "is no folder"),
    "an empty folder": ("SSL_CERT_DIR", "folder", "openssl rehash"),
    "requests': no file": ("REQUESTS_CA_BUNDLE", "nowhere.pem", "no such file"),
    "curl's: an empty file": ("CURL_CA_BUNDLE", "empty.pem", "holds no certificates"),
    "a log that cannot be written": ("SSLKEYLOGFILE", "nowhere/keys.log", "cannot be written"),
    "a log that is a folder": ("SSLKEYLOGFILE", "folder", "cannot be written"),
    "no such kind": ("ALL_PROXY", "socks4://127.0.0.1:1", "'socks4' cannot be used"),
    "no port": ("http_proxy", "http://127.0.0.1:many", "is not the address of a proxy"),
    "no host": ("HTTP_PROXY", "http://", "is not the address of a proxy"),
    "half an address": ("all_proxy", "http://[::1", "is not the address of a proxy"),
}


@pytest.mark.parametrize(("name", "value", "why"), BAD.values(), ids=BAD)
def test_what_cannot_be_used_is_said_by_its_name_before_the_intent(
    face, vendor, toy, tmp_path, monkeypatch, name, value, why
):
    (tmp_path / "empty.pem").touch()
    (tmp_path / "folder").mkdir()
    monkeypatch.setenv(name, value)
    said = refused(face, toy, tmp_path)
    assert name in said
    assert why in said
    assert "unset it" in said
    assert vendor.requests == []


def test_a_password_in_a_proxy_is_not_shown(face, vendor, toy, tmp_path, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "http://me:secret@127.0.0.1:many")
    assert "secret" not in refused(face, toy, tmp_path)


def test_without_socksio_a_socks_proxy_says_how_to_get_it(face, toy, tmp_path, monkeypatch):
    monkeypatch.setattr(proxies, "find_spec", lambda name: None)
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    assert "pip install 'segue-core[socks]'" in refused(face, toy, tmp_path)


def test_a_proxy_that_no_request_needs_is_nobodys_fault(face, vendor, toy, monkeypatch):
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:many")
    monkeypatch.setenv("ALL_PROXY", "socks4://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.0/8")
    assert face.do(face.client(toy).submit, "a waltz").ticket.id == "j1"


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("form", ["{}", "http://{}", "HTTP://{}/", " http://{} "])
def test_a_proxy_of_the_environment_is_used(face, vendor, toy, monkeypatch, name, form):
    vendor.says("http://localhost:9/jobs", Answer(body=b'{"id": "j1"}'))
    monkeypatch.setenv(name, form.format(vendor.url.removeprefix("http://")))
    monkeypatch.setenv("SEGUE_TOY_BASE_URL", "http://localhost:9")
    assert face.do(face.client(toy).submit, "a waltz").ticket.id == "j1"


@contextmanager
def socks_server():
    """A SOCKS5 server on loopback, and the hosts that it was asked for."""
    asked = []

    def relay(client):
        with client:
            client.recv(2 + client.recv(2, socket.MSG_PEEK)[1])
            client.sendall(b"\x05\x00")
            head = client.recv(4)
            host = client.recv(client.recv(1)[0]) if head[3] == 3 else client.recv(4)
            port = int.from_bytes(client.recv(2))
            asked.append(host)
            with socket.create_connection(("127.0.0.1", port)) as server:
                client.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
                pair = {client: server, server: client}
                while True:
                    for one in select.select(list(pair), [], [])[0]:
                        if not (data := one.recv(65536)):
                            return
                        pair[one].sendall(data)

    def serve(listening):
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=relay, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        yield listening.getsockname()[1], asked
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("setting", "scheme"),
    [(True, "socks5"), (True, "socks5h")]
    + [(False, scheme) for scheme in ("socks5", "socks5h", "SOCKS5", "socks")],
)
def test_a_socks_proxy_is_used(face, vendor, toy, tmp_path, monkeypatch, scheme, setting):
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    port = vendor.url.rpartition(":")[2]
    monkeypatch.setenv("SEGUE_TOY_BASE_URL", f"http://localhost:{port}")
    with socks_server() as (proxy, asked):
        config = tmp_path / "segue.toml"
        url = f"{scheme}://127.0.0.1:{proxy}"
        config.write_text(f'[http]\nproxy = "{url}"\n' if setting else "")
        if not setting:
            monkeypatch.setenv("all_proxy", url)
        client = face.client(toy, config=config)
        assert face.do(client.submit, "a waltz").ticket.id == "j1"
        face.do(client.close)
    assert asked == [b"localhost"]


PASSED_BY = {
    "*": True,
    "example.com": True,
    ".example.com": True,
    "*.example.com": True,
    "EXAMPLE.com": True,
    "api.example.com:443": True,
    "api.example.com:80": False,
    "other.org api.example.com": True,
    "other.org, example.com": True,
    "https://example.com": True,
    "http://example.com": False,
    "ample.com": False,
    "": False,
}


@pytest.mark.parametrize(("listed", "passed"), PASSED_BY.items())
@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
def test_no_proxy_names_hosts(monkeypatch, name, listed, passed):
    monkeypatch.setenv("https_proxy", "proxy.example:3128")
    monkeypatch.setenv(name, listed)
    found = Proxies(None).of(Origin("https", "api.example.com", 443))
    assert found == (None if passed else "http://proxy.example:3128")


@pytest.mark.parametrize(
    ("listed", "host", "passed"),
    [
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "::1", True),
        ("[::1]", "::1", True),
        ("fe80::/10", "fe80::1", True),
        ("localhost", "localhost", True),
        ("1.2.3.4:80", "1.2.3.4", True),
        ("1.2.3.4:81", "1.2.3.4", False),
    ],
)
def test_no_proxy_names_addresses_and_networks(monkeypatch, listed, host, passed):
    monkeypatch.setenv("all_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", listed)
    assert (Proxies(None).of(Origin("http", host, 80)) is None) is passed


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_list_of_certificates_of_ones_own_is_trusted_alone(tmp_path, monkeypatch, name):
    first = Path(certifi.where()).read_text(encoding="utf-8")
    first = first[first.index("-----BEGIN") :]
    mine = tmp_path / "mine.pem"
    mine.write_text(first[: first.index("-----END CERTIFICATE-----") + 26])
    monkeypatch.setenv(name, str(mine))
    assert certificates.tls_context().cert_store_stats()["x509"] == 1


def test_the_log_of_keys_is_written_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys.log"))
    assert certificates.tls_context().keylog_filename == str(tmp_path / "keys.log")


def test_the_offline_composer_needs_none_of_it(monkeypatch, tmp_path):
    from segue.testing import Silence

    monkeypatch.setenv("SSL_CERT_FILE", "nowhere.pem")
    monkeypatch.setenv("ALL_PROXY", "socks4://127.0.0.1:1")
    with segue.Client(Silence()) as client:
        assert client.generate_and_wait("hush", to=tmp_path).paths

"""What holds for all tests."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest
from bytecode import compiled_once
from faces import DRIVERS, Face
from hypothesis import HealthCheck, settings
from installed_once import read_once

# What an example may take is a matter of the machine, and of what else it does.
settings.register_profile("segue", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("segue")


def pytest_configure(config: pytest.Config) -> None:
    """A shell that starts the tests in the background has Ctrl-C ignored, by them and by the
    processes that they start: tests of being interrupted would wait for ever."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    compiled_once(config.rootpath / ".pytest_cache/bytecode")
    # No test, nor a process that it starts, sees the keys of whoever runs it.
    # Most tests compare a file with the bytes that were sent; those of the tags turn them on.
    os.environ["SEGUE_TAGS"] = "off"
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"


def pytest_collection_finish() -> None:
    """Thousands of tests stay until the end: no collection of garbage need look at them."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def installed_as_now() -> Iterator[None]:
    """The distributions of this environment are the same during the whole run."""
    with pytest.MonkeyPatch.context() as patch:
        read_once(patch)
        yield


@pytest.fixture(scope="session")
def one_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list of certificates that is read in no time; a whole one takes each client 25 ms."""
    end = "-----END CERTIFICATE-----\n"
    path = tmp_path_factory.mktemp("certificates") / "one.pem"
    path.write_text(Path(certifi.where()).read_text(encoding="utf-8").partition(end)[0] + end)
    return path


@pytest.fixture(autouse=True)
def few_certificates(monkeypatch: pytest.MonkeyPatch, one_certificate: Path) -> None:
    """Tests meet vendors on loopback, without TLS. Those that need other lists say so."""
    monkeypatch.setenv("SSL_CERT_FILE", str(one_certificate))


@pytest.fixture(params=DRIVERS)
def face(request: pytest.FixtureRequest) -> Iterator[Face]:
    """A client's face, once for each driver and event loop."""
    face = Face(request.param)
    yield face
    face.close()

"""The trusted certificates and the TLS key log, from the environment.

`SSL_CERT_FILE` and `SSL_CERT_DIR` are OpenSSL's, and take precedence; `REQUESTS_CA_BUNDLE` and
`CURL_CA_BUNDLE`, a file or a folder, are those of requests and curl. The default is certifi's list.
An unusable value is an error, not a connection that fails.
"""

from __future__ import annotations

import os
import re
import ssl
import sys
import threading
from pathlib import Path

import httpx

from segue.errors import ConfigError

_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_HASHED = re.compile(r"[0-9a-f]{8}\.\d+")


_building = threading.Lock()
"""Held while a context is made: a fork waits for that. OpenSSL's own locks, held by another thread
at the moment of a fork, would never be released in the child."""

if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(
        before=_building.acquire,
        after_in_parent=_building.release,
        after_in_child=_building.release,
    )


def tls_context() -> ssl.SSLContext:
    """A context for clients; raises `ConfigError`, which names the variable."""
    _check_key_log()
    with _building:
        return _context()


def _context() -> ssl.SSLContext:
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if file:
        return _of_file("SSL_CERT_FILE", file, folder or None)
    if folder:
        return _of_folder("SSL_CERT_DIR", folder)
    for name in _BUNDLES:
        if path := os.environ.get(name):
            return _of_folder(name, path) if Path(path).is_dir() else _of_file(name, path)
    return httpx.create_ssl_context(trust_env=False)


def _of_file(name: str, file: str, folder: str | None = None) -> ssl.SSLContext:
    if Path(file).is_dir():
        raise _unusable(name, file, "is a folder", "name it with SSL_CERT_DIR, or")
    try:
        context = ssl.create_default_context(cafile=file, capath=folder)
    except ssl.SSLError as error:
        raise _unusable(name, file, f"holds no certificates in PEM form ({error.reason})") from None
    except (OSError, ValueError) as error:
        raise _unusable(name, file, _reason(error)) from error
    if not context.cert_store_stats()["x509"]:
        raise _unusable(name, file, "holds no certificates")
    return context


def _of_folder(name: str, listed: str) -> ssl.SSLContext:
    """OpenSSL looks up certificates by their file names when needed."""
    folders = [Path(folder) for folder in listed.split(os.pathsep) if folder]
    try:
        hashed = any(
            _HASHED.fullmatch(file.name)
            for folder in folders
            if folder.is_dir()
            for file in folder.iterdir()
        )
    except (OSError, ValueError) as error:
        raise _unusable(name, listed, _reason(error)) from error
    if not any(folder.is_dir() for folder in folders):
        raise _unusable(name, listed, "is no folder")
    if not hashed:
        raise _unusable(
            name,
            listed,
            "holds no certificates under the names that OpenSSL looks for",
            f"run `openssl rehash {folders[0]}`, or",
        )
    return ssl.create_default_context(capath=listed)


def _check_key_log() -> None:
    """Raise for an unwritable file: Python opens it with every context, without a clear error."""
    path = os.environ.get("SSLKEYLOGFILE")
    if not path or sys.flags.ignore_environment:
        return
    try:
        with open(path, "ab"):  # noqa: PTH123 - as Python itself does
            pass
    except (OSError, ValueError) as error:
        raise _unusable("SSLKEYLOGFILE", path, f"cannot be written: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    words = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return words[:1].lower() + words[1:]


def _unusable(name: str, path: str, why: str, first: str = "") -> ConfigError:
    return ConfigError(
        f"{name} in the environment: {path!r} {why}",
        advice=f"{first} correct it or unset it; no request was sent".lstrip(),
    )

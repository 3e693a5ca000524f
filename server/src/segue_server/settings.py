"""How a server is set up, and whether that is safe. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from segue.config import Config
from segue.errors import ConfigError

PORT = 8932
"""The port, if no other is named."""


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`config` is Segue's own configuration. `journal` is the file with the jobs, `state` the
    server's own file, `folder` where music is saved. `public_url` is the address under which a
    proxy shows the server to others. `aliases` are names of backends, for `model`."""

    config: Config
    journal: Path
    state: Path
    folder: Path
    host: str = "127.0.0.1"
    port: int = PORT
    public_url: str | None = None
    aliases: Mapping[str, tuple[str, ...]] = {}

    @property
    def open(self) -> bool:
        """Whether everybody who reaches the server may come in without a key: on loopback only,
        and not behind a proxy."""
        return self.public_url is None and is_loopback(self.host)

    @property
    def hosts(self) -> frozenset[str]:
        """The names by which the server may be called, in small letters and without a port."""
        own = {self.host.lower()}
        if is_loopback(self.host):
            own |= {"localhost", "127.0.0.1", "::1"}
        if self.public_url:
            own.add((urlsplit(self.public_url).hostname or "").lower())
        return frozenset(own)

    @property
    def any_host(self) -> bool:
        """Whether the server listens on every address of the machine, so that its names are not
        known; a key is needed there in any case."""
        return self.host in ("0.0.0.0", "::") and self.public_url is None


def server_settings(
    config: Config,
    *,
    host: str = "127.0.0.1",
    port: int = PORT,
    folder: Path | None = None,
    public_url: str | None = None,
    aliases: Mapping[str, tuple[str, ...]] | None = None,
) -> ServerSettings:
    """The settings; raise `ConfigError` without a journal, or for an address that is none."""
    journal = config.journal()
    if journal is None:
        raise ConfigError(
            "the server holds its jobs in the journal, and it is off",
            advice="set a path: journal in segue.toml, or SEGUE_JOURNAL",
        )
    if public_url is not None and not _is_origin(public_url):
        raise ConfigError(
            f"public_url = {public_url!r} is not allowed",
            advice="write where the proxy is, such as https://music.example.com",
        )
    journal = journal.absolute()
    return ServerSettings(
        config=config,
        journal=journal,
        state=journal.with_name("server.sqlite3"),
        folder=(folder or journal.with_name("music")).absolute(),
        host=host,
        port=port,
        public_url=public_url.rstrip("/") if public_url else None,
        aliases=aliases or {},
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that address."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_origin(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False

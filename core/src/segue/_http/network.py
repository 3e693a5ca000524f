"""The network settings of requests: trusted certificates and proxies.

Read from the configuration and the environment at the first request, once for all connections of a
driver, and again in a forked child.
"""

from __future__ import annotations

import ssl

import httpx

from segue._http.certificates import tls_context
from segue._http.proxies import Origin, Proxies
from segue._process.forks import renewed_in_child
from segue.errors import ConfigError

_PORTS = {"http": 80, "https": 443}


class Network:
    """The network settings of a driver. `proxy` is that of the configuration. Methods raise
    `ConfigError`, which names the variable or the key."""

    def __init__(self, proxy: str | None) -> None:
        self._proxy = proxy
        self._tls: ssl.SSLContext | None = None
        self._proxies: Proxies | None = None
        renewed_in_child(self)

    def forked(self) -> None:
        """Read everything again: OpenSSL's locks may have been held at the fork."""
        self._tls = self._proxies = None

    @property
    def known(self) -> bool:
        """Whether the certificates are loaded, which is slow."""
        return self._tls is not None

    def tls(self) -> ssl.SSLContext:
        """The TLS context of all connections."""
        if self._tls is None:
            self._tls = tls_context()
        return self._tls

    def proxy(self, url: httpx.URL) -> httpx.Proxy | None:
        """The proxy for requests to `url`."""
        if self._proxies is None:
            self._proxies = Proxies(self._proxy)
        port = url.port or _PORTS.get(url.scheme, 0)
        found = self._proxies.of(Origin(url.scheme, url.host, port))
        if found is None:
            return None
        return httpx.Proxy(found, ssl_context=self.tls() if found.startswith("https:") else None)

    def check(self, url: str) -> None:
        """Raise `ConfigError` unless requests to `url` can be sent."""
        self.tls()
        try:
            self.proxy(httpx.URL(url))
        except ValueError as error:  # httpx's error for an unusable address
            raise ConfigError(f"the proxy for {url} cannot be used: {error}") from error

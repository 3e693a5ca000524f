"""The proxy of a request, from the configuration or the environment, as curl and requests read it.
Pure but for the environment, which is read once.

`http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` count, in small letters or in large ones,
and the system's settings on macOS and Windows where there are none of these.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from importlib.util import find_spec
from ipaddress import ip_address, ip_network
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from segue._data.redaction import hidden_query
from segue.errors import ConfigError

SETTING = "http.proxy in the configuration"

_SCHEMES = {
    "http": "http",
    "https": "https",
    "socks": "socks5",  # what desktops write into the environment
    "socks5": "socks5",
    "socks5h": "socks5h",
}
_FORMS = "write http://, https://, socks5:// or socks5h:// and HOST:PORT"


class Origin(NamedTuple):
    """Where a request goes to. An IPv6 address has no brackets."""

    scheme: str
    host: str
    port: int


class Proxies:
    """The effective proxies; `chosen` is that of the configuration, which applies to all."""

    def __init__(self, chosen: str | None) -> None:
        self._chosen = chosen
        self._named = getproxies()
        self._known: dict[Origin, str | None] = {}

    def of(self, origin: Origin) -> str | None:
        """The URL of the proxy for requests to `origin`; None for none.

        Raises `ConfigError`, which names the variable, for an unusable one.
        """
        if origin not in self._known:
            self._known[origin] = self._found(origin)
        return self._known[origin]

    def _found(self, origin: Origin) -> str | None:
        if self._chosen is not None:
            return validated_proxy(self._chosen, SETTING)
        name = next((name for name in (origin.scheme, "all") if self._named.get(name)), None)
        if name is None or self._passed_by(origin):
            return None
        return validated_proxy(self._named[name], _variable(name))

    def _passed_by(self, origin: Origin) -> bool:
        """Whether `no_proxy` names the origin."""
        if "no" not in self._named:
            return not _of_environment() and bool(proxy_bypass(origin.host))
        return any(_names(entry, origin) for entry in _entries(self._named["no"]))


def validated_proxy(value: str, where: str) -> str:
    """Normalize the URL of a proxy; raise `ConfigError` if it is invalid. `where` is its source."""
    scheme, _, rest = value.strip().rpartition("://")
    known = _SCHEMES.get(scheme.lower() or "http")
    url = f"{known}://{rest.lstrip('/')}"
    if known is None:
        raise ConfigError(
            f"{where}: a proxy of the kind {scheme.lower()!r} cannot be used", advice=_advice(where)
        )
    if not _sound(url):
        raise ConfigError(
            f"{where}: {hidden_query(url)!r} is not the address of a proxy", advice=_advice(where)
        )
    if known.startswith("socks") and find_spec("socksio") is None:
        raise ConfigError(
            f"{where} names a {known} proxy, which needs the package socksio",
            advice="pip install 'segue-core[socks]', or name an http:// proxy",
        )
    return url


def _advice(where: str) -> str:
    return _FORMS if where == SETTING else f"{_FORMS}, or unset it"


def _sound(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host.encode("idna") if not host.isascii() else None
    except ValueError:  # a port that is no number, a broken IPv6 address or name
        return False
    plain = url.isprintable() and not set(' "<>\\^`{|}%') & set(host)
    return plain and bool(host) and port != 0


def _entries(listed: str) -> Iterator[str]:
    return (entry for entry in re.split(r"[\s,]+", listed) if entry)


def _names(entry: str, origin: Origin) -> bool:
    """Whether an entry of `no_proxy` matches this origin: `*`, a domain with its subdomains, either
    with a port, an address or a network of addresses; httpx takes a scheme before it."""
    scheme, _, entry = entry.lower().rpartition("://")
    if scheme not in ("", "all", origin.scheme):
        return False
    if entry == "*" or _holds(entry, origin.host):
        return True
    host, _, port = entry.removeprefix("*").strip("/").rpartition(":")
    if host and port.isdecimal() and int(port) != origin.port:
        return False
    name = (host if host and port.isdecimal() else entry.removeprefix("*")).strip("[]")
    if _holds(name, origin.host):
        return True
    named, wanted = name.strip("."), origin.host.lower().rstrip(".")
    return bool(named) and (wanted == named or wanted.endswith(f".{named}"))


def _holds(network: str, host: str) -> bool:
    try:
        return ip_address(host) in ip_network(network.strip("[]"), strict=False)
    except ValueError:  # a name
        return False


def _of_environment() -> bool:
    return any(name.lower().endswith("_proxy") and value for name, value in os.environ.items())


def _variable(name: str) -> str:
    """The name of the variable; the lower-case one takes precedence, as in `getproxies`."""
    wanted = f"{name}_proxy"
    if os.environ.get(wanted):
        return wanted
    found = (one for one, value in os.environ.items() if one.lower() == wanted and value)
    return next(found, "the proxy of the system's settings")

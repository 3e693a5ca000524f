"""An account with a vendor: where its requests go and which key they carry.

One for each provider of a client. Rate limits and budgets are per account: clients with the same
key and address have the same `fingerprint`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from segue._data.redaction import remember
from segue.errors import AuthenticationFailed


class Account:
    """The address and the key of a provider's requests.

    `secret` returns the key when the first request needs it, and raises the error for the user when
    there is none. `header` and `scheme` are the vendor's.
    """

    def __init__(
        self,
        provider: str,
        *,
        base_url: str,
        secret: Callable[[], str | None],
        header: str = "Authorization",
        scheme: str = "Bearer ",
    ) -> None:
        self.provider = provider
        self.base_url = base_url.rstrip("/")
        self._secret = secret
        self._header = header
        self._scheme = scheme
        self._key: str | None = None

    def absolute(self, url: str) -> str:
        """The absolute address of `url`: below `base_url` when it begins with a slash. An invalid
        one is returned unchanged."""
        if url.startswith("/") and not url.startswith("//"):
            return self.base_url + url
        try:
            return urljoin(self.base_url + "/", url)
        except ValueError:  # such as `http://[::1`
            return url

    def owns(self, url: str) -> bool:
        """Whether an absolute `url` is on the provider's own origin: scheme, host and port."""
        own = _origin(self.base_url) if self.base_url else None
        return own is not None and _origin(url) == own

    def signature(self, url: str) -> Mapping[str, str]:
        """The header with the key, for the provider's own origin; empty for any other host."""
        if not self.owns(url):
            return {}
        key = self.key
        return {self._header: f"{self._scheme}{key}"} if key else {}

    @property
    def key(self) -> str | None:
        """The key, or None where the provider needs none."""
        if self._key is None:
            self._key = self._validated(self._secret())
            remember([self._key])
        return self._key

    @property
    def known(self) -> bool:
        """Whether the key is cached: reading it may run a command."""
        return self._key is not None

    @property
    def fingerprint(self) -> str:
        """A hash that identifies the account without revealing the key."""
        identity = f"{self.provider}\n{self.base_url}\n{self.key or ''}".encode()
        return hashlib.sha256(identity).hexdigest()[:16]

    def _validated(self, key: str | None) -> str | None:
        if key is None or (key.isascii() and key.isprintable() and " " not in key):
            return key
        raise AuthenticationFailed(
            f"the key for {self.provider} holds a space, a line break or a character that no"
            " key has",
            advice="copy the key again from the vendor's page",
        )

    def __repr__(self) -> str:
        return f"Account({self.provider!r}, {self.base_url!r})"


@lru_cache(maxsize=64)
def _origin(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port; None for an invalid address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # such as port 99999
        return None
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), port or default

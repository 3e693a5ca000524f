"""Rewrite the addresses of a sandbox to the vendor's. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where requests really go (`real`), and where the recording says that they go (`shown`);
    `others` are more such pairs, each for another host of the vendor."""

    real: str
    shown: str
    others: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, real: str, shown: str, hosts: Mapping[str, str] | None = None) -> Origin:
        """Two base addresses, less the segments in which both end: `…/api/v1` may also request
        `…/api/markets`. `hosts` are those of a `Sandbox`."""
        here = _host(real)
        others = tuple((f"{here}{path}", address) for path, address in (hosts or {}).items())
        ours, theirs = real.rstrip("/").split("/"), shown.rstrip("/").split("/")
        while ours[3:] and theirs[3:] and ours[-1] == theirs[-1]:
            ours.pop()
            theirs.pop()
        return cls(real="/".join(ours), shown="/".join(theirs), others=others)

    def vendors(self, url: str) -> str:
        """The address as the vendor's."""
        return self.rewritten(url.encode()).decode()

    def rewritten(self, text: bytes) -> bytes:
        """A text in which every address of the sandbox is the vendor's."""
        if self.real == self.shown:
            return text
        for real, shown in (*self.others, (self.real, self.shown)):
            text = text.replace(real.encode(), shown.encode())
        bare, theirs = (_host(url) for url in (self.real, self.shown))
        return text.replace(bare.encode(), theirs.encode())


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

"""The name of a backend, such as `venice/ace-step-15`, taken apart."""

from __future__ import annotations

import msgspec


class BackendKey(msgspec.Struct, frozen=True, kw_only=True):
    """`provider[@distribution][/model]`, taken apart. The model's case and spaces are preserved."""

    provider: str
    distribution: str | None = None
    model: str | None = None

    @classmethod
    def parse(cls, text: str) -> BackendKey:
        """Take a key apart; raise `ValueError` when it names no provider."""
        named, _, model = text.strip().partition("/")
        provider, _, distribution = named.partition("@")
        if not provider.strip():
            raise ValueError(
                f"backend {text!r} names no provider: write PROVIDER or PROVIDER/MODEL,"
                " such as 'local' or 'venice/ace-step-15'"
            )
        return cls(
            provider=provider.strip(),
            distribution=distribution.strip() or None,
            model=model.strip() or None,
        )

    def __str__(self) -> str:
        at = f"@{self.distribution}" if self.distribution else ""
        return f"{self.provider}{at}" + (f"/{self.model}" if self.model else "")

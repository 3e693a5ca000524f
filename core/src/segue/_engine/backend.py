"""A backend: the resolved form of a key such as `venice/ace-step-15`."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from segue._data.backend_key import BackendKey
from segue._effects.account import Account
from segue._engine.quote_cache import Prices
from segue._pace.durations import Typical
from segue._pace.rate_limit import Gate
from segue._pace.single_flight import SingleFlight
from segue._process.forks import renewed_in_child
from segue.hooks import Hooks
from segue.job import Ticket
from segue.provider import Model, Provider


class Backend:
    """A provider, the chosen model, the account of its requests, and the gate that all jobs of that
    account share."""

    def __init__(
        self,
        key: BackendKey,
        *,
        provider: Provider,
        account: Account,
        hooks: Hooks,
        gate: Gate | None = None,
    ) -> None:
        self.key = key
        self.provider = provider
        self.account = account
        self.hooks = hooks
        self.gate = gate or Gate(provider.limits)
        self.typical = Typical()
        self.prices = Prices()
        self.models: Sequence[Model] | None = None  # the catalogue, once fetched
        self.fetching: SingleFlight | None = None  # while it is fetched
        self._ended: deque[str] = deque(maxlen=1000)
        renewed_in_child(self)

    def forked(self) -> None:
        """Drop the parent's fetch of the catalogue."""
        self.fetching = None

    def of_model(self, key: BackendKey) -> Backend:
        """The same provider and account with another model."""
        other = Backend(
            key,
            provider=self.provider,
            account=self.account,
            hooks=self.hooks,
            gate=self.gate,
        )
        other.models = self.models
        other.prices = self.prices
        return other

    def ended(self, ticket: Ticket) -> None:
        """Record that the job has ended."""
        if not self.has_ended(ticket):
            self._ended.append(ticket.id)

    def has_ended(self, ticket: Ticket) -> bool:
        """Whether it ended lately: then its vendor has known it."""
        return ticket.id in self._ended

    @property
    def name(self) -> str:
        """The provider's name."""
        return self.key.provider

    def __repr__(self) -> str:
        return f"Backend({str(self.key)!r})"

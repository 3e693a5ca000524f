"""The backends of one client, each made on first use."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from segue._data.backend_key import BackendKey
from segue._engine.backend import Backend
from segue._pace.rate_limit import Gate
from segue._plugins.catalog import Catalogue
from segue._plugins.declaration import misdeclared
from segue._session.options import Backends, allowed
from segue._session.shared_pace import Sharing, shared
from segue.config import Config
from segue.errors import BrokenPlugin
from segue.flow import Flow, work
from segue.hooks import Hooks
from segue.job import Ticket
from segue.journal import Journal
from segue.provider import Installed, Provider

__all__ = ["Backends", "OwnBackends"]


class OwnBackends:
    """The backends of one client; `keys` are the chosen ones, in their order."""

    def __init__(
        self, backend: Backends, *, config: Config, hooks: Hooks, journal: Journal | None = None
    ) -> None:
        self._config = config
        self._journal = journal
        self._hooks = hooks
        self._catalogue = Catalogue()
        self._found: dict[BackendKey, Backend] = {}
        self._shared: list[Sharing] = []
        self.keys = self._chosen(backend)

    def chosen(self, backend: Backends) -> tuple[BackendKey, ...]:
        """The backends of one call: those that it names, or else those of the client."""
        return self.keys if backend is None else self._chosen(backend)

    def of(self, ticket: Ticket) -> BackendKey:
        """The backend that a ticket belongs to."""
        for key in self.keys:
            if key.provider == ticket.provider and key.model in (ticket.model, None):
                return key
        return BackendKey(provider=ticket.provider, model=ticket.model)

    def get(self, key: BackendKey) -> Flow[Backend]:
        """Return the backend of that key, made on first use: its provider is imported in a thread,
        as that may take long."""
        if key not in self._found and self._beside(key) is None:
            yield from work(partial(self._loaded, key))
        if key not in self._found:  # another task may have made it meanwhile
            self._found[key] = self._made(key)
        return self._found[key]

    def installed(self) -> list[Installed]:
        """Every provider of this installation, loaded."""
        return self._catalogue.installed()

    def close(self) -> None:
        """Send the pending reports to other processes that use these accounts."""
        for part in self._shared:
            part.close()

    def _loaded(self, key: BackendKey) -> None:
        """Import the provider; raise for a table of the configuration whose name is a misspelling
        of an installed one."""
        self._catalogue.load(key.provider, key.distribution)
        self._config.check_providers(self._catalogue.names())

    def _chosen(self, backend: Backends) -> tuple[BackendKey, ...]:
        """The backends to try, in order; a provider object is used directly."""
        if backend is None or isinstance(backend, str):
            return self._config.backends(backend)
        several: list[str | Provider] = []
        if isinstance(backend, Provider):
            several = [backend]
        elif isinstance(backend, Iterable):
            several = list(backend)
        valid = several and all(isinstance(one, str | Provider) for one in several)
        what = "write 'provider/model', a provider, or a list of at least one of them"
        allowed("backend", backend, bool(valid), what)
        return tuple(key for one in several for key in self._one(one))

    def _one(self, backend: str | Provider) -> tuple[BackendKey, ...]:
        if isinstance(backend, str):
            return self._config.backends(backend)
        if wrong := misdeclared(backend):
            raise BrokenPlugin(f"{type(backend).__name__} {wrong}", advice="tell its author")
        key = BackendKey(provider=backend.name)
        if (found := self._found.get(key)) is not None and found.provider is backend:
            return (key,)
        self._found[key] = self._ready(key, backend)
        return (key,)

    def _made(self, key: BackendKey) -> Backend:
        """Make the backend; models of one provider share its account."""
        if (other := self._beside(key)) is not None:
            return other.of_model(key)
        kind = self._catalogue.load(key.provider, key.distribution)
        options = self._config.options(kind, key.provider)
        try:
            made = kind(options)
        except Exception as error:
            problem = f"{kind.__name__} cannot be made: {type(error).__name__}: {error}"
            raise BrokenPlugin(f"{key.provider}: {problem}", advice="tell its author") from error
        return self._ready(key, made)

    def _beside(self, key: BackendKey) -> Backend | None:
        """A backend of the same provider, if any."""
        same = (key.provider, key.distribution)
        found = self._found.values()
        return next((o for o in found if (o.key.provider, o.key.distribution) == same), None)

    def _ready(self, key: BackendKey, provider: Provider) -> Backend:
        self._hooks.register(provider)
        self._config.check_address(provider, key.provider)
        account = self._config.account(provider, key.provider, secret=self._hooks.secret)
        sharing = shared(self._journal, account, provider.limits, self._config.environ)
        if sharing is not None:
            self._shared.append(sharing)
        gate = Gate(provider.limits, sharing)
        return Backend(key, provider=provider, account=account, hooks=self._hooks, gate=gate)

"""What a client asks of its first backend besides jobs: prices, queries, models, balance."""

from __future__ import annotations

from typing import Any, TypeVar

from segue._engine import submit as lifecycle
from segue._engine.backend import Backend
from segue._engine.model_names import meant
from segue._engine.provider_calls import Spending, begun, carried, listed, streaming
from segue._engine.validate import checked, refuse_retired
from segue._session.backends import OwnBackends
from segue._session.options import asked, refuse_no_query
from segue.flow import Flow, Stream
from segue.money import Money, Quote
from segue.provider import Model
from segue.tasks import Query, Task

A = TypeVar("A")


class Questions:
    """The flows that bring an answer and make no job."""

    def __init__(self, backends: OwnBackends) -> None:
        self._backends = backends

    def first(self) -> Flow[Backend]:
        """The backend that comes first."""
        return self._backends.get(self._backends.keys[0])

    def quote(self, task: Task | str) -> Flow[Quote]:
        """What the task would cost."""
        backend = yield from self.first()
        refuse_retired(backend)
        ready, _ = checked(backend, asked(task), (yield from lifecycle.catalogue(backend)))
        with meant(backend):
            return (yield from carried(backend, begun(Quote, backend.provider.quote, ready)))

    def ask(self, query: Query[A]) -> Flow[A]:
        """Answer a query; some vendors charge for it."""
        refuse_no_query(query)
        backend = yield from self.first()
        flow: Flow[A] = begun(object, backend.provider.ask, query)
        return (yield from carried(backend, flow, spending=Spending(allowed=query.spends)))

    def stream(self, query: Query[Any]) -> Flow[Stream]:
        """What to read for a query whose answer comes as a stream; some vendors charge for it."""
        refuse_no_query(query)
        backend = yield from self.first()
        flow = begun(Stream, backend.provider.stream, query)
        return (yield from streaming(backend, flow, Spending(allowed=query.spends)))

    def models(self) -> Flow[list[Model]]:
        """The vendor's catalogue."""
        backend = yield from self.first()
        return (yield from carried(backend, listed(Model, backend.provider.models)))

    def balance(self) -> Flow[list[Money]]:
        """What the account can still spend."""
        backend = yield from self.first()
        return (yield from carried(backend, listed(Money, backend.provider.balance)))

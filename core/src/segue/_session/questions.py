"""What a client asks of its first backend besides jobs: prices, queries, models, balance."""

from __future__ import annotations

from typing import Any, TypeVar

from segue._engine import submit as lifecycle
from segue._engine.backend import Backend
from segue._engine.model_names import suggesting_model
from segue._engine.provider_calls import Spending, bound_flow, list_flow, streaming, typed_flow
from segue._engine.validate import refuse_retired, validated_task
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
        ready, _ = validated_task(backend, asked(task), (yield from lifecycle.catalogue(backend)))
        with suggesting_model(backend):
            return (
                yield from bound_flow(backend, typed_flow(Quote, backend.provider.quote, ready))
            )

    def ask(self, query: Query[A]) -> Flow[A]:
        """Answer a query; some vendors charge for it."""
        refuse_no_query(query)
        backend = yield from self.first()
        flow: Flow[A] = typed_flow(object, backend.provider.ask, query)
        return (yield from bound_flow(backend, flow, spending=Spending(allowed=query.spends)))

    def stream(self, query: Query[Any]) -> Flow[Stream]:
        """What to read for a query whose answer comes as a stream; some vendors charge for it."""
        refuse_no_query(query)
        backend = yield from self.first()
        flow = typed_flow(Stream, backend.provider.stream, query)
        return (yield from streaming(backend, flow, Spending(allowed=query.spends)))

    def models(self) -> Flow[list[Model]]:
        """The vendor's catalogue."""
        backend = yield from self.first()
        return (yield from bound_flow(backend, list_flow(Model, backend.provider.models)))

    def balance(self) -> Flow[list[Money]]:
        """What the account can still spend."""
        backend = yield from self.first()
        return (yield from bound_flow(backend, list_flow(Money, backend.provider.balance)))

"""A client's requests to its first backend besides jobs: prices, queries, models, balance."""

from __future__ import annotations

from typing import Any, TypeVar

from segue._engine import submit as lifecycle
from segue._engine.backend import Backend
from segue._engine.model_names import suggesting_model
from segue._engine.provider_calls import Spending, bound_flow, list_flow, streaming, typed_flow
from segue._engine.validate import refuse_retired, validated_task
from segue._session.backends import Backends, OwnBackends
from segue._session.options import refuse_no_query, task_of
from segue.flow import Flow, Stream, work
from segue.money import Money, Quote
from segue.provider import Installed, Model
from segue.tasks import Query, Task

A = TypeVar("A")


class Questions:
    """The flows that bring an answer and make no job."""

    def __init__(self, backends: OwnBackends) -> None:
        self._backends = backends

    def first(self, backend: Backends = None) -> Flow[Backend]:
        """The backend that comes first, of those of the call or else of the client."""
        return self._backends.get(self._backends.chosen(backend)[0])

    def quote(self, task: Task | str, backend: Backends = None) -> Flow[Quote]:
        """What the task would cost."""
        made = yield from self.first(backend)
        refuse_retired(made)
        ready, _ = validated_task(made, task_of(task), (yield from lifecycle.catalogue(made)))
        with suggesting_model(made):
            return (yield from bound_flow(made, typed_flow(Quote, made.provider.quote, ready)))

    def ask(self, query: Query[A], backend: Backends = None) -> Flow[A]:
        """Answer a query; some vendors charge for it."""
        refuse_no_query(query)
        made = yield from self.first(backend)
        flow: Flow[A] = typed_flow(object, made.provider.ask, query)
        return (yield from bound_flow(made, flow, spending=Spending(allowed=query.spends)))

    def stream(self, query: Query[Any], backend: Backends = None) -> Flow[Stream]:
        """What to read for a query whose answer comes as a stream; some vendors charge for it."""
        refuse_no_query(query)
        made = yield from self.first(backend)
        flow = typed_flow(Stream, made.provider.stream, query)
        return (yield from streaming(made, flow, Spending(allowed=query.spends)))

    def models(self, backend: Backends = None) -> Flow[list[Model]]:
        """The vendor's catalogue."""
        made = yield from self.first(backend)
        return (yield from bound_flow(made, list_flow(Model, made.provider.models)))

    def balance(self, backend: Backends = None) -> Flow[list[Money]]:
        """What the account can still spend."""
        made = yield from self.first(backend)
        return (yield from bound_flow(made, list_flow(Money, made.provider.balance)))

    def providers(self) -> Flow[list[Installed]]:
        """The installed providers; they are imported beside the event loop."""
        return work(self._backends.installed)

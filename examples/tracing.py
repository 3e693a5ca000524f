"""Spans for OpenTelemetry: `Client(plugins=[Tracing()])`. Needs `segue-core[tracing]`.

A job is a span from its submission to its end, and so is each request. The program configures the
export, as always with OpenTelemetry: a provider, a processor and an exporter; without them nothing
is written. No span holds a prompt, a key or a token.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from opentelemetry.trace import Span, SpanKind, Status, StatusCode, TracerProvider, get_tracer

from segue.hooks import hookimpl

if TYPE_CHECKING:
    from segue.job import Delivery, Snapshot, Ticket
    from segue.tasks import Task


class Tracing:
    """The plugin. `provider` receives the spans; by default the program's global one."""

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self._tracer = get_tracer("segue", tracer_provider=provider)
        self._jobs: dict[str, Span] = {}

    @hookimpl
    def segue_called(  # noqa: PLR0917 - pluggy passes them by name
        self,
        endpoint: str,
        provider: str,
        status: int | None,
        error: Exception | None,
        seconds: float,
        attempt: int,
    ) -> None:
        """A request that has just ended began `seconds` ago."""
        now = time.time_ns()
        span = self._tracer.start_span(
            endpoint,
            kind=SpanKind.CLIENT,
            start_time=now - int(seconds * 1e9),
            attributes={
                "http.request.method": endpoint.partition(" ")[0],
                "http.request.resend_count": attempt - 1,
                "segue.provider": provider,
            },
        )
        if status is not None:
            span.set_attribute("http.response.status_code", status)
        if error is not None:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(Status(StatusCode.ERROR, str(error)))
        span.end(now)

    @hookimpl
    def segue_submitted(self, ticket: Ticket, task: Task) -> None:
        """A job's span begins."""
        self._jobs[ticket.job] = self._tracer.start_span(
            f"segue.job {ticket.provider}",
            attributes={
                "segue.job": ticket.job,
                "segue.provider": ticket.provider,
                "segue.model": ticket.model or "",
                "segue.task": str(task.__struct_config__.tag),
            },
        )

    @hookimpl
    def segue_updated(self, ticket: Ticket, snapshot: Snapshot) -> None:
        """Every poll is an event of the span; a terminal status ends it."""
        span = self._jobs.get(ticket.job)
        if span is None:
            return  # submitted by another process
        span.add_event("look", {"segue.status": snapshot.status.value, "segue.word": snapshot.word})
        if snapshot.status.terminal and snapshot.error is not None:
            span.set_status(Status(StatusCode.ERROR, snapshot.error.message))
        if snapshot.status.terminal:
            self._jobs.pop(ticket.job).end()

    @hookimpl
    def segue_delivered(self, delivery: Delivery) -> None:
        """The delivery is a span of its own: a job may be downloaded much later."""
        with self._tracer.start_as_current_span("segue.delivered") as span:
            span.set_attribute("segue.job", delivery.ticket.job)
            span.set_attribute("segue.files", len(delivery.files))
            span.set_attribute("segue.bytes", sum(file.bytes for file in delivery.files))

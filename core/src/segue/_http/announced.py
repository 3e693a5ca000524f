"""The intent of a run of a flow, and whether its request was sent.

An abandoned flow (a cancelled task, Ctrl-C) can record nothing any more. The driver does so in its
place: a job whose request was never sent is recorded as refused, any other as unknown.
"""

from __future__ import annotations

from datetime import UTC, datetime

from segue._effects.bound import Departure
from segue.events import Event, Intent, Refused, Unknown
from segue.flow import Claim, Unclaim


class Undertaking:
    """The unsettled intent of a run, if any; and the leases that were acquired in this run, as
    their owners by job."""

    def __init__(self) -> None:
        self.intent: Intent | None = None
        self.leases: dict[str, str] = {}
        self._departure = Departure()

    def announced(self, event: Event) -> None:
        """An event is about to be recorded."""
        if isinstance(event, Intent):
            self.intent, self._departure = event, Departure()
            self._departure.watched = True
            self.leases[event.job] = event.owner

    def recorded(self, event: Event) -> None:
        """The event is recorded, or cannot be."""
        if self.intent is not None and event.job == self.intent.job:
            self.intent = self.intent if isinstance(event, Intent) else None

    def dropped(self, event: Event) -> None:
        """The journal has refused the event."""
        if event is self.intent:
            self.intent = None
            self.leases.pop(event.job, None)

    def claiming(self, effect: Claim | Unclaim) -> None:
        """A lease is about to be acquired or released in this run."""
        if isinstance(effect, Unclaim):
            self.leases.pop(effect.job, None)
        elif not effect.renews:
            self.leases[effect.job] = effect.owner.name

    @property
    def unfinished(self) -> bool:
        """Whether an abandoned run has an outcome to record or a lease to release."""
        return self.intent is not None or bool(self.leases)

    def begun(self, departure: Departure | None) -> None:
        """An attempt of the paid request starts, whose departure is watched from then on."""
        if departure is not None:
            departure.left = departure.left or self._departure.left
            departure.watched = True
            self._departure = departure

    def leaving(self) -> None:
        """The paid request may have been sent from then on."""
        self._departure.left = True

    def traced(self, what: str, info: dict[str, object]) -> None:
        """A trace event of httpcore: a request is sent when its first byte is written."""
        if leaves(what, info):
            self._departure.left = True

    def given_up(self) -> Refused | Unknown | None:
        """The event to record when the run is abandoned now."""
        intent, self.intent = self.intent, None
        if intent is None:
            return None
        at = datetime.now(UTC)
        if not self._departure.possible:
            return Refused(job=intent.job, at=at, reason="it was given up before it was sent")
        return Unknown(job=intent.job, at=at, reason="it was interrupted while it was being sent")


def leaves(what: str, info: dict[str, object]) -> bool:
    """Whether httpcore reports that the first byte of a request is written now. A request to a
    proxy for a tunnel to the vendor does not count."""
    if not what.endswith("send_request_headers.started"):
        return False
    return getattr(info.get("request"), "method", b"") != b"CONNECT"

"""What a run of a flow has announced in the journal, and whether the request for it has left.

A flow that is given up (a cancelled task, Ctrl-C) can write nothing down any more. The driver
does so in its place: a job whose request never left was refused, any other is unknown.
"""

from __future__ import annotations

from datetime import UTC, datetime

from segue._effects.bound import Departure
from segue.events import Event, Intent, Refused, Unknown
from segue.flow import Claim, Unclaim


class Undertaking:
    """The job that a run has announced and not settled yet, if there is one; and the leases that
    were taken in this run, as their owners by job."""

    def __init__(self) -> None:
        self.intent: Intent | None = None
        self.leases: dict[str, str] = {}
        self._departure = Departure()

    def announced(self, event: Event) -> None:
        """This is about to be written down."""
        if isinstance(event, Intent):
            self.intent, self._departure = event, Departure()
            self._departure.watched = True
            self.leases[event.job] = event.owner

    def recorded(self, event: Event) -> None:
        """This is written down, or cannot be."""
        if self.intent is not None and event.job == self.intent.job:
            self.intent = self.intent if isinstance(event, Intent) else None

    def dropped(self, event: Event) -> None:
        """The journal has refused this."""
        if event is self.intent:
            self.intent = None
            self.leases.pop(event.job, None)

    def claiming(self, effect: Claim | Unclaim) -> None:
        """A lease is about to be taken or given back in this run."""
        if isinstance(effect, Unclaim):
            self.leases.pop(effect.job, None)
        elif not effect.renews:
            self.leases[effect.job] = effect.owner.name

    @property
    def unfinished(self) -> bool:
        """Whether there is something to write down or to give back when the run is given up."""
        return self.intent is not None or bool(self.leases)

    def begun(self, departure: Departure | None) -> None:
        """A try of the paid request begins, whose departure is watched from here on."""
        if departure is not None:
            departure.left = departure.left or self._departure.left
            departure.watched = True
            self._departure = departure

    def leaving(self) -> None:
        """The paid request may have left from here on."""
        self._departure.left = True

    def traced(self, what: str, info: dict[str, object]) -> None:
        """What httpcore says of a request: it leaves when its first byte is written."""
        if leaves(what, info):
            self._departure.left = True

    def given_up(self) -> Refused | Unknown | None:
        """What to write down when the run is given up now."""
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

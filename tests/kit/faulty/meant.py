"""Providers that misunderstand good answers."""

from __future__ import annotations

from typing import Any

import msgspec

from segue.flow import Flow, Reply
from segue.job import Asset, Snapshot, Status, Ticket
from segue.provider import Model
from tests.kit.faulty.fault import Fault, with_
from tests.kit.metronome import Metronome


def worded(**words: Status) -> type[Metronome]:
    """Takes the vendor's words for something else."""

    def snapshot(self: Metronome, reply: Reply) -> Snapshot:
        seen = Metronome.snapshot(self, reply)
        return msgspec.structs.replace(seen, status=words.get(seen.word, seen.status))

    return with_(snapshot=snapshot)


def bare(**fields: Any) -> type[Metronome]:
    """Leaves something out of every snapshot."""

    def snapshot(self: Metronome, reply: Reply) -> Snapshot:
        return msgspec.structs.replace(Metronome.snapshot(self, reply), **fields)

    return with_(snapshot=snapshot)


def nothing_to_save(self: Metronome, ticket: Ticket, snapshot: Snapshot) -> Flow[list[Asset]]:
    yield from ()
    return []


class Twins(Metronome):
    def models(self) -> Flow[list[Model]]:
        return [*(yield from super().models())] * 2


MEANT = [
    Fault("test_a_running_job_is_not_over", worded(ticking=Status.FAILED), "as FAILED"),
    Fault("test_a_running_job_is_not_over", bare(progress=50.0), "a fraction of 0 to 1"),
    Fault("test_a_finished_job_has_a_track_to_save", worded(done=Status.RUNNING), "as RUNNING"),
    Fault("test_a_finished_job_has_a_track_to_save", bare(tracks=()), "with no track"),
    Fault(
        "test_a_finished_job_has_a_track_to_save",
        with_(download=nothing_to_save),
        "offers no track",
    ),
    Fault("test_a_failed_job_says_why", bare(error=None), "FAILED without a reason"),
    Fault("test_a_failed_job_says_why", worded(broken=Status.RUNNING), "as RUNNING"),
    Fault("test_a_stopped_job_is_not_waited_on", worded(stopped=Status.UNKNOWN), "as UNKNOWN"),
    Fault("test_what_else_it_offers_returns_what_it_should", Twins, "models() returned"),
]

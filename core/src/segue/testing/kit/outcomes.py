"""Tests of what each method returns for the vendor's good responses."""

from __future__ import annotations

from typing import TypeGuard

import pytest

from segue.job import Asset, Snapshot, Status
from segue.money import Money, Quote
from segue.provider import Model
from segue.testing.kit.bench import Bench, Step
from segue.testing.kit.inputs import KitInputs
from segue.testing.kit.tracebacks import hidden

__tracebackhide__ = hidden


class Outcomes(KitInputs):
    """The results of good responses."""

    def test_a_running_job_is_not_over(self) -> None:
        """RUNNING or QUEUED, with a progress of 0 to 1 if there is any."""
        _check_figures(snapshot := Bench(self).snapshot("running"))
        assert not snapshot.status.terminal, (
            f"poll() reads `running` as {snapshot.status.name}: map the vendor's words to Status"
        )

    def test_a_finished_job_has_a_track_to_save(self) -> None:
        """SUCCEEDED, with a track, and with assets that have names."""
        bench = Bench(self)
        _check_figures(snapshot := bench.snapshot("succeeded"))
        assert snapshot.status is Status.SUCCEEDED, (
            f"poll() reads `succeeded` as {snapshot.status.name} ({snapshot.word!r})"
        )
        good = [track for track in snapshot.tracks if track.status is Status.SUCCEEDED]
        assert good, "poll() says SUCCEEDED with no track that SUCCEEDED: add a Track for each"
        assets = bench.value(bench.step("download", "download_reply"))
        assert _are_assets(assets), f"download() returned {assets!r}: it returns a list of Assets"
        assert any(asset.kind in ("track", "stem") for asset in assets), (
            "download() offers no track of a job that SUCCEEDED: add an Asset for each track"
        )
        for asset in assets:
            assert asset.name, f"{asset!r} lacks a name: it is the file's, without its extension"
            assert asset.containers, f"{asset!r} lacks containers: those that it can come in"

    def test_a_failed_job_says_why(self) -> None:
        """A job that failed is a Snapshot with the vendor's reason, and no exception."""
        snapshot = Bench(self).snapshot("failed")
        assert snapshot.status is Status.FAILED, (
            f"poll() reads `failed` as {snapshot.status.name} ({snapshot.word!r})"
        )
        reason = snapshot.error.message if snapshot.error else ""
        assert reason, (
            "poll() returns FAILED without a reason: set error=Failure(message=…) to the vendor's"
            " words"
        )

    def test_a_stopped_job_is_not_waited_on(self) -> None:
        """The vendor's word for it is in the table: a job of unknown status is polled until the
        timeout."""
        bench = Bench(self)
        if not bench.able.cancel:
            pytest.skip("capabilities do not say cancel")
        snapshot = bench.value(bench.step("cancel", "cancelled"))
        assert isinstance(snapshot, Snapshot), f"cancel() returned {snapshot!r}: see Provider"
        assert snapshot.status is not Status.UNKNOWN, (
            f"cancel() reads `cancelled` as UNKNOWN ({snapshot.word!r}): map the vendor's word for"
            " a stopped job to Status.CANCELLED"
        )

    def test_what_else_it_offers_returns_what_it_should(self) -> None:
        """`cancel`, `release`, `models`, `quote` and `balance` return their declared types."""
        bench = Bench(self)
        steps = list(bench.steps(but=("submit", "poll", "download")))
        if not steps:
            pytest.skip("nothing more is declared, or its responses are not set")
        for step in steps:
            value = bench.value(step)
            assert _fits(step, value), f"{step.method}() returned {value!r}: see Provider"


def _are_assets(value: object) -> TypeGuard[list[Asset]]:
    return isinstance(value, list) and all(isinstance(one, Asset) for one in value)


def _check_figures(snapshot: Snapshot) -> None:
    progress = snapshot.progress
    assert progress is None or 0 <= progress <= 1, (
        f"progress is {progress!r}: it is a fraction of 0 to 1"
    )
    for name in ("eta", "expected"):
        seconds = getattr(snapshot, name)
        assert seconds is None or seconds >= 0, f"{name} is {seconds!r}: it is in seconds"


def _fits(step: Step, value: object) -> bool:
    match step.method:
        case "cancel":
            return isinstance(value, Snapshot)
        case "release":
            return value is None
        case "quote":
            return isinstance(value, Quote) and value.cost.amount >= 0
        case "models":
            rows = value if isinstance(value, list) else [None]
            ids = [row.id for row in rows if isinstance(row, Model) and row.id]
            return len(set(ids)) == len(rows)
    return isinstance(value, list) and all(isinstance(one, Money) for one in value)

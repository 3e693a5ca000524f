"""Tests that replay recordings of the vendor through both drivers, with the network blocked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from segue.errors import SegueError
from segue.testing.kit.bench import Bench
from segue.testing.kit.inputs import KitInputs
from segue.testing.kit.tracebacks import hidden

__tracebackhide__ = hidden


class Recordings(KitInputs):
    """Cassettes recorded by `segue.testing.cassettes`."""

    def test_every_recording_plays_the_same_by_both_drivers(self) -> None:
        """Equal snapshots and files, with every response requested, and no others."""
        if self.cassettes is None:
            pytest.skip("`cassettes` is not set: a folder of recordings")
        bench, recordings = Bench(self), _recordings(self)
        assert recordings, f"there is no recording in {self.cassettes}: {_advice(self)}"
        from segue.testing.cassettes import alike  # noqa: PLC0415 - only who has recordings needs vcrpy
        from segue.testing.cassettes.errors import OtherStory  # noqa: PLC0415 - as above

        backend = f"{bench.name}/{bench.task.model}" if bench.task.model else bench.name
        done = "recorded" if _recording() else "played"
        for name, path in recordings.items():
            story = self.stories.get(name, self.story)
            try:
                alike(path, type(bench.made()), story, backend=backend, **self.cassette_options)
            except OtherStory as error:
                raise AssertionError(
                    f"{path.name}, {done} as {backend}: {error}; is it what `story` or"
                    f" `stories[{name!r}]` does?"
                ) from error
            except SegueError as error:
                raise AssertionError(f"{path.name}, {done} as {backend}: {error}") from error

    def test_every_story_has_its_recording(self) -> None:
        """Every story has the name of a recording."""
        if not self.stories:
            pytest.skip("`stories` is not set")
        unknown = sorted({*self.stories} - {*_recordings(self)})
        assert not unknown, (
            f"{self.cassettes} has no recording of {', '.join(unknown)}: remove it from `stories`,"
            f" or record it, {_advice(self)}"
        )


def _recordings(kit: KitInputs) -> dict[str, Path]:
    """The recordings by name: those of a folder, or one file. When recording, each story has one;
    in an empty folder, `story` is `song.yaml`."""
    if kit.cassettes is None:
        return {}
    path = Path(kit.cassettes)
    if path.suffix == ".yaml":
        return {path.stem: path} if path.is_file() or _recording() else {}
    found = {path.stem: path for path in sorted(path.glob("*.yaml"))}
    planned = (kit.stories or (() if found else ("song",))) if _recording() else ()
    return found | {name: path / f"{name}.yaml" for name in planned}


def _advice(kit: KitInputs) -> str:
    """How a recording can be made here."""
    live = "SEGUE_RECORD=live makes one of the vendor itself"
    if (sandbox := kit.cassette_options.get("sandbox")) is not None:
        return f"SEGUE_RECORD=sandbox makes one of {sandbox.title}, and {live}"
    if kit.vendor() is not None:
        return (
            f"{live}; to make one of what vendor() returns, set cassette_options ="
            ' {"sandbox": Sandbox(title="…", opened=lambda: served(Vendor()))}, with Sandbox of'
            " segue.testing.cassettes and served of segue.testing.loopback, and"
            " SEGUE_RECORD=sandbox"
        )
    return live


def _recording() -> bool:
    """Whether recordings are made, and not replayed."""
    return bool(os.environ.get("SEGUE_RECORD", "").strip())

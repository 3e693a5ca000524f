"""Recordings of the vendor, replayed through both drivers; the network is blocked meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from segue.errors import SegueError
from segue.testing.kit.bench import Bench
from segue.testing.kit.brought import Brought
from segue.testing.kit.tracebacks import hidden

__tracebackhide__ = hidden


class Recordings(Brought):
    """What `segue.testing.cassettes` recorded."""

    def test_every_recording_plays_the_same_by_both_drivers(self) -> None:
        """Equal snapshots and files, every answer asked for, and nothing else."""
        if self.cassettes is None:
            pytest.skip("no `cassettes` were brought: a folder of recordings")
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
        """A story under a name that no recording has would never be told."""
        if not self.stories:
            pytest.skip("no `stories` were brought")
        left = sorted({*self.stories} - {*_recordings(self)})
        assert not left, (
            f"{self.cassettes} has no recording of {', '.join(left)}: take it out of `stories`, or"
            f" record it, {_advice(self)}"
        )


def _recordings(kit: Brought) -> dict[str, Path]:
    """The recordings that were brought, by name: those of a folder, or one file. Where they are
    to be made, that of each story is among them; in an empty folder, `story` makes `song.yaml`."""
    if kit.cassettes is None:
        return {}
    brought = Path(kit.cassettes)
    if brought.suffix == ".yaml":
        return {brought.stem: brought} if brought.is_file() or _recording() else {}
    found = {path.stem: path for path in sorted(brought.glob("*.yaml"))}
    planned = (kit.stories or (() if found else ("song",))) if _recording() else ()
    return found | {name: brought / f"{name}.yaml" for name in planned}


def _advice(kit: Brought) -> str:
    """From what a recording can be made here."""
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
    """Whether recordings are to be made, rather than played."""
    return bool(os.environ.get("SEGUE_RECORD", "").strip())

"""The layer of recordings, with one of Venice's."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from segue import Generate
from segue.testing import ProviderKit
from segue.testing.hush_vendor import SILENCE
from segue.testing.loopback import served
from segue_sandbox.venice import Venice as SandboxVenice
from tests.kit.test_first_party import TestVenice as VeniceKit

SONG = Path(__file__).parents[2] / "cassettes" / "venice" / "song.yaml"
PROMPT = "Warm cinematic strings with a gentle piano melody, hopeful and spacious"
TASK = Generate(prompt=PROMPT, duration=60, model="ace-step-15")
NAME = "test_every_recording_plays_the_same_by_both_drivers"


def song(client, folder):
    """What was done for the recording: everything, in the order of a careful program."""
    client.models()
    client.quote(TASK)
    job = client.submit(TASK)
    job.wait()
    job.download(folder)
    job.release()


def play(**brought):
    bases = {name: value for name, value in vars(VeniceKit).items() if not name.startswith("__")}
    kit = type("TestRecorded", (ProviderKit,), {**bases, "task": TASK, **brought})
    getattr(kit(), NAME)()


def test_a_recording_is_played_by_both_drivers():
    play(cassettes=SONG, stories={"song": song})


def test_a_folder_of_recordings_is_played_by_the_stories_of_their_names(tmp_path):
    for name in ("one", "two"):
        shutil.copy(SONG, tmp_path / f"{name}.yaml")
    play(cassettes=tmp_path, stories={"one": song}, story=lambda self, *given: song(*given))


def test_an_answer_that_nobody_asked_for_is_told():
    def short(client, folder):
        client.models()

    with pytest.raises(AssertionError, match=r"song\.yaml, played as venice"):
        play(cassettes=SONG, stories={"song": short})


def test_recordings_are_made_from_a_sandbox_that_was_brought(tmp_path, monkeypatch):
    from segue.testing.cassettes import Sandbox

    vendor = SandboxVenice(job_seconds=(0.0, 0.1), sound=lambda *_: SILENCE)
    sandbox = Sandbox(title="the model of Venice", opened=lambda: served(vendor))
    brought = {"cassettes": tmp_path, "stories": {"song": song}}
    with pytest.raises(AssertionError, match="there is no recording"):
        play(**brought)
    with monkeypatch.context() as patch:
        patch.setenv("SEGUE_RECORD", "sandbox")
        play(**brought, cassette_options={"sandbox": sandbox})
    assert [path.name for path in tmp_path.iterdir()] == ["song.yaml"]
    play(**brought)


def test_into_an_empty_folder_the_usual_story_is_recorded(tmp_path, monkeypatch):
    from segue.testing.cassettes import Sandbox

    vendor = SandboxVenice(job_seconds=(0.0, 0.1), sound=lambda *_: SILENCE)
    sandbox = Sandbox(title="the model of Venice", opened=lambda: served(vendor))
    monkeypatch.setenv("SEGUE_RECORD", "sandbox")
    play(cassettes=tmp_path / "new", cassette_options={"sandbox": sandbox})
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["song.yaml"]


def test_from_what_a_recording_can_be_made_is_told(tmp_path):
    from segue.testing.cassettes import Sandbox

    sandbox = Sandbox(title="the model of Venice", opened=lambda: served(SandboxVenice()))
    with pytest.raises(AssertionError, match="SEGUE_RECORD=sandbox makes one of the model of Ven"):
        play(cassettes=tmp_path, cassette_options={"sandbox": sandbox})
    with pytest.raises(AssertionError, match=r"to make one of what vendor\(\) returns, set"):
        play(cassettes=tmp_path)
    with pytest.raises(AssertionError) as told:
        play(cassettes=tmp_path, vendor=lambda self: None)
    assert str(told.value).endswith("SEGUE_RECORD=live makes one of the vendor itself")


def test_what_has_nothing_to_do_with_the_story_is_told_without_it(tmp_path, monkeypatch):
    monkeypatch.setenv("SEGUE_RECORD", "sandbox")
    with pytest.raises(
        AssertionError, match=r"song\.yaml, recorded as venice.* no sandbox"
    ) as told:
        play(cassettes=tmp_path, stories={"song": song})
    assert "story" not in str(told.value)


def test_a_request_that_was_not_recorded_is_told():
    def other(client, folder):
        client.quote(Generate(prompt=PROMPT, duration=90))

    with pytest.raises(AssertionError, match=r"is it what `story` or `stories\['song'\]` does"):
        play(cassettes=SONG, stories={"song": other})

"""The traceback of an error of the user's making ends where the user called."""

import traceback

import pytest

from segue.errors import ConfigError, JobFailed, SegueError, TargetError, Unsupported
from segue.testing import Silence
from segue.testing.silence import SilenceOptions


def frames(caught):
    return [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"voice": "Ann"}, Unsupported),
        ({"to": "song.txt"}, TargetError),
        ({"max_cost": "a lot"}, ConfigError),
    ],
)
def test_a_wrong_call_has_few_frames(face, tmp_path, monkeypatch, fields, kind):
    monkeypatch.chdir(tmp_path)
    client = face.client(Silence())
    with pytest.raises(kind) as caught:
        face.do(client.generate_and_wait, "hush", **fields)
    inner = frames(caught)
    at = inner.index("generate_and_wait")
    assert len(inner) - at <= 3
    assert "validated_task" not in inner


def test_every_frame_is_there_for_who_looks_for_a_fault(face, monkeypatch):
    monkeypatch.setenv("SEGUE_DEBUG", "1")
    client = face.client(Silence())
    with pytest.raises(Unsupported) as caught:
        face.do(client.submit, "hush", voice="Ann")
    assert "validated_task" in frames(caught)


def test_what_is_nobodys_mistake_keeps_its_frames(face, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    client = face.client(Silence(SilenceOptions(behaviour="fail")))
    with pytest.raises(JobFailed) as caught:
        face.do(client.generate_and_wait, "hush")
    assert len(frames(caught)) > 6
    assert isinstance(caught.value, SegueError)

"""What comes out of the renderer."""

from __future__ import annotations

import errno
import io
import subprocess
import sys
from functools import cache

import msgspec
import numpy as np
import pytest
import soundfile

from segue_local.brief import Brief
from segue_local.compose import compose
from segue_local.containers import CONTAINERS
from segue_local.ogg import checksum
from segue_local.render import blocks, render
from segue_local.score import Score
from segue_local.synth.voices import voice
from segue_local.understand import understand

RATE = 44_100


def score(genre: str = "folk", duration: float = 2.0, **options: object) -> Score:
    return compose(
        understand(
            msgspec.convert({"genre": genre, "duration": duration, "seed": 5, **options}, Brief)
        )
    )


def rendered(piece: Score, container: str) -> bytes:
    file = io.BytesIO()
    render(piece, file, container, lambda share: None)
    return file.getvalue()


@cache
def short(container: str) -> bytes:
    return rendered(score(), container)


class SmallDisk(io.BytesIO):
    """A file on a disk with room for so many bytes."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, data: bytes | memoryview) -> int:
        if self.tell() + len(data) > self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


@pytest.mark.parametrize("duration", [1.0, 1.2345678, 3.3])
def test_a_piece_is_as_long_as_was_asked_to_the_sample(duration: float) -> None:
    total = sum(block.shape[1] for block in blocks(score("pop", duration)))
    assert total == round(duration * RATE)


def test_the_size_of_blocks_changes_nothing_in_the_sound() -> None:
    piece = score("synthwave", 5.0)
    small = np.concatenate(list(blocks(piece, 4096)), axis=1)
    large = np.concatenate(list(blocks(piece, 32_768)), axis=1)
    assert np.max(np.abs(small - large)) < 1e-3


def test_blocks_of_odd_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 256"):
        next(blocks(score(), 1000))


@pytest.mark.parametrize("container", CONTAINERS)
def test_every_container_decodes_to_the_piece(container: str) -> None:
    with soundfile.SoundFile(io.BytesIO(short(container))) as file:
        samples = file.read(dtype="float32")
        assert file.samplerate == RATE
        assert file.title == "Harvest Mile in E major" or file.title.startswith("Harvest Mile")
    assert len(samples) == 2 * RATE
    plain, _ = soundfile.read(io.BytesIO(short("wav")), dtype="float32")
    assert np.sqrt(np.mean((samples - plain) ** 2)) < 0.12 * np.sqrt(np.mean(plain**2))


@pytest.mark.parametrize("container", CONTAINERS)
def test_equal_briefs_give_equal_files(container: str) -> None:
    assert rendered(score(), container) == short(container)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("room", [0, 30, 20_000])
def test_a_full_disk_ends_in_its_own_error_and_in_silence(
    container: str, room: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(OSError, match="No space left") as caught:
        render(score(), SmallDisk(room), container, lambda share: None)
    assert caught.value.errno == errno.ENOSPC
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_report_that_raises_stops_the_work(container: str) -> None:
    class Stop(Exception):
        pass

    def report(share: float) -> None:
        if share > 0.3:
            raise Stop

    with pytest.raises(Stop):
        render(score(), io.BytesIO(), container, report)


def test_reports_rise_from_nothing_to_all() -> None:
    shares: list[float] = []
    render(score(), io.BytesIO(), "wav", shares.append)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_an_unknown_container_is_refused_with_all_names() -> None:
    with pytest.raises(ValueError, match="wav, flac, ogg, mp3"):
        render(score(), io.BytesIO(), "aac", lambda share: None)


def test_an_unknown_instrument_is_refused_with_all_names() -> None:
    with pytest.raises(ValueError, match=r"theremin.*piano"):
        voice("theremin", 0)


def test_every_page_of_an_ogg_file_keeps_a_true_checksum() -> None:
    data, at = short("ogg"), 0
    while at < len(data):
        segments = data[at + 26]
        size = 27 + segments + sum(data[at + 27 : at + 27 + segments])
        page = data[at : at + size]
        assert checksum(page[:22] + bytes(4) + page[26:]) == int.from_bytes(page[22:26], "little")
        at += size
    assert at == len(data)


@pytest.mark.parametrize("pitch", [40, 60, 76])
@pytest.mark.parametrize(
    "name", ["piano", "electric piano", "strings", "synth lead", "saxophone", "nylon guitar"]
)
def test_voices_play_in_tune(name: str, pitch: int) -> None:
    sound = voice(name, 0).note(pitch, 0.7, 2.0, 0)[0]
    first = 440 * 2 ** ((pitch - 69) / 12)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 19))
    hz = np.fft.rfftfreq(1 << 19, 1 / RATE)
    near = (hz > first * 0.94) & (hz < first * 1.06)
    peak = hz[near][np.argmax(spectrum[near])]
    assert abs(1200 * np.log2(peak / first)) < 12
    assert spectrum[hz > 18_000].max() < 0.01 * spectrum.max()


_TEN_MINUTES = """
import resource
from itertools import islice
from pathlib import Path
from segue_local.brief import Brief
from segue_local.compose import compose
from segue_local.render import blocks
from segue_local.understand import understand
score = compose(understand(Brief(prompt="cinematic", duration=600.0, seed=5)))
for block in islice(blocks(score), 480):  # three minutes of it: kept, they would be a gigabyte
    pass
status = Path("/proc/self/status")
if status.exists():  # getrusage's is handed on from the process that started this one
    print(status.read_text().partition("VmHWM:")[2].split()[0])
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_ten_minutes_are_rendered_in_blocks_of_bounded_memory() -> None:
    command = [sys.executable, "-c", _TEN_MINUTES]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert int(done.stdout) < 300 * 1024

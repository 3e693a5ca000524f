"""Play a file with a player on the PATH, or the sounddevice library.

`SEGUE_PLAYER` sets another player; the file name is appended to it. Only files whose first bytes
are audio are played.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from segue.cli.exits import echo_err
from segue.containers import AUDIO, HEAD, container_of, id3_length
from segue.errors import ConfigError, SegueError, TargetError

_SNDFILE = frozenset({"wav", "flac", "ogg", "aiff"})
_ALL = frozenset(AUDIO)


class _Program(NamedTuple):
    """A player, its options for no output and no window, and the containers it plays."""

    name: str
    options: tuple[str, ...]
    plays: frozenset[str]


_PROGRAMS = (
    _Program("ffplay", ("-nodisp", "-autoexit", "-loglevel", "error"), _ALL),
    _Program("mpv", ("--no-video", "--really-quiet"), _ALL),
    _Program("afplay", (), frozenset({"wav", "mp3", "m4a", "aac", "flac", "aiff"})),
    _Program("cvlc", ("--play-and-exit", "--quiet"), _ALL),
    _Program("pw-play", (), _SNDFILE),
    _Program("paplay", (), _SNDFILE),
    _Program("mpg123", ("-q",), frozenset({"mp3"})),
    _Program("ogg123", ("-q",), frozenset({"ogg", "flac"})),
    _Program("aplay", ("-q",), frozenset({"wav"})),
)
_INSTALL = (
    "install ffmpeg (with ffplay) or mpv, or `pip install 'segue-core[play]'`;"
    " or set SEGUE_PLAYER to a player"
)


def require_player(container: str | None = None) -> None:
    """Raise `ConfigError` if no player for such a file is found, before one is generated."""
    _player(container or "wav")


def play(path: Path) -> None:
    """Play a file to its end; raises `TargetError` if it is not audio, `ConfigError` without a
    player, and `SegueError` if the player fails."""
    _player(audio_container(path))(path.absolute())


def play_all(paths: Iterable[Path]) -> None:
    """Play the audio files among them; a failure is only a note, as the files are saved."""
    try:
        for path in paths:
            if path.suffix.lower().lstrip(".") in AUDIO:
                play(path)
    except SegueError as error:
        echo_err(f"note: saved, but not played: {error}")


def audio_container(path: Path) -> str:
    """The container of an audio file, by its bytes; raises `TargetError` if it is not audio."""
    try:
        with path.open("rb") as file:
            start = file.read(HEAD)
            if tag := id3_length(start):
                file.seek(tag)
                start = file.read(HEAD)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise TargetError(f"cannot read {path}: {reason}") from error
    container = container_of(start) or ("mp3" if tag else None)
    if container not in AUDIO:
        raise TargetError(f"{path} is not audio" if start else f"{path} is empty")
    return container


def _player(container: str) -> Callable[[Path], None]:
    if named := os.environ.get("SEGUE_PLAYER", "").strip():
        return _run(_named(named))
    for program in _PROGRAMS:
        if container in program.plays and (found := shutil.which(program.name)):
            return _run((found, *program.options))
    if find_spec("sounddevice") and find_spec("soundfile"):
        return _play_with_sounddevice
    raise ConfigError(f"found no player for .{container} files", advice=_INSTALL)


def _named(line: str) -> tuple[str, ...]:
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ConfigError(f"SEGUE_PLAYER cannot be parsed: {error}".lower()) from None
    if not words or not shutil.which(words[0]):
        raise ConfigError(f"SEGUE_PLAYER: {line!r} was not found", advice=_INSTALL)
    return tuple(words)


def _run(command: tuple[str, ...]) -> Callable[[Path], None]:
    def run(path: Path) -> None:
        try:
            done = subprocess.run(
                [*command, str(path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                check=False,
            )
        except OSError as error:
            raise SegueError(f"cannot run {command[0]}: {error.strerror}") from error
        if done.returncode:
            output = " ".join(done.stderr.decode(errors="replace").split())[:200]
            why = output or f"exit code {done.returncode}"
            raise SegueError(f"{Path(command[0]).name} could not play {path}: {why}")

    return run


def _play_with_sounddevice(path: Path) -> None:
    soundfile = import_module("soundfile")  # extras, and without types
    try:
        sounddevice = import_module("sounddevice")
    except OSError as error:  # PortAudio is missing
        raise ConfigError(f"sounddevice cannot be used: {error}", advice=_INSTALL) from error
    samples, rate = soundfile.read(str(path))
    try:
        sounddevice.play(samples, rate, blocking=True)
    except sounddevice.PortAudioError as error:
        raise SegueError(f"sounddevice could not play {path}: {error}") from error

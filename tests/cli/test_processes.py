"""The program among others: pipes, closed streams, limits, and how it starts."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from segue._version import __version__

FULL = Path("/dev/full")
HEAVY = ("rich", "httpx", "anyio", "stamina", "msgspec", "numpy", "pluggy", "segue.client")


def run(command, *args, **how):
    return subprocess.run(
        [*command, *args], capture_output=True, text=True, timeout=30, check=False, **how
    )


def test_help_imports_nothing_that_only_commands_need(command):
    script = (
        "import atexit, sys; from segue.cli import main; sys.argv = ['segue', '--help'];"
        f"atexit.register(lambda: print({HEAVY!r} and [n for n in {HEAVY!r} if n in sys.modules]));"
        "main()"
    )
    done = run([command[0], "-c", script])
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_the_extra_it_says_what_to_install(command, missing):
    script = (
        "import sys, importlib.util as u; find = u.find_spec;"
        f"u.find_spec = lambda name, *a: None if name == {missing!r} else find(name, *a);"
        "from segue.cli import main; main()"
    )
    done = run([command[0], "-c", script])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"error: the command line needs {missing}: pip install 'segue-core[cli]'\n"
    )


def test_json_is_alone_on_the_standard_output(command, named):
    done = run(command, "generate", "hush", "--json")
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    assert json.loads(done.stdout)["files"][0]["path"] == named()
    assert "submitted: job" in done.stderr


def test_a_disk_that_is_full_is_told(command, folder):
    """A limit on the size of files stands in for the end of the disk: the kernel refuses."""
    resource = pytest.importorskip("resource", reason="such limits are a matter of POSIX")
    done = run(
        command,
        *("generate", "hush", "--json"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "SEGUE_JOURNAL": "off"},
    )
    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert error["message"] == f"cannot write hush-{error['ticket']['job']}.wav: file too large"
    assert error["ticket"]["provider"] == "silence"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("args", [["generate", "hush", "-q"], ["--help"]])
def test_nobody_reading_the_standard_output_is_no_reason_for_noise(command, args):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*command, *args], stdout=writing, stderr=subprocess.PIPE, timeout=30, check=False
    )
    os.close(writing)
    assert (done.returncode, b"Error" in done.stderr, b"rror:" in done.stderr) == (1, False, False)


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell closes the stream")
def test_a_closed_standard_output_does_not_keep_the_file_from_being_saved(command, folder, named):
    line = " ".join([*command, "generate", "hush", "-q", ">&-"])
    done = run(["/bin/sh", "-c", line])
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / named()).exists()


def test_a_path_that_is_not_unicode_is_printed_as_it_is(command, folder):
    name = b"l\xe4rm.wav"
    done = subprocess.run(
        [*command, "generate", "hush", "-q", "-o", name], capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, name + b"\n")


def test_a_narrow_encoding_is_no_obstacle(command):
    narrow = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = run(command, "generate", "hush", "-o", "lärm.wav", env=narrow)
    assert (done.returncode, done.stdout) == (0, "lärm.wav\n")


def test_the_version_is_told(command):
    assert run(command, "--version").stdout == f"segue {__version__}\n"


def ended(stdout, *command):
    """A command that writes to `stdout`: its exit code, and what it says of it."""
    done = subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, timeout=30, check=False)
    return done.returncode, done.stderr.decode()


@pytest.mark.skipif(not FULL.exists(), reason=f"there is no {FULL} here")
def test_a_standard_output_that_takes_no_more_is_told(command):
    """A job is submitted by then, so the exit code must not say that none is."""
    with FULL.open("w") as full:
        code, told = ended(full, *command, "generate", "hush", "--no-wait", "--json")
    assert code == 1
    last = told.splitlines()[-1]
    assert last.startswith("error: cannot write to standard output: no space left on device; ")


def test_an_error_that_nobody_reads_is_still_one_sentence(command):
    reading, writing = os.pipe()
    os.close(reading)
    code, told = ended(writing, *command, "jobs", "show", "zz", "--json")
    os.close(writing)
    assert code == 2
    assert told.count("\n") == 1

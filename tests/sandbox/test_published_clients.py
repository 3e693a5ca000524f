"""The clients that others have published finish a job at the sandbox, which has never seen them.

So what Segue takes the vendors' interfaces to be is at least what those clients take them to be.
Each runs in an environment of its own, with the version that the benchmarks name.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from sandboxes import leading_to, sandbox

ROOT = Path(__file__).parents[2]
PINNED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
UV = shutil.which("uv") or os.environ["UV"]  # `uv run` sets it; uv need not be on the PATH
BENCH = PINNED["dependency-groups"]["bench"]

VENICE = """
import asyncio, os, pathlib
from venice_ai import VeniceClient

async def song():
    url = os.environ["SEGUE_VENICE_BASE_URL"]
    async with VeniceClient(api_key="any-key", base_url=url) as client:
        job = await client.music.run(
            model="ace-step-15", prompt="uplifting lofi, 90 bpm", duration_seconds=60
        )
        status = await job.wait(poll_interval=0.2, max_polls=100)
        await job.download(pathlib.Path("song"), status)
    print(pathlib.Path("song").read_bytes()[:4])

asyncio.run(song())
"""
MUSICAPI = """
import os
from musicapi import MusicAPI, PollOptions, SonicCreateParams

with MusicAPI("any-key", base_url=os.environ["SEGUE_MUSICAPI_BASE_URL"]) as client:
    done = client.sonic.generate_and_wait(
        SonicCreateParams(custom_mode=False, mv="sonic-v5", gpt_description_prompt="lofi"),
        PollOptions(poll_interval_ms=300, timeout_ms=60000),
    )
print(len([song for song in done.data if song.audio_url]))
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def few_certificates():
    """uv meets registries: the certificates of this machine, whatever they are."""


@pytest.mark.parametrize(
    ("name", "program", "shown"),
    [("venice-py", VENICE, "b'fLaC'"), ("musicapi-sdk", MUSICAPI, "2")],
)
def test_a_published_client_finishes_a_job(name, program, shown, tmp_path):
    (pin,) = (pin for pin in BENCH if pin.startswith(f"{name}=="))
    kept_out = ("PYTHON", "VIRTUAL_ENV", "UV_PROJECT", "UV_PYTHON", "UV_TOOL")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(kept_out)}
    alone = [UV, "run", "--no-project", "--python", sys.executable, "--with", pin]
    with sandbox() as origin:
        done = subprocess.run(
            [*alone, "python", "-c", program],
            cwd=tmp_path,
            env={**inherited, **leading_to(origin)},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == shown


def test_the_first_page_names_the_versions_that_were_tried():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"`(venice-py|musicapi-sdk)` ([\d.]+)", text)
    assert sorted(f"{name}=={version}" for name, version in named) == sorted(BENCH)

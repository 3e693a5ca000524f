"""What programs do first: import, make a client, send a request. Each step includes the former.

The request is the submission of a job, as every library's own documents have it; of ours, the
journal and the question for the price come with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

IMPORT, MADE, SENT = "import", "client made", "first request sent"


@dataclass(frozen=True, kw_only=True)
class Step:
    """Code for a new process of an environment with `requires`; `sys.argv[1]` is the vendor's
    origin, and `on-aiohttp.toml` is there. `stage` is what it is compared with."""

    who: str
    what: str
    stage: str
    requires: tuple[str, ...]
    code: str


def _steps(
    who: str, requires: tuple[str, ...], imports: str, made: str, sent: str
) -> Iterator[Step]:
    for stage, code in (
        (IMPORT, imports),
        (MADE, made.replace("FIRST", "pass")),
        (SENT, made.replace("FIRST", sent)),
    ):
        yield Step(who=who, what=stage, stage=stage, requires=requires, code=code)


SYNC = """
import segue
with segue.Client("musicapi/sonic-v5") as client:
    FIRST
"""
ASYNC = """
import asyncio, segue
async def main():
    async with segue.AsyncClient("musicapi/sonic-v5"CONFIG) as client:
        FIRST
asyncio.run(main())
"""
MUSICAPI = """
import sys, musicapi
with musicapi.MusicAPI("any-key", base_url=sys.argv[1] + "/musicapi") as client:
    FIRST
"""
VENICE = """
import asyncio, sys, venice_ai
async def main():
    url = sys.argv[1] + "/venice"
    async with venice_ai.VeniceClient(api_key="any-key", base_url=url) as client:
        FIRST
asyncio.run(main())
"""
HTTPX = """
import sys, httpx
with httpx.Client(base_url=sys.argv[1]) as client:
    FIRST
"""
AIOHTTP = """
import asyncio, sys, aiohttp
async def main():
    async with aiohttp.ClientSession(sys.argv[1]) as client:
        FIRST
asyncio.run(main())
"""
HELP = "from segue.cli import main; sys.argv = ['segue', '--help']; main()"

_ORDER = "'/musicapi/sonic/create', json={'gpt_description_prompt': 'a song', 'mv': 'sonic-v5'}"
_OURS = "client.submit('a song of the sea')"
_SDK = """client.sonic.create(musicapi.SonicCreateParams(
        custom_mode=False, mv="sonic-v5", gpt_description_prompt="a song of the sea"))"""
_VENICE_PY = "await client.music.run(model='ace-step-15', prompt='a song of the sea')"
_LIGHT, _FAST = ("segue-musicapi",), ("segue-musicapi", "segue-core[fast]")
_PLAIN = ASYNC.replace("CONFIG", "")
_ON_AIOHTTP = ASYNC.replace("CONFIG", ", config='on-aiohttp.toml'")


def _named(who: str, what: str, requires: tuple[str, ...], code: str) -> Step:
    return Step(who=who, what=what, stage=IMPORT, requires=requires, code=code)


STEPS: tuple[Step, ...] = (
    _named("python alone", "", ("httpx",), ""),
    *_steps("musicapi-sdk", ("musicapi-sdk",), "import musicapi", MUSICAPI, _SDK),
    *_steps("segue-musicapi", _LIGHT, "import segue", SYNC, _OURS),
    _named(
        "segue-musicapi",
        "from segue import Client, Generate",
        _LIGHT,
        "from segue import Client, Generate",
    ),
    *_steps("segue-musicapi, async", _LIGHT, "import segue", _PLAIN, f"await {_OURS}"),
    *_steps(
        "segue-musicapi, async, on aiohttp", _FAST, "import segue", _ON_AIOHTTP, f"await {_OURS}"
    ),
    *_steps("segue", ("segue",), "import segue", SYNC, _OURS),
    _named("segue", "segue --help", ("segue",), HELP),
    *_steps("venice-py", ("venice-py",), "import venice_ai", VENICE, _VENICE_PY),
    *_steps("httpx", ("httpx",), "import httpx", HTTPX, f"client.post({_ORDER})"),
    *_steps("aiohttp", ("aiohttp",), "import aiohttp", AIOHTTP, f"await client.post({_ORDER})"),
)

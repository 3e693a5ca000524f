"""Vendors come in several kinds, and the kit takes each: at once, in parts, wrapped."""

from __future__ import annotations

from segue import Generate
from segue.testing import ProviderKit, Result
from tests.kit.kinds import Bell, Carillon, Wrapped
from tests.kit.metronome import json


class TestAtOnce(ProviderKit):
    provider = Bell
    task = Generate(prompt="ding")
    accepted = json({"url": "https://files.bell.invalid/a/ding.wav?signature=s3cr3t"})


class TestInParts(ProviderKit):
    provider = Carillon
    task = Generate(prompt="ding dong")
    accepted = json({"url": "/a"})
    running = (json({"state": "done", "url": "/a"}), json({"state": "ticking"}))
    succeeded = (json({"state": "done", "url": "/a"}), json({"state": "done", "url": "/b"}))
    failed = (json({"state": "broken"}), json({"state": "broken"}))
    download_reply = (
        json({"url": "https://one.invalid/low.wav?sig=1"}),
        json({"url": "https://two.invalid/high.wav?sig=2"}),
    )


class TestWrapped(ProviderKit):
    provider = Wrapped
    task = Generate(prompt="ding")
    accepted = Result({"id": "j1"})
    running = Result({"state": "ticking"})
    succeeded = Result({"state": "done", "url": "/files/j1"})
    failed = Result({"state": "broken", "error": "cracked"})
    balance_reply = Result("3.50 USD")

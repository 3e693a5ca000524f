"""The webhook of the configuration: every job asks for it, and its secret is in no journal."""

from __future__ import annotations

import json

import msgspec
import pytest
from toy_vendor import Answer

import segue
from segue.errors import ConfigError
from segue.flow import Work
from segue_musicapi import MusicAPI
from segue_musicapi.settings import Settings

from .known import CLIP, SUBMITTED, as_json, fed

URL = "https://example.com/hook"
TASK = segue.Generate(model="sonic-v5", prompt="p")


@pytest.fixture
def file(tmp_path):
    (tmp_path / "secret").write_text("hush-hush\n")
    return tmp_path / "secret"


@pytest.fixture
def hooked(file):
    return MusicAPI(Settings(webhook_url=URL, webhook_secret_file=str(file)))


def sent(provider, task):
    """The submission, and whatever file was read before it."""
    flow = provider.submit(task)
    effect = next(flow)
    return flow.send(effect.function()) if isinstance(effect, Work) else effect


def test_a_job_asks_for_the_webhook_with_the_secret_of_the_file(hooked):
    told = sent(hooked, TASK).json
    assert (told["webhook_url"], told["webhook_secret"]) == (URL, "hush-hush")


def test_a_request_without_webhooks_asks_for_none(hooked):
    task = segue.Stems(source=segue.Source(track=CLIP))
    assert sent(hooked, task).json == {"clip_id": CLIP}
    assert "webhook_url" not in sent(MusicAPI(), TASK).json


def test_a_tasks_own_webhook_is_left_alone(hooked):
    extra = {"musicapi": {"webhook_url": "https://example.com/other"}}
    told = sent(hooked, segue.Generate(model="sonic-v5", prompt="p", extra=extra)).json
    assert told["webhook_url"] == "https://example.com/other"
    assert "webhook_secret" not in told


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"webhook_url": URL}, "go together"),
        ({"webhook_secret_file": "/x"}, "go together"),
        ({"webhook_url": "http://x.example", "webhook_secret_file": "/x"}, "https"),
        ({"webhook_url": URL, "webhook_secret_file": "secret"}, "absolute path"),
    ],
)
def test_half_a_webhook_is_an_error_of_the_configuration(told, says):
    with pytest.raises(msgspec.ValidationError, match=says):
        msgspec.convert(told, Settings)


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff"])
def test_a_secret_that_cannot_be_had_sends_nothing(tmp_path, content):
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    provider = MusicAPI(Settings(webhook_url=URL, webhook_secret_file=str(tmp_path / "secret")))
    with pytest.raises(ConfigError, match="webhook_secret_file"):
        sent(provider, TASK)


def test_the_secret_is_in_no_ticket_journal_or_log(vendor, file, tmp_path, caplog):
    vendor.says("/sonic/create", Answer(body=json.dumps(SUBMITTED).encode()))
    (tmp_path / "segue.toml").write_text(
        f'[providers.musicapi]\nwebhook_url = "{URL}"\nwebhook_secret_file = "{file}"\n'
    )
    journal = tmp_path / "journal.sqlite3"
    config = tmp_path / "segue.toml"
    with (
        segue.Client("musicapi/sonic-v5", config=config, journal=journal) as client,
        caplog.at_level(0),
    ):
        ticket = client.submit("p").ticket
    assert json.loads(vendor.requests[0].body)["webhook_secret"] == "hush-hush"
    written = b"".join(path.read_bytes() for path in tmp_path.glob("journal.sqlite3*"))
    told = written.decode("utf-8", "replace") + ticket.to_json() + repr(ticket) + caplog.text
    assert "hush-hush" not in told


def test_the_id_is_read_after_the_secret_was(hooked):
    assert fed(hooked.submit(TASK), "hush-hush", as_json(SUBMITTED)).state["family"] == "sonic"

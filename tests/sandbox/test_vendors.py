"""All vendors behind one server: where they are, what the command says, relative addresses."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from urllib.parse import urljoin

import httpx
import pytest
import soundfile
from sandboxes import on_loopback

from segue_sandbox.__main__ import main
from segue_sandbox.audio import Composer
from segue_sandbox.clock import Clock
from segue_sandbox.serving import listening
from segue_sandbox.vendors import STANDS, Setting, environments, served

ACE = {"prompt": "warm lofi piano in the rain"}
MUSIC = "/v1/music/generations"


@pytest.fixture(scope="module")
def origin():
    setting = Setting(sound=Composer(1.0), job_seconds=(1, 2), forms="documented")
    with on_loopback(served(setting, Clock(60))) as origin:
        yield origin


@pytest.fixture
def client():
    with httpx.Client(headers={"authorization": "Bearer inf_http-key"}) as client:
        yield client


def test_all_vendors_are_there_at_once_and_in_one_ledger(origin, client):
    order = {**ACE, "model": "ace-step-15"}
    assert client.post(f"{origin}/venice/api/v1/audio/queue", json=order).status_code == 200
    order = {**ACE, "model": "venice-ace-step-15"}
    assert client.post(f"{origin}/marketplace{MUSIC}", json=order).status_code == 202
    assert client.get(f"{origin}/marketplace/api/markets").status_code == 200
    order = {"task_type": "create_music", "custom_mode": False, "mv": "sonic-v5"}
    order["gpt_description_prompt"] = ACE["prompt"]
    assert client.post(f"{origin}/musicapi/api/v1/sonic/create", json=order).status_code == 200
    ledger = client.get(f"{origin}/sandbox/ledger").json()
    assert set(ledger) == {"venice", "marketplace", "musicapi"}
    assert all(ledger.values())


@pytest.mark.parametrize("base", ["/marketplace/v1", "/v1"])
def test_relative_addresses_lead_there_however_they_are_resolved(origin, client, base):
    """Against the host, as a browser does, or by adding them to the base address without /v1."""
    order = {**ACE, "model": "venice-ace-step-15"}
    job = client.post(f"{origin}{base}/music/generations", json=order).json()
    ways = [urljoin(f"{origin}{base}/", job["poll_url"])]
    ways += [f"{origin}{base}".removesuffix("/v1") + job["poll_url"]]
    for way in ways:
        seen = client.get(way).json()
        while seen["status"] in {"queued", "running"}:
            time.sleep(0.01)
            seen = client.get(way).json()
        (result,) = seen["results"]
        own = client.get(urljoin(way, result["download_url"]))
        assert len(own.content) == result["bytes"]
        assert soundfile.info(io.BytesIO(own.content)).frames > 0


def test_a_signed_address_needs_no_key(origin, client):
    order = {**ACE, "model": "venice-ace-step-15"}
    job = client.post(f"{origin}/marketplace{MUSIC}", json=order).json()
    url = f"{origin}/marketplace{job['poll_url']}"
    while (seen := client.get(url).json())["status"] in {"queued", "running"}:
        time.sleep(0.01)
    address = seen["results"][0]["url"]
    assert address.startswith(f"{origin}/marketplace/media-artifacts.s3.amazonaws.com/async-media/")
    assert httpx.get(address).headers["content-type"] == "audio/mpeg"
    assert httpx.get(address.partition("?")[0]).status_code == 403


def test_a_minimum_discount_stands_before_v1(origin, client):
    order = {**ACE, "model": "venice-ace-step-15"}
    for base in (f"{origin}/marketplace", origin):
        assert client.post(f"{base}/min30{MUSIC}", json=order).status_code == 202
        assert client.post(f"{base}/min030{MUSIC}", json=order).status_code == 400


def test_there_is_a_line_for_each_vendor():
    assert environments("http://127.0.0.1:1") == [
        "SEGUE_VENICE_BASE_URL=http://127.0.0.1:1/venice/api/v1 VENICE_API_KEY=any-key",
        "SEGUE_MARKETPLACE_BASE_URL=http://127.0.0.1:1/marketplace/v1 SURPLUS_API_KEY=inf_any-key",
        "SEGUE_MUSICAPI_BASE_URL=http://127.0.0.1:1/musicapi/api/v1 MUSICAPI_KEY=any-key",
    ]


def test_help_says_what_is_served(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    said = capsys.readouterr().out
    for stand in STANDS:
        assert stand.prefix + stand.base in said
        assert stand.title in said


def test_an_unknown_form_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["--marketplace-forms", "loud"])
    assert "documented" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--speed", "fast"], "argument --speed: 'fast' is not a number"),
        (["--speed", "0"], "argument --speed: must be above 0"),
        (["--speed", "nan"], "argument --speed: must be above 0"),
        (["--job-seconds", "9-1"], "argument --job-seconds: '9-1' is not a range from 0 up"),
        (["--job-seconds", "1-inf"], "argument --job-seconds: '1-inf' is not a range from 0 up"),
        (["--port", "65536"], "argument --port: '65536' is not a port from 0 to 65535"),
    ],
)
def test_what_cannot_be_meant_is_told_and_nothing_is_served(capsys, given, says):
    with pytest.raises(SystemExit, match="2"):
        main(given)
    said = capsys.readouterr()
    assert said.out == ""
    assert f"segue-sandbox: error: {says}" in said.err


def test_a_port_that_is_taken_is_told(capsys):
    with listening("127.0.0.1", 0) as sock:
        port = sock.getsockname()[1]
        with pytest.raises(SystemExit, match="2"):
            main(["--port", str(port)])
    assert f"cannot listen on 127.0.0.1, port {port}: " in capsys.readouterr().err


def test_the_command_prints_its_lines_and_serves_what_they_say():
    command = [sys.executable, "-m", "segue_sandbox", "--port", "0"]
    command += ["--marketplace-forms", "documented"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            said = [process.stdout.readline().split() for _ in STANDS]
            bases = [line[0].partition("=")[2] for line in said]
            keys = [line[1].partition("=")[2] for line in said]
            models = [httpx.get(f"{base}/models").status_code for base in bases[:2]]
            reply = httpx.post(
                f"{bases[1]}/music/generations",
                json={**ACE, "model": "venice-ace-step-15"},
                headers={"authorization": f"Bearer {keys[1]}"},
            )
        finally:
            process.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGINT)
            complaints = process.stderr.read()
    assert complaints == ""
    assert models == [200, 200]
    assert reply.status_code == 202
    assert reply.json()["poll_url"].startswith("/v1/")


NO_JSON = {
    "bytes that are no UTF-8": b'"\x80"',
    "the same in an object": b'{"prompt": "\xff"}',
    "too deep": b"[" * 100_000,
    "half": b'{"prompt": ',
    "nothing": b"",
}
ADDRESSES = {
    "/venice/api/v1/audio/queue",
    "/venice/api/v1/audio/quote",
    f"/marketplace{MUSIC}",
    "/musicapi/api/v1/sonic/create",
    "/musicapi/api/v1/producer/create",
}


@pytest.mark.parametrize("address", sorted(ADDRESSES))
@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
def test_a_body_that_is_no_json_is_the_callers_fault(origin, client, address, body):
    headers = {"content-type": "application/json"}
    assert client.post(f"{origin}{address}", content=body, headers=headers).status_code == 400

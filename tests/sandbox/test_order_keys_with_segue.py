"""Processes that race with one key against the sandbox: the order is charged once."""

import subprocess
import sys
from decimal import Decimal

import httpx
import pytest

import segue
from segue_sandbox.audio import Composer

from .served import serving

ORDERS = 3
RACER = """
import sys
import segue
from segue.provider import Cadence
from segue_venice import Venice

Venice.cadence = Cadence(first=0.05, growth=1.2, cap=0.2)
key, method, to = sys.argv[1:]
with segue.Client("venice/ace-step-15") as client:
    print("ready", flush=True)
    input()
    for number in range(ORDERS):
        under = f"{key}-{number}"
        prompt = f"warm strings, take {number}"
        if method == "submit":
            job = client.submit(prompt, key=under)
            job.wait(timeout=120)
        else:
            client.generate_and_wait(prompt, key=under, to=to, timeout=120)
            job = client.submit(prompt, key=under)
        print(under, job.ticket.id, flush=True)
"""


@pytest.fixture
def origin(monkeypatch, tmp_path):
    with serving(sound=Composer(1.0), speed=600) as served:
        monkeypatch.setenv("SEGUE_VENICE_BASE_URL", served.base)
        monkeypatch.setenv("VENICE_API_KEY", "any-key")
        monkeypatch.setenv("SEGUE_JOURNAL", str(tmp_path / "journal.sqlite3"))
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.chdir(tmp_path)
        yield served.origin


def charged(origin):
    ledger = httpx.get(f"{origin}/sandbox/ledger").json()
    jobs = [job for account in ledger["venice"].values() for job in account["jobs"]]
    return [Decimal(job["charged"]) for job in jobs if Decimal(job["charged"])]


def racing(count, *arguments):
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER.replace("ORDERS", str(ORDERS)), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]
    try:
        assert all(racer.stdout.readline() == "ready\n" for racer in racers)
        for racer in racers:
            racer.stdin.write("\n")
            racer.stdin.flush()
        return [racer.communicate(timeout=120)[0].splitlines() for racer in racers]
    finally:
        for racer in racers:
            racer.kill()


@pytest.mark.parametrize("method", ["submit", "generate_and_wait"])
def test_an_order_that_processes_race_for_is_charged_once(origin, tmp_path, method):
    one, two = racing(2, "order", method, str(tmp_path / "out"))
    assert len(one) == ORDERS
    assert one == two, "both have the same jobs"
    assert charged(origin) == [Decimal("0.03")] * ORDERS
    with segue.Client("venice/ace-step-15") as client:
        assert {entry.order_key for entry in client.jobs()} == {f"order-{n}" for n in range(ORDERS)}

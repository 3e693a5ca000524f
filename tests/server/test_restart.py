"""The process is killed at any moment: no job is lost, and none is paid for twice."""

import signal
import subprocess
import sys
import time

import httpx
import pytest
from sandboxes import leading_to, sandbox

from .serving import MUSIC

pytestmark = pytest.mark.slow


class Process:
    """`segue serve` in a process of its own."""

    def __init__(self, folder, environ):
        self._folder = folder
        self._environ = environ | {
            "SEGUE_JOURNAL": str(folder / "journal.sqlite3"),
            "HOME": str(folder),
            "SEGUE_TAGS": "off",
            "SEGUE_PACE": str(folder / "pace.sqlite3"),
        }

    def __enter__(self):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "segue.cli", "serve", "--port", "0", "--to", "music"],
            stdout=subprocess.PIPE,
            text=True,
            cwd=self._folder,
            env=self._environ,
        )
        self.url = self._process.stdout.readline().strip()
        self.api = httpx.Client(base_url=self.url, timeout=30)
        return self

    def kill(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def __exit__(self, *_error):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        self.api.close()


def submitted(process, number, **how):
    """Submit order `number` as a client does: again under its key until it is answered."""
    wish = {
        "model": "venice/ace-step-15",
        "prompt": f"a slow waltz, number {number}",
        "duration_seconds": 60,
    }
    headers = {"idempotency-key": f"order-{number}"}
    return process.api.post(MUSIC, json=wish, headers=headers, **how)


def charged(origin):
    """What Venice was paid for."""
    (account,) = httpx.get(f"{origin}/sandbox/ledger").json()["venice"].values()
    return [line for line in account["jobs"] if float(line["charged"]) > float(line["refunded"])]


def test_no_job_is_lost_and_none_paid_twice_however_often_the_server_is_killed(tmp_path):
    with sandbox(speed=10) as origin:
        environ, jobs = leading_to(origin), {}
        for number in range(3):
            with Process(tmp_path, environ) as process:
                jobs[number] = submitted(process, number).json()["id"]
                time.sleep(0.3 * number)
                process.kill()
        with Process(tmp_path, environ) as process:
            for number, job in jobs.items():
                assert submitted(process, number).json()["id"] == job
            end = time.monotonic() + 60
            waiting = dict(jobs)
            while waiting and time.monotonic() < end:
                for number, job in list(waiting.items()):
                    if process.api.get(f"{MUSIC}/{job}").json()["status"] == "succeeded":
                        del waiting[number]
                time.sleep(0.1)
            assert waiting == {}
            for job in jobs.values():
                (result,) = process.api.get(f"{MUSIC}/{job}").json()["results"]
                assert len(process.api.get(result["url"]).content) == result["bytes"]
        assert len(charged(origin)) == len(jobs)


def test_a_submission_that_was_under_way_is_unknown_and_never_sent_again(tmp_path):
    stall = {"vendor": "venice", "endpoint": "POST /audio/queue", "kind": "stall", "seconds": 5}
    with sandbox(speed=10) as origin:
        environ = leading_to(origin)
        httpx.post(f"{origin}/sandbox/faults", json=[stall | {"nth": 1}]).raise_for_status()
        with Process(tmp_path, environ) as process:
            with pytest.raises(httpx.TimeoutException):
                submitted(process, 1, timeout=2)
            process.kill()
        with Process(tmp_path, environ) as process:
            end, job = time.monotonic() + 20, {"status": "queued"}
            while job["status"] == "queued" and time.monotonic() < end:  # it is taken over first
                (job,) = process.api.get(MUSIC).json()["data"]
            assert (job["status"], job["error"]["code"]) == ("unknown", "submission_unknown")
            again = submitted(process, 1).json()
            assert (again["id"], again["status"]) == (job["id"], "unknown")
        assert len(charged(origin)) == 1

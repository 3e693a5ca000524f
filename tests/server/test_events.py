"""Server-Sent Events of one job: whole states, resumed where they were left."""

import json
import time
from contextlib import ExitStack

import pytest
from sandboxes import leading_to, sandbox

from .serving import MUSIC, serving


def events(api, job, **headers):
    """The events of a stream until it ends, as pairs of an id and a job."""
    found, name = [], None
    with api.stream("GET", f"{MUSIC}/{job}/events", headers=headers) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        assert reply.headers["cache-control"] == "no-store"
        for line in reply.iter_lines():
            if line.startswith("id: "):
                name = line[4:]
            if line.startswith("data: "):
                found.append((name, json.loads(line[6:])))
    return found


def test_a_stream_shows_each_state_once_and_ends_with_the_job(api):
    seen = events(api, api.make({"duration_seconds": 3}).json()["id"])
    assert seen[-1][1]["status"] == "succeeded"
    assert len(seen[-1][1]["results"]) == 1
    names = [name for name, _ in seen]
    assert len(set(names)) == len(names)
    assert all("job_token" not in job or job["job_token"] is None for _, job in seen)


def test_who_comes_back_gets_nothing_twice_and_what_was_missed(api):
    job = api.make().json()["id"]
    ((*_, (last, _)),) = [events(api, job)]
    assert events(api, job, **{"last-event-id": last}) == []
    ((name, state),) = events(api, job, **{"last-event-id": "of-an-earlier-state"})
    assert (name, state["status"]) == (last, "succeeded")


def test_an_event_has_the_same_id_after_a_restart(tmp_path):
    with serving(tmp_path) as api:
        job = api.make().json()["id"]
        last = events(api, job)[-1][0]
    with serving(tmp_path) as api:
        assert events(api, job, **{"last-event-id": last}) == []


@pytest.mark.parametrize(("headers", "status"), [({}, 401), ({"x-job-token": "mjt_x"}, 401)])
def test_a_stream_is_for_who_may_see_the_job(tmp_path, headers, status):
    with serving(tmp_path, keyed=True) as api:
        key = {"authorization": f"Bearer {api.gateway.store.add_key('ada')}"}
        wish = {"model": "local", "prompt": "a", "duration_seconds": 1}
        job = api.post(MUSIC, json=wish, headers=key).json()
        assert api.get(job["events_url"], headers=headers).status_code == status
        assert events(api, job["id"], **{"x-job-token": job["job_token"]})


def test_a_job_that_is_not_there_has_no_stream(api):
    assert api.get(f"{MUSIC}/nothing/events").status_code == 404


def test_a_stream_that_is_left_is_counted_no_more(tmp_path):
    with sandbox(speed=1) as origin, serving(tmp_path, leading_to(origin)) as api:
        job = slow(api)
        with ExitStack() as streams:
            lines = [opened(api, job, streams) for _ in range(3)]
            assert (len(lines), api.gateway.streams) == (3, 3)
        assert eventually(lambda: api.gateway.streams == 0)
        assert eventually(lambda: not api.gateway.jobs._waiting)
        assert api.get(job["poll_url"]).status_code == 202


def test_more_streams_than_are_allowed_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("segue_server.events.STREAMS", 1)
    with sandbox(speed=1) as origin, serving(tmp_path, leading_to(origin)) as api:
        job = slow(api)
        with ExitStack() as streams:
            lines = opened(api, job, streams)
            reply = api.get(job["events_url"])
            assert (reply.status_code, reply.json()["error"]["code"]) == (503, "too_many_streams")
            assert int(reply.headers["retry-after"]) > 0
            del lines
        assert eventually(lambda: api.gateway.streams == 0)


def slow(api):
    """A job that goes on for as long as a test."""
    wish = {"model": "venice/ace-step-15", "prompt": "a slow waltz", "duration_seconds": 60}
    reply = api.make(wish)
    assert reply.status_code == 202, reply.text
    return reply.json()


def opened(api, job, streams):
    """The lines of a stream behind its first event; it is left where they are dropped."""
    lines = streams.enter_context(api.stream("GET", job["events_url"])).iter_lines()
    while not next(lines).startswith("data: "):
        pass
    return lines


def eventually(true, seconds=5):
    """Whether it becomes true."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()

"""The body of an answer is read in one step, as far as it goes."""

import gzip

import pytest

from segue._http.body import BODY_LIMIT, filled
from segue._http.response import Next, Rest
from segue.errors import ConnectionLost, ProtocolError
from segue.flow import Reply


def reply(kind="application/json", **headers):
    return Reply(status=200, headers={"content-type": kind, **headers}, body=None)


def read(flow, *answers):
    """Play the connection: the steps that were wanted, and the result or the error."""
    steps, answer = [], None
    try:
        for come in (*answers, None):
            step = flow.send(answer)
            steps.append(type(step))
            answer = come if isinstance(step, Next) else step.into.extend(come)
        raise AssertionError("it goes on")
    except StopIteration as done:
        return steps, done.value


@pytest.mark.parametrize("whatever", [False, True])
def test_a_body_takes_one_step(whatever):
    body = bytearray()
    assert read(filled(body, reply(), whatever=whatever), b'{"id": 7}') == ([Rest], True)
    assert body == b'{"id": 7}'


def test_what_is_called_audio_is_read_on_once_it_begins_like_json():
    body = bytearray()
    flow = filled(body, reply("audio/wav"), whatever=True)
    assert read(flow, b'{"id"', b": 7}") == ([Next, Rest], True)
    assert body == b'{"id": 7}'


def test_what_is_audio_is_left_where_it_is():
    assert read(filled(bytearray(), reply("audio/wav"), whatever=True), b"RIFF") == ([Next], False)


def test_what_came_before_it_broke_off_is_there():
    body = bytearray()
    flow = filled(body, reply(**{"content-encoding": "gzip"}), whatever=True)
    step = next(flow)
    step.into.extend(gzip.compress(b'{"id": 7}')[:-4])
    with pytest.raises(ConnectionLost) as lost:
        flow.throw(OSError("the line went dead"))
    assert isinstance(lost.value.__cause__, OSError)
    assert body == b'{"id": 7}'


@pytest.mark.parametrize("packed", [False, True])
def test_no_more_is_read_than_is_allowed(packed):
    flow = filled(
        bytearray(), reply(**({"content-encoding": "gzip"} if packed else {})), whatever=False
    )
    step = next(flow)
    assert step.most == BODY_LIMIT
    sent = b" " * (BODY_LIMIT + 1)
    step.into.extend(gzip.compress(sent) if packed else sent)
    with pytest.raises(ProtocolError, match="longer than 8 MiB"):
        flow.send(None)

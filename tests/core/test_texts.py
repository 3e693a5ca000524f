"""Text that is no valid Unicode: a user's is refused before an intent, a vendor's is repaired."""

import json
import os
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from toy_vendor import WAV, Answer, Toy

import segue
from segue._data.unicode import valid_json
from segue._journal.sqlite import SqliteJournal
from segue._plugins.results import validated_result
from segue.errors import ConfigError, InvalidTask, JournalError, TargetError, UnknownJob
from segue.flow import Reply
from segue.job import Failure, Snapshot, Status, Ticket, Track
from segue.speech import Speak
from segue.tasks import Extend, Generate, Query, Source, invalid_fields, invalid_texts

HALF = "calm \ud83c rain"


@pytest.fixture
def journal(tmp_path):
    with closing(SqliteJournal(tmp_path / "journal.sqlite3")) as journal:
        yield journal


@pytest.mark.parametrize(
    ("task", "field", "why"),
    [
        (Generate(prompt=HALF), "prompt", "position 5 is half of one (U+D83C)"),
        (Generate(prompt="a\0b"), "prompt", "position 1 is NUL"),
        (Generate(prompt="caf\udce9"), "prompt", "a byte that was not UTF-8 (0xe9)"),
        (Generate(prompt="a", lyrics=HALF), "lyrics", "U+D83C"),
        (Generate(prompt="a", title="\udf27"), "title", "position 0"),
        (Generate(prompt="a", extra={"toy": {"a": [{"b": HALF}]}}), "extra.toy.a[0].b", "U+D83C"),
        (Generate(prompt="a", extra={"toy": {HALF: 1}}), "extra.toy", "a valid name for this key"),
        (Generate(prompt="a", extra={"toy": {HALF: HALF}}), "extra.toy", "for this key"),
        (Generate(prompt="a", extra={"toy": {"t": ("x", HALF)}}), "extra.toy.t[1]", "U+D83C"),
        (Extend(source=Source(url=HALF)), "source.url", "U+D83C"),
        (
            Extend(source=Source(ticket=Ticket(provider="toy", id="\ud800"))),
            "source.ticket.id",
            "D800",
        ),
    ],
)
def test_every_text_of_a_task_is_looked_at_however_deep(task, field, why):
    problem = invalid_fields(task)[0]
    assert (problem.field, why in problem.allowed) == (field, True)
    str(problem).encode()


def test_whole_characters_of_any_kind_are_let_through():
    words = "🌧 é\u202e\x1b[1m\ufffe\n\t漢"
    assert invalid_fields(Generate(prompt=words, extra={"toy": {words: [words]}})) == []


@pytest.mark.parametrize("name", Generate.__struct_fields__)
@pytest.mark.parametrize("value", [HALF, {"k": HALF}, {HALF: "v"}, [HALF], (HALF,)])
def test_text_in_the_wrong_place_is_a_problem_of_its_field_as_well(name, value):
    if name != "model":  # core fills it in
        task = Generate(**{"prompt": "a", name: value})
        assert [problem.field for problem in invalid_fields(task)] == [name]


def test_bytes_are_no_text():
    for prompt in (b"lofi", bytearray(b"lofi")):
        (problem,) = invalid_fields(Generate(prompt=prompt))
        assert problem.field == "prompt"


def test_it_is_refused_before_an_intent_and_costs_nothing(face, toy, vendor, journal):
    client = face.client(toy, journal=journal)
    with pytest.raises(
        InvalidTask, match=r"prompt='calm \\ud83c rain'.*nothing was spent"
    ) as error:
        face.do(client.submit, HALF)
    str(error.value).encode()
    assert vendor.requests == []
    assert list(journal.entries()) == []


class Question(Query[str], frozen=True, kw_only=True, tag="question"):
    words: str
    more: Mapping[str, object] | None = None


@pytest.mark.parametrize(
    "query",
    [Question(words=HALF), Question(words="a", more={"b": [HALF]}), Question(words="a\0")],
)
def test_a_query_is_refused_before_it_is_sent(face, toy, vendor, query):
    client = face.client(toy)
    with pytest.raises(InvalidTask, match="Question cannot be sent"):
        face.do(client.ask, query)
    assert vendor.requests == []


def test_what_is_to_be_spoken_is_looked_at_too():
    assert [problem.field for problem in invalid_texts(Speak(text=HALF))] == ["text"]
    assert [problem.field for problem in invalid_texts(Speak(text="a", to="\0"))] == ["to"]
    assert invalid_texts(Speak(text="a", to="caf\udce9.wav")) == []


@pytest.mark.parametrize("label", ["\0", HALF, ""])
def test_a_label_is_valid_text(toy, label):
    with segue.Client(toy, journal=None) as client, pytest.raises(ConfigError, match="label"):
        client.submit("a", label=label)


@pytest.mark.parametrize("to", ["a\0b", Path("a\0b"), "out/\ud83c"])
def test_a_place_that_no_file_system_has_is_refused_before_anything_is_sent(toy, vendor, to):
    with segue.Client(toy, journal=None) as client, pytest.raises(TargetError, match="no file can"):
        client.generate_and_wait("a", to=to)
    assert vendor.requests == []


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are bytes on Linux")
def test_a_place_in_any_bytes_is_used_and_written_down(face, toy, vendor, journal, tmp_path):
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    vendor.says("/jobs/j1", Answer(body=b'{"status": "done", "url": "/song"}'))
    vendor.says("/song", Answer(body=WAV, kind="audio/wav"))
    to = tmp_path / os.fsdecode(b"caf\xe9")
    delivery = face.do(face.client(toy, journal=journal).generate_and_wait, "a", to=to)
    assert delivery.paths[0].parent == to
    (entry,) = journal.entries()
    assert (entry.to, entry.files[0].path) == (str(to), delivery.paths[0])


@pytest.mark.parametrize("text", ['to = "a\\u0000b"', 'journal = "a\\u0000b"'])
def test_a_place_of_the_configuration_holds_no_nul(tmp_path, text):
    file = tmp_path / "studio.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match="is not allowed; write the path of a f"):
        segue.Config.load(file)


def test_a_journal_whose_path_is_none_is_told_as_one(toy):
    with segue.Client(toy, journal="a\0b") as client, pytest.raises(JournalError):
        client.jobs()


@pytest.mark.parametrize("name", ["half \ud83c", "a\0", "caf\udce9"])
def test_no_job_has_such_a_name(toy, journal, name):
    with segue.Client(toy, journal=journal) as client, pytest.raises(UnknownJob) as error:
        client.resume(name)
    str(error.value).encode()


@pytest.mark.parametrize("key", ["caf\xe9", "a\x07b", "a\0b", "\ud83c", "a b", "a\nb"])
def test_a_key_that_no_header_can_carry_is_refused_before_anything_is_sent(
    face, toy, vendor, monkeypatch, key
):
    monkeypatch.setattr("segue._config.credentials.Secret.__call__", lambda self: key)
    with pytest.raises(segue.SegueError, match="character that no key has") as error:
        face.do(face.client(toy).submit, "a")
    assert key not in str(error.value)
    assert vendor.requests == []


# What vendors send.

SENT = {
    b'{"id": "a\\ud83cb"}': "a\\ud83cb",
    b'{"id": "a\xffb"}': "a\\xffb",
    b'{"id": "a\\udc00"}': "a\\udc00",
    b'{"id": "a\\u0000b\\ufffe"}': "a\0b\ufffe",
    b'\xef\xbb\xbf{"id": "ab"}': "ab",
    b'{"id": "\\ud83c\\udf27"}': "🌧",
    b'{"id": "a\\\\ud83c"}': "a\\ud83c",
    b'{"user": "\\ud83c", "id": "ab"}': "ab",
    b'{"\\ud83c": "x", "id": "ab"}': "ab",
}


@pytest.mark.parametrize(("body", "id_"), SENT.items())
def test_the_ticket_of_a_paid_job_is_kept_whatever_its_text(face, toy, vendor, journal, body, id_):
    vendor.says("/jobs", Answer(body=body))
    job = face.do(face.client(toy, journal=journal).submit, "a")
    assert job.ticket.id == id_
    assert Ticket.from_json(job.ticket.to_json()) == job.ticket
    assert journal.entry(job.ticket.job).ticket == job.ticket


def test_words_of_a_vendor_get_a_replacement_character():
    body = b'{"title": "calm \\ud83c rain", "lyrics": "caf\xe9", "valid": "\\udf27"}'
    told = Reply(status=200, body=body).json(dict)
    assert told == {"title": "calm \ufffd rain", "lyrics": "caf\ufffd", "valid": "\ufffd"}


def test_two_names_stay_two():
    told = Reply(status=200, body=b'{"ids": ["\\ud83c", "\\ud83d", "\xff"]}').json(dict)
    assert len(set(told["ids"])) == 3


json_like = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner)
)


@given(json_like, st.booleans())
def test_what_is_valid_stays_as_it_is(value, escaped):
    body = json.dumps(value, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    again = valid_json(body)
    msgspec.json.decode(again)
    if body.isascii() or b"\xed" not in body:
        assert escaped or again == body
    if not escaped:
        assert json.loads(again) == json.loads(json.dumps(value))


pieces = st.sampled_from(
    [
        b'"',
        b"\\",
        b"\\u",
        b"d83c",
        b"\\ud83c",
        b"\\udf27",
        b"\xff",
        b"\xed\xa0\xbc",
        b":",
        b"{",
        b"}",
    ]
)


@given(st.lists(pieces | st.binary(max_size=3), max_size=30).map(b"".join))
@example(b"\\ud83c")
@example(b"\\ud83c\\ud83c\\udf27\\udf27")
def test_what_another_reader_of_json_takes_is_taken(body):
    body = b'{"id":"' + body + b'"}'
    again = valid_json(body)
    again.decode()
    try:
        json.loads(body.decode("utf-8", "surrogateescape"))
    except ValueError:
        return
    msgspec.json.encode(msgspec.json.decode(again))


def test_a_large_answer_is_repaired_in_time():
    body = b'{"a":"' + b"\\ud83c\xff\\\\" * 300_000 + b'"}'
    assert len(msgspec.json.decode(valid_json(body))["a"]) == 900_000


def test_what_a_plugin_makes_of_it_is_repaired_too():
    ticket = validated_result(
        "submit", Ticket(provider="toy", id="\ud83c", state={"\udf27": ["\ud83d"]}), Ticket
    )
    assert (ticket.id, ticket.state) == ("\\ud83c", {"\\udf27": ["\\ud83d"]})
    track = Track(id="1", status=Status.SUCCEEDED, title=HALF, details={"a": HALF})
    snapshot = Snapshot(status=Status.FAILED, tracks=(track,), error=Failure(message=HALF))
    snapshot = validated_result("poll", snapshot, Snapshot)
    assert snapshot.tracks[0].title == snapshot.tracks[0].details["a"] == "calm \ufffd rain"
    str(snapshot).encode()


def test_a_ticket_of_any_text_can_be_handed_over():
    ticket = Ticket(provider="toy", id=HALF, state={"a": ["\0\ud800"]})
    assert Ticket.from_json(ticket.to_json()) == ticket
    ticket.to_json().encode()


def test_what_a_vendor_says_commands_no_terminal():
    failure = Failure(message="\x1b]0;owned\x07\u202egnp.exe")
    snapshot = Snapshot(status=Status.FAILED, error=failure, notes=("\x9b2J",))
    told = str(snapshot) + str(Ticket(provider="toy", id="\x1b[2J")) + repr(snapshot)
    assert told.isprintable()


def test_a_vendor_that_says_so_breaks_no_wait(face, vendor, toy, journal, tmp_path):
    vendor.says("/jobs", Answer(body=b'{"id": "j\\ud83c"}'))
    path = "/jobs/j\\ud83c"
    vendor.says(path, Answer(body=b'{"status": "done\\ud83c"}'), _done())
    vendor.says("/song", Answer(body=WAV, kind="audio/wav"))
    client = face.client(Toy(), journal=journal)
    delivery = face.do(client.generate_and_wait, "a", to=tmp_path / "out")
    assert [path.name for path in delivery.paths] == [f"A-toys-song-{delivery.ticket.job}.wav"]
    assert journal.entries()[0].ticket.id == "j\\ud83c"


def _done():
    return Answer(body=b'{"status": "done", "url": "/song", "progress": 1.0, "x": "\xff"}')

"""Fields of `Generate` as keywords, and a delivery that is pleasant to have."""

import re
import subprocess
import sys
from typing import get_type_hints

import pytest
from msgspec.structs import replace

import segue
from segue._data.presentation import EMBEDDED, figure
from segue._session.keywords import GenerateFields, UnknownKeyword
from segue.errors import InvalidTask
from segue.flow import at_once
from segue.journal import State
from segue.money import Money, Quote
from segue.provider import Capabilities
from segue.speech import Speak
from segue.tasks import Generate, invalid_fields
from segue.testing import Silence


class Priced(Silence):
    """It quotes, and it bills where it is told to."""

    name = "priced"
    bill = None

    def quote(self, task):
        return at_once(Quote(cost=Money.parse("0.06 USD"), maximum=Money.parse("0.08 USD")))

    def poll(self, ticket):
        snapshot = yield from super().poll(ticket)
        return replace(snapshot, cost=self.bill)


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEGUE_CONFIG", "")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_the_keywords_are_the_fields_of_generate_with_their_types():
    theirs = get_type_hints(Generate)
    assert set(GenerateFields.__annotations__) == set(theirs) - {"model"}
    for name, kind in get_type_hints(GenerateFields).items():
        assert kind == theirs[name], name


@pytest.mark.parametrize("method", ["submit", "generate_and_wait"])
def test_a_prompt_is_followed_by_fields(face, method, tmp_path):
    journal = tmp_path / "journal.sqlite3"
    client = face.client(Silence(), journal=journal)
    face.do(getattr(client, method), "hush", to="out/", title="Nothing", duration=1)
    face.do(getattr(client, method), prompt="hush", to="out/", title="Nothing", duration=1)
    with segue.Client(Silence(), journal=journal) as other:
        one, two = other.jobs()
    assert one.task == two.task
    assert (one.task["prompt"], one.task["title"], one.task["duration"]) == ("hush", "Nothing", 1)


def test_a_price_is_asked_for_with_fields(face):
    client = face.client(Priced())
    assert face.do(client.quote, "hush", title="Nothing").cost == Money.parse("0.06 USD")
    with pytest.raises(InvalidTask, match="write a number above 0"):
        face.do(client.quote, "hush", duration=-1)


@pytest.mark.parametrize(
    ("method", "given", "told"),
    [
        ("submit", {"duraton": 3}, "there is no keyword 'duraton'; did you mean 'duration'?"),
        ("submit", {"overwright": True}, "did you mean 'overwrite'?"),
        ("submit", {"timeout": 3}, "it belongs to generate_and_wait and to job.wait"),
        ("generate_and_wait", {"lyric": "la"}, "did you mean 'lyrics'?"),
        ("generate_and_wait", {"time_out": 3}, "did you mean 'timeout'?"),
        ("generate_and_wait", {"backnd": "local"}, "did you mean 'backend'?"),
        ("quote", {"BPM": 90}, "did you mean 'bpm'?"),
        ("quote", {"qqq": 90}, "known are prompt, lyrics, "),
    ],
)
def test_a_misspelt_keyword_is_refused_with_the_one_that_was_meant(face, method, given, told):
    client = face.client(Silence())
    with pytest.raises(UnknownKeyword) as caught:
        face.do(getattr(client, method), "hush", **given)
    assert told in str(caught.value)
    assert isinstance(caught.value, TypeError)


def test_the_function_knows_the_backend_as_a_keyword():
    with pytest.raises(TypeError, match="did you mean 'backend'"):
        segue.generate_and_wait("hush", backand="local")


@pytest.mark.parametrize(
    ("task", "given", "told"),
    [
        (None, {}, "there is no prompt"),
        (None, {"bpm": 90}, "there is no prompt"),
        ("hush", {"prompt": "hush"}, "the prompt is given twice"),
        (Generate(prompt="hush"), {"bpm": 90}, "bpm cannot be given beside a Generate"),
        (3, {}, "int is no task"),
        (3, {"bpm": 90}, "int is no task"),
    ],
)
def test_what_makes_no_task_is_refused_in_a_sentence(task, given, told):
    with segue.Client(Silence(), journal=None) as client, pytest.raises(InvalidTask, match=told):
        client.generate_and_wait(task, **given)


def test_values_are_refused_in_a_users_words():
    task = Generate(
        prompt="",
        lyrics=3,
        instrumental="yes",
        duration=0,
        vocal_gender="femal",
        language="english",
        bpm=5,
        seed=-1,
        extra={"musicapi": 3},
    )
    told = {problem.field: problem.allowed for problem in invalid_fields(task)}
    assert told == {
        "prompt": "write some text",
        "lyrics": "write some text",
        "instrumental": "write true or false",
        "duration": "write a number above 0",
        "vocal_gender": "write female or male",
        "language": "write two small letters, such as en",
        "bpm": "write a number from 20 to 400",
        "seed": "write a whole number, 0 or more",
        "extra": "write a provider's name and its fields, as in {'musicapi': {'mood': 'calm'}}",
    }


def test_a_delivery_says_what_happened(face, tmp_path):
    provider = Priced()
    song = face.do(face.client(provider).generate_and_wait, "hush", to="out/")
    assert song.path == song.paths[0]
    assert (tmp_path / song.path).is_file()
    assert (len(song), [file.path for file in song], bool(song)) == (1, song.paths, True)
    assert (song.bill, song.quoted, song.cost) == (None, Money.parse("0.08 USD"), song.quoted)
    assert str(song).splitlines() == [
        f"{song.path}  16.0 kB · wav",
        f"job {song.ticket}: quoted 0.08 USD",
    ]
    provider.bill = Money.parse("0.05 USD")
    song = face.do(face.client(provider).generate_and_wait, "hush", to="out/")
    assert song.cost == song.bill == Money.parse("0.05 USD")
    assert str(song).endswith("0.05 USD, quoted 0.08 USD")


def test_what_was_dropped_is_in_the_delivery_whoever_downloads_it(face, tmp_path):
    journal = tmp_path / "journal.sqlite3"

    class Plain(Priced):
        capabilities = Capabilities(tasks={Generate: frozenset({"prompt"})}, quote=True)

    told = ("dropped: voice='Ann' is not supported: priced takes prompt",)
    client = face.client(Plain(), journal=journal)
    song = face.do(client.generate_and_wait, "hush", to="a/", voice="Ann", unsupported="ignore")
    assert song.notes == told
    assert told[0] in str(song)
    job = face.do(client.submit, "hush", voice="Ann", unsupported="ignore", label="mine")
    face.do(client.close)
    later = face.client(Plain(), journal=journal)
    again = face.do(later.resume, job.ticket.job)
    face.do(again.download, "b/")
    assert again.delivery.notes == told
    assert again.delivery.quoted == Money.parse("0.08 USD")
    [entry] = face.do(later.jobs, states=[State.DELIVERED], limit=1)
    assert (entry.label, entry.dropped) == ("mine", (told[0].removeprefix("dropped: "),))


def test_a_notebook_shows_a_waveform_and_a_player(tmp_path):
    song = segue.generate_and_wait("lofi", duration=2, to="out/", backend="local")
    shown = song._repr_html_()
    assert shown.count("<svg") == shown.count("<audio") == 1
    assert 'src="data:audio/wav;base64,' in shown
    assert "0 USD" in shown
    large = tmp_path / "large & odd.wav"
    with large.open("wb") as file:
        file.truncate(EMBEDDED + 1)
    figured = figure(replace(song.files[0], path=large, track=None))
    assert f'src="{large.as_posix().replace(" & ", "%20%26%20")}"' in figured
    assert "<svg" not in figured  # there is no sound in it
    assert "large &amp; odd" in figured
    gone = figure(replace(song.files[0], path=tmp_path / "gone.wav"))
    assert "<audio" in gone


def test_the_program_is_the_package(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "segue", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("segue ")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Generate(prompt="x", duraton=3), "Generate has no field 'duraton'"),
        (lambda: Generate("a waltz"), "Generate takes its fields by their names"),
        (Generate, "Generate needs prompt"),
        (lambda: segue.Source(tickt=None), "Source has no field 'tickt'"),
        (lambda: Speak(txt="hello"), "Speak has no field 'txt'"),
    ],
)
def test_a_task_or_query_that_is_made_wrongly_says_what_was_meant(make, said):
    with pytest.raises(TypeError) as caught:
        make()
    assert isinstance(caught.value, InvalidTask)
    assert said in str(caught.value)
    assert re.search(r"did you mean '(duration|ticket|text)'\?|write prompt=", str(caught.value))


def test_a_field_of_the_wrong_kind_is_still_no_matter_of_its_name():
    assert Generate(prompt="x", duration="long").duration == "long"
    assert invalid_fields(Generate(prompt="x", duration="long"))

"""What a program hands over by mistake: refused in a sentence, before anything is spent."""

import copy
import pickle

import pytest

import segue
from segue.errors import (
    ConfigError,
    InvalidTask,
    JobBusy,
    JournalError,
    NoBackendLeft,
    TargetError,
    UnknownJob,
    WaitTimeout,
)
from segue.testing import Silence

TICKET = segue.Ticket(provider="silence", id="s", job="7f3a", secrets={"token": "hush-hush"})


@pytest.fixture
def client(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with segue.Client(Silence(), journal=tmp_path / "journal.sqlite3") as made:
        yield made


@pytest.mark.parametrize(
    "choice",
    [
        {"timeout": "60"},  # it was noticed when the job was paid for
        {"timeout": float("nan")},
        {"max_cost": 0.5},
        {"unsupported": "drop"},
        {"to": 3},
        {"overwrite": "no"},  # it made the whole journal unreadable
        {"on_update": "print"},
        {"on_progress": "print"},
    ],
)
def test_a_choice_that_is_none_is_refused_before_anything_is_sent(client, choice):
    ((name, value),) = choice.items()
    with pytest.raises(ConfigError) as caught:
        client.generate_and_wait("shh", **choice)
    assert f"{name} = {value!r} is not allowed; " in str(caught.value)
    assert client.jobs() == []


@pytest.mark.parametrize(
    "choice",
    [
        {"backend": 3},
        {"backend": []},
        {"backend": ["local", 3]},
        {"timeout": "60"},
        {"max_cost": 1},
        {"journal": 3},
        {"config": {"backend": "local"}},
    ],
)
def test_a_client_refuses_at_once_what_it_could_not_work_with(choice):
    ((name, value),) = choice.items()
    with pytest.raises(ConfigError) as caught:
        segue.Client(**choice)
    assert f"{name} = {value!r} is not allowed; " in str(caught.value)


@pytest.mark.parametrize("task", [b"shh", 3, {"prompt": "shh"}])
def test_what_is_no_task_and_no_question_is_refused_by_its_type(client, task):
    for ask in (client.submit, client.quote, client.ask):
        with pytest.raises(InvalidTask, match=type(task).__name__):
            ask(task)


@pytest.mark.parametrize("extra", ["foo", {"silence": 3}, {"else": {"where": object()}}])
def test_an_extra_of_another_shape_is_refused_by_its_name(client, extra):
    with pytest.raises(InvalidTask, match="extra="):
        client.submit(segue.Generate(prompt="shh", extra=extra))
    assert client.jobs() == []


@pytest.mark.parametrize(
    "wrong", [{"states": ["submitted"]}, {"states": "submitted"}, {"limit": "x"}]
)
def test_the_jobs_are_asked_for_by_states_and_a_number(client, wrong):
    with pytest.raises(ConfigError, match="is not allowed"):
        client.jobs(**wrong)


def test_the_json_of_a_ticket_is_no_name_and_its_token_is_not_shown(client):
    for use in (client.resume, client.forget):
        with pytest.raises(UnknownJob, match=r"Ticket\.from_json") as caught:
            use(TICKET.to_json())
        assert "hush-hush" not in str(caught.value)
        with pytest.raises(UnknownJob, match="int is no job"):
            use(3)


@pytest.mark.parametrize("name", ["b\0.wav", "a" * 300 + ".wav"])
def test_a_name_that_no_file_can_have_is_refused_before_anything_is_sent(client, name):
    with pytest.raises(TargetError):
        client.generate_and_wait("shh", to=name)
    assert client.jobs() == []


def test_what_a_programs_own_callback_raises_is_no_fault_of_the_plugins(client):
    def mine(_path, _fraction):
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        client.generate_and_wait("shh", on_progress=mine)


def test_a_ticket_of_odd_fields_is_not_written_into_the_journal(client):
    with pytest.raises(JournalError, match=r"\$\.ticket\.id"):
        client.resume(segue.Ticket(provider="silence", id=5))
    assert client.jobs() == []


@pytest.mark.parametrize("passed_on", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy])
def test_an_error_is_whole_in_another_process_and_as_a_copy(passed_on):
    """One that could not be unpickled took a whole pool of processes with it, and its ticket."""
    timeout = passed_on(WaitTimeout("job 7f3a was not done", ticket=TICKET, advice="resume it"))
    assert type(timeout) is WaitTimeout
    assert (timeout.ticket.id, timeout.ticket.job) == (TICKET.id, TICKET.job)
    assert str(timeout) == "silence: job 7f3a was not done; resume it"
    none_left = passed_on(NoBackendLeft([("silence", JobBusy("another one waits"))]))
    assert str(none_left).startswith("no backend of 1 could do it: silence: another one waits")
    assert none_left.attempts[0][0] == "silence"

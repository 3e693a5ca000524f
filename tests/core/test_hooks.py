"""Hooks: every plugin is asked, and none of them can harm a job."""

import logging
import subprocess
import sys
from dataclasses import dataclass
from types import ModuleType

import pytest

from segue.errors import BrokenPlugin, PluginError
from segue.hooks import Hooks, hookimpl
from segue.job import Delivery, Snapshot, Status, Ticket
from segue.tasks import Generate

TASK = Generate(prompt="lofi")
TICKET = Ticket(provider="venice", id="1")
SNAPSHOT = Snapshot(status=Status.RUNNING)
DELIVERY = Delivery(ticket=TICKET, snapshot=SNAPSHOT, files=())
CALLED = {
    "endpoint": "POST /audio/queue",
    "provider": "venice",
    "status": 200,
    "error": None,
    "seconds": 0.5,
    "attempt": 1,
}


class Diary:
    """Writes down all that it is told."""

    def __init__(self):
        self.seen = []

    @hookimpl
    def segue_submitted(self, ticket, task):
        self.seen.append(("submitted", ticket, task))

    @hookimpl
    def segue_updated(self, snapshot):
        self.seen.append(("updated", snapshot))

    @hookimpl
    def segue_delivered(self, delivery):
        self.seen.append(("delivered", delivery))

    @hookimpl
    def segue_called(self, endpoint, status, attempt):
        self.seen.append(("called", endpoint, status, attempt))


class Failing:
    @hookimpl
    def segue_updated(self, ticket):
        raise ValueError("a token: very-secret")

    @hookimpl
    def segue_submitted(self):
        raise KeyError("x")


class Answering:
    """Approves, or answers for a key, as it was made to."""

    def __init__(self, answer, name="answering"):
        self.answer = answer
        self.name = name

    @hookimpl
    def segue_approve(self, task, quote):
        return self._answered()

    @hookimpl
    def segue_secret(self, provider, name):
        return self._answered()

    def _answered(self):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def refusal(plugin):
    with pytest.raises(PluginError) as caught:
        Hooks([plugin])
    return str(caught.value)


def test_observers_are_told_what_they_ask_for():
    diary = Diary()
    hooks = Hooks([diary])
    hooks.submitted(TICKET, TASK)
    hooks.updated(TICKET, SNAPSHOT)
    hooks.delivered(DELIVERY)
    hooks.called(**CALLED)
    assert diary.seen == [
        ("submitted", TICKET, TASK),
        ("updated", SNAPSHOT),
        ("delivered", DELIVERY),
        ("called", "POST /audio/queue", 200, 1),
    ]


def test_without_plugins_all_is_approved_and_no_key_is_known():
    hooks = Hooks()
    hooks.called(**CALLED)
    assert hooks.approve(TASK, None) == []
    assert hooks.secret("venice", "VENICE_API_KEY") is None


def test_the_same_object_twice_is_told_once():
    diary = Diary()
    hooks = Hooks([diary, diary])
    hooks.register(diary)
    hooks.updated(TICKET, SNAPSHOT)
    assert len(diary.seen) == 1


def test_two_objects_of_one_class_are_both_told():
    one, two = Diary(), Diary()
    Hooks([one, two]).updated(TICKET, SNAPSHOT)
    assert one.seen == two.seen == [("updated", SNAPSHOT)]


def test_a_failing_observer_is_skipped_and_all_others_still_run(caplog):
    before, after = Diary(), Diary()
    hooks = Hooks([before, Failing(), after])
    hooks.updated(TICKET, SNAPSHOT)
    assert before.seen == after.seen == [("updated", SNAPSHOT)]


def test_a_failure_is_logged_once_for_each_plugin_and_hook_without_its_words(caplog):
    hooks = Hooks([Failing()])
    with caplog.at_level(logging.DEBUG, "segue"):
        for _ in range(3):
            hooks.updated(TICKET, SNAPSHOT)
            hooks.submitted(TICKET, TASK)
    first, second = (record.getMessage() for record in caplog.records)
    assert "segue_updated of plugin 'Failing' failed and was skipped: ValueError in" in first
    assert "segue_submitted of plugin 'Failing'" in second
    assert "very-secret" not in caplog.text


def test_any_reason_vetoes():
    hooks = Hooks([Answering(None), Answering("too dear", "purse"), Answering("", "mute")])
    assert hooks.approve(TASK, None) == ["purse: too dear"]


def test_a_failing_approval_is_a_veto_that_names_the_plugin():
    (reason,) = Hooks([Answering(OSError("ledger is gone"), "purse")]).approve(TASK, None)
    assert reason == "purse: segue_approve failed: OSError: ledger is gone"


@pytest.mark.parametrize("answer", [True, False, 0, ["no"]])
def test_an_answer_that_is_no_reason_does_not_approve(answer):
    (reason,) = Hooks([Answering(answer)]).approve(TASK, None)
    assert "neither None nor a reason" in reason


def test_every_approval_is_asked_even_after_a_veto():
    reasons = Hooks([Answering("a", "one"), Answering("b", "two")]).approve(TASK, None)
    assert reasons == ["two: b", "one: a"]


def test_the_first_answer_gives_the_key_the_last_registered_plugin_first():
    plugins = [Answering("first", "a"), Answering("second", "b"), Answering(None, "c")]
    assert Hooks(plugins).secret("venice", "VENICE_API_KEY") == "second"


@pytest.mark.parametrize("answer", [OSError("very-secret"), b"very-secret", 3])
def test_a_plugin_that_fails_to_give_the_key_is_named_and_nothing_is_shown(answer):
    with pytest.raises(PluginError, match="segue_secret of plugin 'vault'") as caught:
        Hooks([Answering(answer, "vault")]).secret("venice", "VENICE_API_KEY")
    assert "very-secret" not in str(caught.value)


def test_an_unknown_hook_is_refused_with_the_nearest_one():
    class Misspelt:
        @hookimpl
        def segue_aprove(self, task):
            return "no"

    assert "no hook 'segue_aprove'; did you mean 'segue_approve'?" in refusal(Misspelt())


def test_a_hook_that_is_not_marked_is_refused():
    class Unmarked:
        def segue_approve(self, task, quote):
            return "no"

    assert "segue_approve is not a hook yet; put @hookimpl before it" in refusal(Unmarked())


def test_an_unknown_argument_is_refused():
    class Asking:
        @hookimpl
        def segue_updated(self, progress):
            pass

    assert "'progress'" in refusal(Asking())


def test_an_async_hook_is_refused():
    class Async:
        @hookimpl
        async def segue_quoted(self, job, quote):
            pass

    assert "segue_quoted is async; hooks are synchronous, but for segue_approve" in refusal(Async())


def test_an_approval_that_is_an_async_generator_is_refused():
    class Streaming:
        @hookimpl
        async def segue_approve(self, task, quote):
            yield "no"

    assert "segue_approve yields" in refusal(Streaming())


def test_a_hook_that_wraps_is_refused():
    class Wrapping:
        @hookimpl(wrapper=True)
        def segue_approve(self, task, quote):
            return (yield)

    assert "do not wrap" in refusal(Wrapping())


def test_a_class_is_refused_with_what_to_pass_instead():
    assert "pass an object: Diary()" in refusal(Diary)


def test_objects_that_equal_each_other_are_refused():
    @dataclass
    class Same:
        @hookimpl
        def segue_approve(self, task, quote):
            return None

    with pytest.raises(PluginError, match="equals another one"):
        Hooks([Same(), Same()])


def test_a_refused_plugin_leaves_the_others_in_force():
    class Half:
        @hookimpl
        def segue_approve(self, task, quote):
            return "half"

        @hookimpl
        def segue_unheard(self):
            pass

    hooks = Hooks([Answering("no", "purse")])
    with pytest.raises(PluginError):
        hooks.register(Half())
    assert hooks.approve(TASK, None) == ["purse: no"]
    hooks.register(Answering(None, "more"))


def test_a_module_can_be_a_plugin():
    module = ModuleType("my_hooks")

    @hookimpl
    def segue_approve(task, quote):
        return "closed"

    module.segue_approve = segue_approve
    assert Hooks([module]).approve(TASK, None) == ["my_hooks: closed"]


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Installs a distribution with one hook plugin."""
    before = set(sys.modules)
    monkeypatch.delenv("SEGUE_DISABLE", raising=False)

    def installing(name, source, target=""):
        info = tmp_path / f"made_{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: made-{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[segue.hooks]\n{name} = made_{name}{target}\n")
        (tmp_path / f"made_{name}.py").write_text(f"from segue.hooks import hookimpl\n{source}")
        monkeypatch.syspath_prepend(str(tmp_path))

    yield installing
    for name in set(sys.modules) - before:
        if name.startswith("made_"):
            del sys.modules[name]


VETO = "@hookimpl\ndef segue_approve(task, quote): return 'closed'"
CLASS = "class Purse:\n    @hookimpl\n    def segue_approve(self, task, quote): return 'empty'"


def test_installed_hooks_are_modules_objects_or_classes(install):
    install("shop", VETO)
    install("purse", CLASS, ":Purse")
    install("wallet", f"{CLASS}\nwallet = Purse()", ":wallet")
    reasons = Hooks.installed().approve(TASK, None)
    assert sorted(reasons) == ["purse: empty", "shop: closed", "wallet: empty"]


def test_plugins_that_are_passed_come_before_installed_ones(install):
    install("vault", "@hookimpl\ndef segue_secret(provider, name): return 'installed'")
    assert Hooks.installed().secret("venice", "X") == "installed"
    assert Hooks.installed([Answering("passed")]).secret("venice", "X") == "passed"


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("1 / 0", ""),
        ("import sys; sys.exit()", ""),
        ("x = 1", ":Missing"),
        ("@hookimpl\ndef segue_aprove(task): return 'no'", ""),
        ("class Purse:\n    def __init__(self): raise SystemExit", ":Purse"),
    ],
)
def test_one_that_cannot_be_used_is_an_error_because_it_may_be_an_approval(install, source, target):
    install("purse", source, target)
    with pytest.raises(
        BrokenPlugin, match=r"'purse' \(made_purse.*, of made-purse 1\.0\)"
    ) as caught:
        Hooks.installed()
    assert "SEGUE_DISABLE=purse leaves it out" in str(caught.value)


def test_a_disabled_one_is_left_out(install, monkeypatch):
    install("purse", "1 / 0")
    monkeypatch.setenv("SEGUE_DISABLE", "purse")
    assert Hooks.installed().approve(TASK, None) == []


def test_importing_hooks_reads_no_entry_points():
    code = "import sys, segue.hooks; sys.exit('importlib_metadata' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

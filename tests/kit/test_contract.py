"""What the kit asks of the class that its user writes."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from segue import Generate
from segue.flow import Reply
from segue.testing import ProviderKit
from segue.testing.kit.contract import kit_tests
from tests.kit.metronome import Metronome, MetronomeKit, json

FILE = """
from segue import Generate
from segue.testing import ProviderKit, Silence

class TestSilence(ProviderKit):
    provider = Silence
    task = Generate(prompt="nothing")

class Loud(Silence):
    name = "lo/ud"

class TestLoud(ProviderKit):
    provider = Loud
    task = Generate(prompt="something")
"""


def made(*bases, **brought):
    return type("TestIt", (*bases, ProviderKit), brought)()


def failure(kit, test):
    with pytest.raises(AssertionError) as error:
        getattr(kit, test)()
    return str(error.value)


def test_a_test_of_the_kit_cannot_be_overridden():
    with pytest.raises(TypeError, match="overrides test_a_failed_job_says_why, which is a test of"):
        made(test_a_failed_job_says_why=lambda self: None)
    with pytest.raises(TypeError, match="give your own test another name"):
        made(test_no_job_is_lost=None)


def test_a_mixin_cannot_override_one_either():
    mixin = type("Mixin", (), {"test_no_job_is_lost": lambda self: None})
    with pytest.raises(TypeError, match="TestIt overrides test_no_job_is_lost"):
        made(mixin)


def test_tests_of_ones_own_stand_beside_the_kits():
    assert made(test_my_own=lambda self: 7).test_my_own() == 7


def test_a_misspelt_answer_is_told_at_once():
    with pytest.raises(TypeError, match="did you mean 'accepted'"):
        made(acepted=Reply(status=200))


@pytest.mark.parametrize("test", kit_tests())
def test_a_class_without_a_provider_is_told_so(test):
    kit = made(task=Generate(prompt="a waltz"), cassettes=None, stories={"a": print})
    with pytest.raises((AssertionError, pytest.skip.Exception)) as told:
        getattr(kit, test)()
    if told.type is AssertionError:
        assert "has no provider: write" in str(told.value) or "no recording of a" in str(told.value)
    else:
        assert "` is not set: " in str(told.value)


def test_a_class_without_a_task_is_told_so():
    assert "no task: write `task = Generate(" in failure(
        made(provider=Metronome), "test_a_running_job_is_not_over"
    )


def test_an_answer_that_a_request_needs_is_asked_for():
    kit = made(MetronomeKit, accepted=())
    told = failure(kit, "test_a_submission_spends_exactly_once")
    assert "`accepted` is not set" in told
    assert "submit() requests POST /jobs" in told


def test_an_answer_too_few_and_one_too_many_are_told():
    kit = made(MetronomeKit, running=(json({"state": "ticking"}), json({})))
    assert "left 1 of 2 responses unread" in failure(kit, "test_a_running_job_is_not_over")
    kit = made(MetronomeKit, running=())
    assert "`running` is not set" in failure(kit, "test_a_running_job_is_not_over")


def test_an_answer_that_is_no_good_one_is_told():
    kit = made(MetronomeKit, accepted=json({"error": "no"}, 400))
    assert "is that response a good one?" in failure(kit, "test_a_submission_spends_exactly_once")


def test_a_function_that_makes_the_provider_need_not_be_static():
    def metronome():
        return Metronome()

    made(MetronomeKit, provider=metronome).test_a_running_job_is_not_over()


def test_more_garbage_can_be_asked_for(monkeypatch):
    fed = []

    class Listening(Metronome):
        def ticket(self, reply):
            fed.append(reply)
            return super().ticket(reply)

    kit = made(MetronomeKit, provider=Listening, examples=5)
    kit.test_garbage_never_breaks_a_submission()
    few = len(fed)
    monkeypatch.setenv("SEGUE_KIT_EXAMPLES", "150")
    kit.test_garbage_never_breaks_a_submission()
    assert len(fed) - few > 2 * few


def test_pytest_prints_why_something_was_skipped_and_what_is_wrong(tmp_path):
    (tmp_path / "test_silence.py").write_text(FILE)
    run = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "-p", "no:xdist"]
    few = ["-k", "its_name or leaves_the_key or paid_for_twice"]
    told = subprocess.run(
        [*run, "-o", "addopts=", *few, "test_silence.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout.rstrip().splitlines()[-1].startswith("1 failed"), told.stdout
    assert "name = 'lo/ud' cannot be written as a backend" in told.stdout
    assert "site-packages" not in told.stdout.partition("short test summary")[0]
    assert "it needs no key" in told.stdout
    assert re.search(r"kit.simulated\.py:\d+: `vendor\(\)` is not set", told.stdout)


@pytest.mark.parametrize("missing", ["hypothesis", "pytest"])
def test_without_the_extra_the_error_says_what_to_install(missing):
    code = f"""
import sys
sys.modules[{missing!r}] = None
import segue.testing
from segue.testing import Silence
try:
    from segue.testing import ProviderKit
except ImportError as error:
    print(error)
"""
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert f"the kit needs {missing}, which is not installed" in told
    assert "pip install 'segue-core[testing]'" in told


def test_the_silence_provider_needs_nothing_of_the_kit():
    code = (
        "import sys; from segue.testing import Silence;"
        " print({'pytest', 'hypothesis', 'vcr', 'httpx'} & {*sys.modules})"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"

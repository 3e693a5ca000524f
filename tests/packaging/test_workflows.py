"""What the workflows do: pinned, without secrets, and the same as `.ci/run`."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from segue import __version__

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted(p for p in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if p.stem != "config")
BY_MAJOR, BY_COMMIT = re.compile(r"actions/[\w-]+@v\d+"), re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40}")


def loaded(path):
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {("on" if key is True else key): value for key, value in found.items()}


def steps(path):
    return [step for job in loaded(path)["jobs"].values() for step in job["steps"]]


def test_there_is_one_workflow_for_each_purpose():
    assert [path.stem for path in WORKFLOWS] == ["ci", "docs", "release"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned(path):
    """GitHub's own by their major version, others' by a commit, with its version beside it."""
    for step in steps(path):
        assert ("uses" in step) != ("run" in step)
        used = step.get("uses", "actions/checkout@v1")
        assert BY_MAJOR.fullmatch(used) or BY_COMMIT.fullmatch(used), used
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if re.search("@[0-9a-f]{40}$", line)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_has_no_secret_and_no_more_rights_than_it_needs(path):
    workflow, text = loaded(path), path.read_text(encoding="utf-8")
    assert "secrets." not in text
    assert "pull_request_target" not in text
    assert workflow["permissions"] == {"contents": "read"}
    granted = {name: job.get("permissions", {}) for name, job in workflow["jobs"].items()}
    assert {name: rights for name, rights in granted.items() if rights} == {
        "ci": {},
        "docs": {"deploy": {"pages": "write", "id-token": "write"}},
        "release": {
            "publish": {"id-token": "write", "attestations": "write"},
            "announce": {"contents": "write"},
        },
    }[path.stem]
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 60
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_text_of_others_is_put_into_a_shell(path):
    """`${{ … }}` in a script is replaced before the shell reads it; a variable is not."""
    assert [step["run"] for step in steps(path) if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize(
    "path", sorted(p for p in GITHUB.rglob("*") if p.is_file()), ids=lambda path: path.name
)
def test_no_package_index_is_named(path):
    text = path.read_text(encoding="utf-8").lower()
    assert "py" + "pi" not in text
    assert "pythonhosted" not in text


def test_continuous_integration_runs_everything_on_every_python():
    job = loaded(GITHUB / "workflows/ci.yml")["jobs"]["everything"]
    assert job["steps"][-1]["run"] == "bash .ci/run"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = re.findall(r":: (3\.\d+)", "\n".join(project["classifiers"]))
    assert set(job["strategy"]["matrix"]["python"]) >= {*named, "3.14"}
    assert job["env"]["UV_PYTHON"] == "${{ matrix.python }}"


def test_the_site_is_built_as_in_continuous_integration():
    (build,) = (s["run"] for s in steps(GITHUB / "workflows/docs.yml") if "run" in s)
    line = build.splitlines()[-1]
    assert line in (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()


def test_nothing_is_published_before_the_tests_and_with_attestations():
    jobs = loaded(GITHUB / "workflows/release.yml")["jobs"]
    assert set(jobs["publish"]["needs"]) == {"test", "build"}
    assert jobs["test"]["steps"][-1]["run"] == "bash .ci/run"
    used = [step.get("uses", step.get("run")).strip() for step in jobs["publish"]["steps"]]
    assert used[-1].endswith("uv publish --trusted-publishing always")
    assert [u.partition("@")[0] for u in used[-3:-1]] == [
        "actions/attest-build-provenance",
        "astral-sh/attest-action",
    ]


@pytest.mark.parametrize(
    ("tag", "fine"), [(f"v{__version__}", True), (f"v{__version__}1", False), ("v99.0.0", False)]
)
def test_a_tag_that_is_not_the_version_builds_nothing(tag, fine):
    (check,) = (
        step["run"]
        for step in steps(GITHUB / "workflows/release.yml")
        if step.get("name") == "The tag is the version"
    )
    done = subprocess.run(
        ["bash", "-c", check], cwd=ROOT, env={"GITHUB_REF_NAME": tag, "PATH": "/usr/bin:/bin"},
        check=False,
    )  # fmt: skip
    assert (done.returncode == 0) is fine


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_is_whole(path):
    form = loaded(path)
    assert form["name"]
    assert form["description"]
    fields = [part for part in form["body"] if part["type"] != "markdown"]
    assert len({part["id"] for part in fields}) == len(fields)
    assert all(part["attributes"]["label"] for part in fields)
    assert any(part.get("validations", {}).get("required") for part in fields)


def test_the_lock_file_stays_out():
    assert "uv.lock" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()

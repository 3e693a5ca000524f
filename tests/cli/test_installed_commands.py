"""Commands of other distributions, made on disk: the group `segue.commands`."""

import subprocess
import sys

import pytest

FUNCTION = '''
def greet(name: str, loud: bool = False) -> None:
    """Greet somebody."""
    if name == "nobody":
        from segue.errors import Refused
        raise Refused("nobody is there", advice="name somebody")
    print("HELLO" if loud else "hello", name)
'''
GROUP = '''
import typer
app = typer.Typer(invoke_without_command=True)
@app.callback()
def tower(context: typer.Context) -> None:
    """Build a tower."""
    if context.invoked_subcommand is None:
        print("a tower")
@app.command()
def add(floor: int) -> None:
    """Add a floor."""
    print("floor", floor)
'''


@pytest.fixture
def run(tmp_path):
    """Installs commands, each `name: source and what of it`, and runs `segue`."""
    site = tmp_path / "site"

    def installing(commands, dist="acme"):
        info = site / f"{dist}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist}\nVersion: 1.0\n")
        points = ["[segue.commands]"]
        for name, (source, target) in commands.items():
            module = f"{dist}_{name}".replace("-", "_")
            (site / f"{module}.py").write_text(source)
            points.append(f"{name} = {module}:{target}")
        (info / "entry_points.txt").write_text("\n".join(points))

    def running(*arguments, **environment):
        done = subprocess.run(
            [sys.executable, "-m", "segue.cli", *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={"PYTHONPATH": str(site), "HOME": str(tmp_path), **environment},
        )
        return done.returncode, done.stdout + done.stderr

    running.install = installing
    return running


def test_a_function_is_a_command_and_its_errors_are_sentences(run):
    run.install({"greet": (FUNCTION, "greet")})
    assert run("greet", "Ada", "--loud") == (0, "HELLO Ada\n")
    assert run("greet", "nobody") == (2, "error: nobody is there; name somebody\n")
    assert "Greet somebody." in run("--help")[1]


def test_a_group_brings_commands_of_its_own(run):
    run.install({"tower": (GROUP, "app")})
    assert run("tower") == (0, "a tower\n")
    assert run("tower", "add", "3") == (0, "floor 3\n")


@pytest.mark.parametrize(
    ("source", "target", "why"),
    [
        ("raise RuntimeError('no')", "app", "cannot be imported"),
        ("app = 7", "app", "neither a typer.Typer nor a function"),
        ("import typer; app = typer.Typer()", "app", "cannot be made a command"),
    ],
)
def test_a_broken_command_breaks_only_itself(run, source, target, why):
    run.install({"tower": (source, target)})
    code, said = run("tower", "--anything", "at all")
    assert code == 2
    assert why in said
    assert "acme 1.0" in said
    code, said = run("--help")
    assert code == 0
    assert "tower" in said


def test_a_command_of_segue_cannot_be_replaced(run):
    run.install({"providers": (FUNCTION, "greet")})
    assert "local" in run("providers")[1]


def test_two_distributions_with_one_command_are_named(run):
    run.install({"greet": (FUNCTION, "greet")})
    run.install({"greet": (FUNCTION, "greet")}, dist="other")
    assert run("greet", "Ada")[0] == 2
    assert "acme 1.0 and by other 1.0" in run("greet", "Ada")[1]


def test_a_disabled_command_is_not_there(run):
    run.install({"greet": (FUNCTION, "greet")})
    code, said = run("greet", "Ada", SEGUE_DISABLE="greet")
    assert code == 2
    assert "greet" in said


def test_no_command_of_segue_imports_those_of_others(run):
    run.install({"greet": ("print('imported')", "greet")})
    assert "imported" not in run("providers")[1]

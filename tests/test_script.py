"""What script/run and script/test decide before anything is installed."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
spec = importlib.util.spec_from_file_location("commands", ROOT / "script" / "commands.py")
commands = importlib.util.module_from_spec(spec)
spec.loader.exec_module(commands)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder of its own for what commands write."""
    monkeypatch.setattr(commands, "LOG", tmp_path / "setup.log")
    monkeypatch.setattr(commands, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(commands, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setenv("PATH", os.environ["PATH"])
    monkeypatch.delenv("CI", raising=False)
    return tmp_path


def fake_python(folder, body):
    """A Python that does what `body` (shell) says."""
    python = folder / "python3"
    python.write_text(f"#!/bin/sh\n{body}\n")
    python.chmod(0o755)
    return str(python)


# Settings -------------------------------------------------------------------------------------------
def settings_read():
    code = (ROOT / "hsb_portal" / "settings.py").read_text()
    found = re.findall(r'(?:env\.\w+|secret|number)\(\s*"([A-Z_]+)"', code)
    assert len(found) > 30
    return set(found)


def lines_of_example():
    """NAME=value of every line, as it is once its # is taken away."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(
        re.fullmatch(r"# ([A-Z_]+)=(.*)", line).groups() for line in lines if re.match(r"# [A-Z_]+=", line)
    )


def test_env_example_names_exactly_the_settings_that_are_read():
    assert set(lines_of_example()) == settings_read() | {"PORT"}


def test_a_line_of_env_example_changes_nothing_when_its_hash_is_taken_away():
    values = {name: value for name, value in lines_of_example().items() if value}
    probe = "from hsb_portal import settings; print(sorted((k, repr(v)) for k, v in vars(settings).items() if k.isupper()))"

    def settings(**given):
        kept = {name: value for name, value in os.environ.items() if name not in lines_of_example()}
        kept |= {"DJANGO_SECRET_KEY": "x", "HSB_ACCOUNT_KEYS": "k1:x", "HSB_ENV_FILE": os.devnull}
        done = subprocess.run(
            [sys.executable, "-c", probe],
            cwd=ROOT,
            env=kept | given,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    del values["HSB_ENV_FILE"]
    values["HSB_VAR"] = str(ROOT / values["HSB_VAR"])
    # What is empty there is as good as not set.
    empty = {"DATABASE_URL": "", "REDIS_URL": "", "HSB_BROKER_PREFIX": ""}
    assert settings(**values, **empty) == settings()


def test_env_file_is_read_and_the_environment_goes_before_it(tmp_path, monkeypatch):
    file = tmp_path / ".env"
    file.write_text('# a comment\nA_1=one\nexport B_1="two words"\nC_1=from the file\nnonsense\n')
    monkeypatch.setenv("C_1", "from the environment")
    for name in ("A_1", "B_1"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    commands.read_env(file)
    assert [os.environ[name] for name in ("A_1", "B_1", "C_1")] == [
        "one",
        "two words",
        "from the environment",
    ]
    commands.read_env(tmp_path / "not there")


# The environment ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "body",
    [
        "echo ensurepip is not available >&2; exit 1",
        # Made, but without pip.
        f'exec {sys.executable} -m venv --without-pip "$3"',
    ],
)
def test_a_python_that_cannot_make_an_environment_is_said_in_one_sentence(place, monkeypatch, body):
    monkeypatch.setattr(sys, "executable", fake_python(place, body))
    with pytest.raises(commands.Stop) as stop:
        commands.make(place / ".venv")
    assert "\n" not in str(stop.value)
    assert "-venv) and run this again." in str(stop.value)
    assert not (place / ".venv").exists()


def test_an_environment_left_half_made_is_not_usable(place):
    folder = place / ".venv"
    (folder / "bin").mkdir(parents=True)
    assert not commands.usable(folder)
    (folder / "bin" / "python").symlink_to(sys.executable)
    (folder / ".unfinished").touch()
    assert not commands.usable(folder)


def test_an_environment_is_unfinished_while_pip_runs_and_when_it_was_killed(place, monkeypatch):
    (place / ".venv").mkdir()
    mark = place / ".venv" / ".unfinished"

    def killed(*_, **__):
        assert mark.exists()
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "call", killed)
    with pytest.raises(KeyboardInterrupt):
        commands.install(place / ".venv", ["-r", "x"], why="installing")
    assert mark.exists()


def test_an_environment_is_kept_when_pip_only_found_no_network(place, monkeypatch):
    (place / ".venv").mkdir()

    def offline(*_, **__):
        raise commands.Failed("no network", "")

    monkeypatch.setattr(commands, "call", offline)
    with pytest.raises(commands.Failed):
        commands.install(place / ".venv", ["-r", "x"], why="installing")
    assert not (place / ".venv" / ".unfinished").exists()


def test_packages_are_installed_once_and_a_run_after_a_test_installs_nothing(place, monkeypatch):
    (place / ".venv" / "bin").mkdir(parents=True)
    (place / ".venv" / "bin" / "python").touch()
    installed = []
    monkeypatch.setattr(commands, "usable", lambda _folder: True)
    monkeypatch.setattr(commands, "install", lambda _folder, first, *_more, why: installed.append(first[1]))
    monkeypatch.setattr(commands.once, "__defaults__", (place / ".venv",))
    monkeypatch.setattr(commands.done, "__defaults__", (place / ".venv",))
    commands.environment("requirements.txt")
    commands.environment("requirements.txt")
    commands.environment("requirements-dev.txt")
    commands.environment("requirements.txt")
    assert installed == ["requirements.txt", "requirements-dev.txt"]
    (place / ".venv" / ".unfinished").touch()
    commands.environment("requirements.txt")
    assert len(installed) == 3


# What fails -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("WARNING: Retrying\nERROR: Could not find it\nERROR: No matching distribution\n", "ERROR: No matching distribution"),
        ('Traceback:\n  File "x"\ndjango.db.utils.OperationalError: refused\n\tIs it running?', "django.db.utils.OperationalError: refused"),
        ("one\ntwo\n", "two"),
        ("", ""),
    ],
)  # fmt: skip
def test_of_what_a_command_said_the_line_that_tells_is_shown(output, line):
    assert commands.telling(output) == line


def test_a_step_that_fails_says_one_sentence_and_the_rest_is_in_the_log(place, monkeypatch):
    with pytest.raises(commands.Failed) as failed:
        commands.call(
            ["sh", "-c", "echo much; echo ERROR: nobody there; exit 3"], why="asking", hint="Online?"
        )
    assert str(failed.value) == (
        f"Failed while asking: ERROR: nobody there\nOnline?\nAll it said is in {place / 'setup.log'}."
    )
    assert "much\nERROR: nobody there" in (place / "setup.log").read_text()


def test_a_step_that_takes_long_says_that_it_goes_on(monkeypatch, capsys):
    monkeypatch.setattr(commands, "TICK", 0.05)
    commands.call(["sleep", "0.3"], why="sleeping")
    assert "  ... still sleeping (0 s)" in capsys.readouterr().out


# The port -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arguments", "env", "port"),
    [([], None, 8000), ([], "8200", 8200), (["--port", "8100"], "8200", 8100)],
)
def test_the_port_is_the_given_one(monkeypatch, arguments, env, port):
    monkeypatch.delenv("PORT", raising=False)
    if env:
        monkeypatch.setenv("PORT", env)
    assert commands.port_of(arguments) == port


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1", "", "80 80"])
def test_a_port_that_is_none_is_said_in_one_sentence(text):
    with pytest.raises(commands.Stop, match="must be a number from 1 to 65535"):
        commands.port_of([f"--port={text}"])


def test_a_port_that_is_let_go_within_seconds_is_waited_for(monkeypatch, capsys):
    answers = iter([False, False, True])
    monkeypatch.setattr(commands, "free", lambda _port: next(answers))
    monkeypatch.setattr(commands.time, "sleep", lambda _seconds: None)
    commands.expect_free(8000)
    assert "Port 8000 is in use: waiting" in capsys.readouterr().out


def test_a_port_that_stays_taken_stops_before_anything_is_set_up(monkeypatch):
    monkeypatch.setattr(commands, "free", lambda _port: False)
    with pytest.raises(commands.Stop, match=r"Port 8000 is taken: stop what uses it, or .* --port 8001"):
        commands.expect_free(8000, patience=0)


# The browser ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        ([], True),
        (["-x"], True),
        (["tests"], True),
        (["tests/journeys/test_asking.py::test_x"], True),
        (["tests/advice", "-n", "1"], False),
        (["-k", "drift"], False),
        (["tests/test_script.py"], False),
    ],
)
def test_a_browser_is_fetched_only_for_journeys(arguments, needed):
    assert commands.needs_browser(arguments) is needed


@pytest.fixture
def bare(place, monkeypatch):
    """A machine with no browser. Gives the commands that are run; each fails."""
    ran = []

    def failing(command, **_):
        ran.append([Path(str(part)).name for part in command])
        raise commands.Failed("Failed while trying: no", "")

    monkeypatch.setattr(commands, "call", failing)
    monkeypatch.setenv("PATH", str(place))
    monkeypatch.delenv("HSB_BROWSER", raising=False)
    return ran


def program(place, name):
    (place / name).write_text("")
    (place / name).chmod(0o755)
    return str(place / name)


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])
def test_an_installed_browser_is_used(bare, place, name):
    path = program(place, name)
    assert commands.browser() == path
    assert bare == []


def test_a_browser_that_is_named_is_used(bare, monkeypatch):
    monkeypatch.setenv("HSB_BROWSER", "/opt/chrome")
    assert commands.browser() == "/opt/chrome"


def test_without_a_browser_debian_then_playwright_is_tried_then_one_sentence_says_how_to_get_one(
    bare, place, monkeypatch
):
    program(place, "apt-get")
    monkeypatch.setattr(commands.os, "geteuid", lambda: 0)
    with pytest.raises(
        commands.Stop, match=r"install Chromium or Chrome \(Debian: apt-get install chromium\)"
    ):
        commands.browser()
    assert [ran[0] for ran in bare] == ["apt-get", "python"]
    assert bare[1][1:] == ["-m", "playwright", "install", "chromium"]


def test_debian_is_not_asked_where_the_script_may_not_install(bare, place, monkeypatch):
    program(place, "apt-get")
    monkeypatch.setattr(commands.os, "geteuid", lambda: 1000)
    with pytest.raises(commands.Stop):
        commands.browser()
    assert [ran[0] for ran in bare] == ["python"]


def test_playwrights_own_browser_is_the_last_resort(bare, monkeypatch):
    monkeypatch.setattr(commands, "call", lambda _command, **_: None)
    assert commands.browser() == ""


# Secrets and reports --------------------------------------------------------------------------------
def test_secrets_are_made_once_and_are_readable_by_their_owner_only(tmp_path):
    commands.keys(tmp_path)
    before = {file: file.read_text() for file in (tmp_path / "secrets").iterdir()}
    commands.keys(tmp_path)
    assert {file: file.read_text() for file in (tmp_path / "secrets").iterdir()} == before
    assert {file.name: oct(file.stat().st_mode & 0o777) for file in before} == {
        "django_secret_key": "0o600",
        "hsb_account_keys": "0o600",
    }


def test_a_report_is_counted(tmp_path):
    report = tmp_path / "report.xml"
    assert commands.counts(report) == (0, 0)
    report.write_text('<testsuites><testsuite tests="9" skipped="2" failures="1" errors="1"/></testsuites>')
    assert commands.counts(report) == (7, 2)


def test_learn_says_what_it_does_without_installing_anything(bare, capsys):
    with pytest.raises(SystemExit) as end:
        commands.learn(["--help"])
    assert end.value.code == 0
    assert "half an hour" in " ".join(capsys.readouterr().out.split())
    assert bare == []

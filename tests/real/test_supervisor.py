"""script/run's supervisor: one command starts everything, and everything ends with it."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from hsb_portal.supervisor import free
from tests.live import ROOT, Portal, wait_until

pytestmark = pytest.mark.real


@pytest.fixture
def portal(prepared):
    made = Portal()
    made.like(prepared)
    yield made
    made.end()


def supervise(portal):
    return subprocess.Popen(
        [sys.executable, "-m", "hsb_portal.supervisor", "--port", str(portal.port)],
        cwd=ROOT,
        env=portal.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def children_of(pid):
    found = subprocess.run(
        ["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, text=True, check=False
    )
    return [int(line) for line in found.stdout.split()]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0] != "Z"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_everything_ends_with_the_supervisor_and_comes_back_with_its_data(portal, how):
    process = supervise(portal)
    try:
        wait_until(portal.answers, seconds=60, what="the portal's start")
        children = children_of(process.pid)
        assert len(children) == 4
        process.send_signal(how)
        process.wait(20)
        wait_until(lambda: not any(alive(pid) for pid in children), seconds=10, what="the end of all parts")
    finally:
        process.kill()
        process.stdout.close()
    again = supervise(portal)
    try:
        wait_until(portal.answers, seconds=60, what="the second start")
        people = portal.ask("from hsb_portal.accounts.models import User; print(User.objects.count())")
        assert people.splitlines()[-1] == "5"
    finally:
        again.send_signal(signal.SIGTERM)
        again.wait(30)
        again.stdout.close()


def test_a_part_that_is_killed_is_started_again(portal):
    process = supervise(portal)
    try:
        wait_until(portal.answers, seconds=60, what="the portal's start")
        before = set(children_of(process.pid))
        for pid in before:
            os.killpg(pid, signal.SIGKILL)
        wait_until(
            lambda: len(set(children_of(process.pid)) - before) == 4 and portal.answers(),
            seconds=60,
            what="the restart",
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        process.stdout.close()


def test_a_port_that_is_taken_is_said_in_one_sentence(portal):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", portal.port))
        taken.listen()
        assert not free(portal.port)
        process = supervise(portal)
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert output.strip() == (
        f"Port {portal.port} is taken: stop what uses it, or choose another with script/run --port 8001."
    )

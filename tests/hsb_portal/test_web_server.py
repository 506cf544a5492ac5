"""How processes of the web server end."""

import os
from types import SimpleNamespace

import pytest

from hsb_portal import web_server


@pytest.mark.parametrize(
    ("booted", "other", "ends"),
    [
        (True, 0, True),
        # Called in the first process, for another that is gone: the web server must live on.
        (True, 1, False),
        # It could not start: its exit code says so.
        (False, 0, False),
    ],
)
def test_only_a_web_process_that_worked_ends_at_once(monkeypatch, booted, other, ends):
    codes = []
    monkeypatch.setattr(web_server.os, "_exit", codes.append)
    monkeypatch.setattr(web_server.logging, "shutdown", lambda: None)
    web_server.worker_exit(None, SimpleNamespace(booted=booted, pid=os.getpid() + other))
    assert codes == ([0] if ends else [])

"""What every test has: no sockets unless it drives real parts, and a library of its own."""

import pytest


def pytest_runtest_setup(item):
    """Unit tests open no socket but the database's."""
    from pytest_socket import disable_socket, enable_socket

    if "real" in item.path.parts or "journeys" in item.path.parts:
        enable_socket()
    else:
        disable_socket(allow_unix_socket=True)


@pytest.fixture(autouse=True)
def own_library(request):
    """Forget what another test published: rolled-back releases are numbered again."""
    from advice import library

    library.forget()
    yield
    library.forget()


@pytest.fixture(autouse=True)
def one_heading_of_level_1(monkeypatch):
    """Every page of the portal's own that any test fetches has exactly one."""
    from django.test import Client

    fetch = Client.request

    def fetched(self, **request):
        response = fetch(self, **request)
        kind = response.headers.get("Content-Type", "")
        if kind.startswith("text/html") and not request["PATH_INFO"].startswith("/admin/"):
            content = response.content
            assert not content or content.count(b"<h1") == 1, request["PATH_INFO"]
        return response

    monkeypatch.setattr(Client, "request", fetched)

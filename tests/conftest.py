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

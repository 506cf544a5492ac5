"""Delivery: mails in neutral words, one recipient each; one bad address stops nobody else's."""

import re

import pytest
from django.core import mail

from incidents import actions, outbox, tasks
from incidents.models import Outbox
from incidents.notifications import MAILS, mail_for
from incidents.states import Parcel, Status
from tests.factories import NOW, draft, enquiry, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def eager(settings, monkeypatch):
    """Tasks run where they are called: the real broker has its own tests."""
    monkeypatch.setattr(tasks.deliver, "delay", tasks.deliver)


def deliver_all():
    for pk in outbox.waiting(NOW.replace(year=2030)).values_list("pk", flat=True):
        tasks.deliver(pk)


def test_submitting_tells_each_practitioner_and_the_enquirer(eager):
    people = [person("practitioner"), person("lead")]
    person("editor")
    case = actions.submit(draft(email="asker@test.example", force="yes"), at=NOW)
    deliver_all()
    assert sorted(m.to[0] for m in mail.outbox) == sorted([*(p.email for p in people), "asker@test.example"])
    assert not case.outbox.filter(delivered_at=None).exists()


def test_failures_c1_c2_no_mail_holds_content_and_each_has_one_recipient(eager):
    canary = "Zanzibar corridor canary"
    by = person("practitioner")
    case = actions.submit(
        draft(what_happened=canary, email="asker@test.example", phone="0999canary", force="yes"), at=NOW
    )
    actions.claim(case, by=by, at=NOW)
    actions.answer(case, by=by, text=canary, at=NOW)
    deliver_all()
    assert len(mail.outbox) == 3
    for message in mail.outbox:
        raw = message.message().as_string()
        assert "canary" not in raw
        assert len(message.recipients()) == 1


def test_failures_d3_a_mail_tried_twice_has_one_message_id():
    row = outbox.put(Parcel.ACKNOWLEDGE, enquiry=enquiry(enquirer=person()), at=NOW)
    first, second = mail_for(row).message()["Message-ID"], mail_for(row).message()["Message-ID"]
    assert first == second
    assert re.fullmatch(r"<[0-9a-f]{32}@[\w.-]+>", first)


def test_failures_d10_mails_say_that_a_machine_wrote_them():
    row = outbox.put(Parcel.ACKNOWLEDGE, enquiry=enquiry(enquirer=person()), at=NOW)
    assert mail_for(row).message()["Auto-Submitted"] == "auto-generated"


def test_failures_l10_one_bad_recipient_does_not_stop_the_others(eager, monkeypatch):
    poison, good = person("practitioner", "a-poison@test.example"), person("practitioner")
    send = mail.EmailMessage.send

    def refuse(message, *args, **kwargs):
        if message.to == [poison.email]:
            raise OSError("refused")
        return send(message, *args, **kwargs)

    monkeypatch.setattr("incidents.notifications.EmailMessage.send", refuse)
    actions.submit(draft(force="yes"), at=NOW)
    deliver_all()
    assert [m.to for m in mail.outbox] == [[good.email]]
    waiting = Outbox.objects.get(delivered_at=None)
    assert (waiting.recipient, waiting.last_error) == (poison, "OSError")


def test_delivering_twice_sends_once(eager):
    person("practitioner")
    case = actions.submit(draft(force="yes"), at=NOW)
    for _ in range(3):
        for row in case.outbox.all():
            tasks.deliver(row.pk)
    assert len(mail.outbox) == 1


def test_somebody_made_inactive_is_mailed_no_more():
    left = person("practitioner")
    left.is_active = False
    left.save()
    row = outbox.put(Parcel.NOTIFY, enquiry=enquiry(), at=NOW, recipient=left)
    assert mail_for(row) is None


def test_failures_l10_with_no_practitioner_at_all_the_enquiry_stays_in_the_queue(eager):
    case = actions.submit(draft(force="yes"), at=NOW)
    deliver_all()
    case.refresh_from_db(fields=["status"])
    assert case.status == Status.QUEUED


def test_every_mail_has_its_templates():
    for parcel in MAILS:
        row = outbox.put(parcel, enquiry=enquiry(enquirer=person()), at=NOW, recipient=person("practitioner"))
        message = mail_for(row)
        assert message.subject
        assert "\n" not in message.subject
        assert "http" in message.body

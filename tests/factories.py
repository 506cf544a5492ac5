"""Rows for tests: each factory names only what matters to the test."""

import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group

from advice import actions, parts
from advice.models import Scenario
from hsb_portal.accounts.models import User
from incidents.models import Assessment, Draft, Enquiry
from incidents.states import Status

#: A Tuesday at ten in the morning, in service hours.
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Europe/London"))

ANSWERS = {
    "danger_now": "no",
    "role": "teacher",
    "setting": "secondary",
    "what_happened": "Child A touched Child B in the corridor when Child B did not want it.",
}


def person(role="", email=None):
    user = User.objects.for_email(email or f"{role or 'enquirer'}-{uuid.uuid4().hex[:6]}@test.example")
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def draft(at=NOW, **answers):
    return Draft.objects.create(answers={**ANSWERS, **answers}, started_at=at, touched_at=at)


def enquiry(status=Status.QUEUED, at=NOW, **fields):
    fields = {
        "submission_key": uuid.uuid4(),
        "status": status,
        "outcome": "PRACTITIONER",
        "tier": "B",
        "account": dict(ANSWERS),
        "received_at": at,
        "due_at": at + timedelta(hours=6),
        **fields,
    }
    if status == Status.CLAIMED and "claimed_by" not in fields:
        fields |= {"claimed_by": person("practitioner"), "claimed_at": at}
    if fields.get("claimed_by") and "claimed_at" not in fields:
        fields["claimed_at"] = at
    if status == Status.CLOSED:
        fields |= {"closed_at": at, "closed_because": "practitioner"}
    made = Enquiry.objects.create(**fields)
    Assessment.objects.create(
        enquiry=made,
        made_at=at,
        outcome=made.outcome,
        tier=made.tier,
        confident=False,
        content={"flags": [], "matches": [], "reasons": []},
        library="release 0",
        rules="r",
        weights="w",
        model="m",
    )
    return made


def scenario(slug="a-scenario", *, published=True, wordings=(), **fields):
    """A scenario, published unless said otherwise; `published=False` leaves a draft."""
    fields = {
        "code": f"T{Scenario.objects.count() + 1:02}",
        "title": slug.replace("-", " ").capitalize(),
        "group": "contact",
        "applies_when": "Something happened.",
        **{key: f"- {heading} as written." for key, heading in parts.PARTS},
        **fields,
    }
    made = Scenario.objects.create(slug=slug, **fields)
    for text in wordings:
        made.wordings.create(text=text)
    if published:
        actions.publish(made, by=None, at=NOW)
    return made

"""What people do with enquiries: each action is one transaction and says who did it and when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from hsb_portal.accounts.models import User
from incidents import outbox
from incidents.assessing import account_from, assessed, keep
from incidents.deadlines import due_at
from incidents.models import AnswerDraft, Draft, Enquiry, Event, Message
from incidents.states import Closed, EventKind, MessageKind, MoveRefused, Parcel, Status

CONTACT = ("email", "phone", "safe_times")
TIERS = ("A", "B", "C", "none")


def submit(draft: Draft, *, at: datetime) -> Enquiry:
    """Make the enquiry of a draft: once, however often it is sent."""
    made = Enquiry.objects.filter(submission_key=draft.pk).first()
    if made:
        return made
    answers = dict(draft.answers)
    # Triage runs before the transaction begins, so that it never holds the database's write lock.
    found = assessed(account_from(answers))
    try:
        return _submit(draft, answers, found, at=at)
    except IntegrityError:
        # The same form, sent twice at the same moment: the other one has made it.
        made = Enquiry.objects.filter(submission_key=draft.pk).first()
        if made is None:
            raise
        return made


@transaction.atomic
def _submit(draft: Draft, answers: dict[str, Any], found: Any, *, at: datetime) -> Enquiry:
    contact = {key: answers.pop(key, "") for key in CONTACT}
    outcome, tier = (found.outcome, found.tier) if found else ("PRACTITIONER", "B")
    queued = outcome != "GUIDANCE"
    enquiry = Enquiry.objects.create(
        submission_key=draft.pk,
        status=Status.QUEUED if queued else Status.GUIDED,
        outcome=outcome,
        tier=tier,
        account=answers,
        contact=contact,
        enquirer=User.objects.for_email(contact["email"]) if contact["email"] else None,
        received_at=at,
        due_at=due_at(at, tier=tier) if queued else None,
    )
    keep(found, enquiry=enquiry, at=at)
    Event.objects.create(enquiry=enquiry, kind=EventKind.RECEIVED, at=at, went_to=enquiry.status)
    if queued:
        outbox.put(Parcel.ROUTE, enquiry=enquiry, at=at)
    if enquiry.enquirer:
        outbox.put(Parcel.ACKNOWLEDGE, enquiry=enquiry, at=at)
    draft.delete()
    return enquiry


@transaction.atomic
def answered_by_guidance(enquiry: Enquiry, *, at: datetime) -> None:
    """The enquirer says that the guidance answers it."""
    if enquiry.status != Status.GUIDED:
        raise MoveRefused(f"{enquiry} is no longer waiting for that answer")
    _close(enquiry, because=Closed.ANSWERED_BY_GUIDANCE, by=enquiry.enquirer, at=at)


@transaction.atomic
def not_my_situation(enquiry: Enquiry, *, reason: str, at: datetime) -> None:
    """The guidance does not fit: keep why, and give it to a practitioner."""
    if enquiry.status != Status.GUIDED:
        raise MoveRefused(f"{enquiry} is no longer waiting for that answer")
    # Why the guidance did not fit may hold what the account did not say.
    found = assessed(account_from(enquiry.account, further=reason))
    tier = most_urgent(enquiry.tier, found.tier if found else "B")
    enquiry.move(
        Status.QUEUED,
        event=EventKind.NOT_MY_SITUATION,
        by=enquiry.enquirer,
        at=at,
        tier=tier,
        due_at=due_at(at, tier=tier),
    )
    keep(found, enquiry=enquiry, at=at)
    if reason:
        _write(MessageKind.REASON, enquiry=enquiry, text=reason, by=enquiry.enquirer, at=at)
    outbox.put(Parcel.ROUTE, enquiry=enquiry, at=at)


@transaction.atomic
def give_contact(enquiry: Enquiry, *, contact: Mapping[str, str], at: datetime) -> None:
    """Add where a reply can be sent, when none was given at first. An address once given stays."""
    if enquiry.enquirer_id is not None:
        raise MoveRefused(f"{enquiry} already has an address for replies")
    enquiry.contact = {**enquiry.contact, **contact}
    enquiry.enquirer = User.objects.for_email(contact["email"])
    enquiry.save(update_fields=["contact", "enquirer"])
    Event.objects.create(enquiry=enquiry, kind=EventKind.CONTACT_GIVEN, by=enquiry.enquirer, at=at)
    outbox.put(Parcel.ACKNOWLEDGE, enquiry=enquiry, at=at)
    if enquiry.status == Status.ANSWERED:
        outbox.put(Parcel.REPLY_READY, enquiry=enquiry, at=at)


def opened(enquiry: Enquiry, *, by: User, at: datetime) -> None:
    """Record that a practitioner read the account."""
    Event.objects.create(enquiry=enquiry, kind=EventKind.OPENED, by=by, at=at)


@transaction.atomic
def claim(enquiry: Enquiry, *, by: User, at: datetime) -> None:
    """Take an enquiry to answer it; of two at once exactly one wins."""
    enquiry.move(Status.CLAIMED, event=EventKind.CLAIMED, by=by, at=at, claimed_by=by, claimed_at=at)


@transaction.atomic
def release(enquiry: Enquiry, *, by: User, at: datetime) -> None:
    """Put a claimed enquiry back in the queue, with the due time it had. A lead may release others'."""
    _holds(enquiry, by, lead=True)
    enquiry.move(Status.QUEUED, event=EventKind.RELEASED, by=by, at=at, claimed_by=None, claimed_at=None)


@transaction.atomic
def note(enquiry: Enquiry, *, by: User, text: str, at: datetime) -> None:
    """Add an internal note, which the enquirer never sees."""
    _write(MessageKind.NOTE, enquiry=enquiry, text=text, by=by, at=at)
    Event.objects.create(enquiry=enquiry, kind=EventKind.NOTED, by=by, at=at)


@transaction.atomic
def keep_answer_draft(enquiry: Enquiry, *, by: User, text: str, at: datetime) -> None:
    """Keep an answer that is being written."""
    draft = AnswerDraft.objects.filter(enquiry=enquiry, by=by).first() or AnswerDraft(enquiry=enquiry, by=by)
    draft.text, draft.saved_at = text, at
    draft.save()


@transaction.atomic
def answer(enquiry: Enquiry, *, by: User, text: str, at: datetime) -> None:
    """Send the answer: one each time it is asked."""
    _holds(enquiry, by)
    enquiry.move(Status.ANSWERED, event=EventKind.ANSWERED, by=by, at=at)
    _write(MessageKind.ANSWER, enquiry=enquiry, text=text, by=by, at=at)
    AnswerDraft.objects.filter(enquiry=enquiry, by=by).delete()
    if enquiry.enquirer:
        outbox.put(Parcel.REPLY_READY, enquiry=enquiry, at=at)


def answer_read(enquiry: Enquiry, *, at: datetime) -> None:
    """Record, once for each answer, that the enquirer has read it."""
    answered = enquiry.messages.filter(kind=MessageKind.ANSWER).order_by("at").last()
    if answered and not enquiry.events.filter(kind=EventKind.READ, at__gte=answered.at).exists():
        Event.objects.create(enquiry=enquiry, kind=EventKind.READ, by=enquiry.enquirer, at=at)


@transaction.atomic
def ask_again(enquiry: Enquiry, *, text: str, at: datetime) -> None:
    """The enquirer asks again: back in the queue, with a new due time, never with a lower tier."""
    if enquiry.status != Status.ANSWERED:
        raise MoveRefused(f"{enquiry} has no answer to ask about")
    found = assessed(account_from(enquiry.account, further=text))
    tier = most_urgent(enquiry.tier, found.tier if found else "B")
    enquiry.move(
        Status.QUEUED,
        event=EventKind.ASKED_AGAIN,
        by=enquiry.enquirer,
        at=at,
        asked=enquiry.asked + 1,
        tier=tier,
        due_at=due_at(at, tier=tier),
        claimed_by=None,
        claimed_at=None,
    )
    keep(found, enquiry=enquiry, at=at)
    _write(MessageKind.QUESTION, enquiry=enquiry, text=text, by=enquiry.enquirer, at=at)
    outbox.put(Parcel.ROUTE, enquiry=enquiry, at=at)


@transaction.atomic
def close_as_settled(enquiry: Enquiry, *, at: datetime) -> None:
    """The enquirer says that the answer settles it."""
    if enquiry.status != Status.ANSWERED:
        raise MoveRefused(f"{enquiry} has no answer yet")
    _close(enquiry, because=Closed.ANSWERED_BY_PERSON, by=enquiry.enquirer, at=at)


@transaction.atomic
def close(enquiry: Enquiry, *, by: User, at: datetime) -> None:
    """A practitioner closes what they hold, or what needs nothing more; a lead closes any."""
    if enquiry.status == Status.CLAIMED:
        _holds(enquiry, by, lead=True)
    elif enquiry.status == Status.QUEUED and not by.has_perm("incidents.lead_enquiry"):
        raise MoveRefused(f"{enquiry} has not been claimed")
    _close(enquiry, because=Closed.BY_PRACTITIONER, by=by, at=at)


def most_urgent(*tiers: str) -> str:
    """The most urgent of these tiers."""
    return min(tiers, key=TIERS.index)


def _close(enquiry: Enquiry, *, because: Closed, by: User | None, at: datetime) -> None:
    enquiry.move(Status.CLOSED, event=EventKind.CLOSED, by=by, at=at, closed_at=at, closed_because=because)


def _holds(enquiry: Enquiry, by: User, *, lead: bool = False) -> None:
    """Refuse unless they hold it, or may act for others."""
    if enquiry.claimed_by_id != by.pk and not (lead and by.has_perm("incidents.lead_enquiry")):
        raise MoveRefused(f"{enquiry} is not held by user {by.pk}")


def _write(kind: MessageKind, *, enquiry: Enquiry, text: str, by: User | None, at: datetime) -> None:
    Message.objects.create(enquiry=enquiry, kind=kind, text=text, by=by, at=at, asked=enquiry.asked)

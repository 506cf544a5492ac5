"""The states of an enquiry and the moves between them: one table, drawn in docs/states.md."""

from typing import Final

from django.db.models import TextChoices


class Status(TextChoices):
    """Where an enquiry stands. Every open one is on exactly one list of the queue page."""

    GUIDED = "guided", "Guidance shown"
    QUEUED = "queued", "Waiting"
    CLAIMED = "claimed", "Claimed"
    ANSWERED = "answered", "Answered"
    CLOSED = "closed", "Closed"


TRANSITIONS: Final[dict[Status, frozenset[Status]]] = {
    # "Not my situation" queues it; "this answers me" closes it.
    Status.GUIDED: frozenset({Status.QUEUED, Status.CLOSED}),
    Status.QUEUED: frozenset({Status.CLAIMED, Status.CLOSED}),
    # Back to QUEUED = released.
    Status.CLAIMED: frozenset({Status.QUEUED, Status.ANSWERED, Status.CLOSED}),
    # Back to QUEUED = the enquirer asked again.
    Status.ANSWERED: frozenset({Status.QUEUED, Status.CLOSED}),
    Status.CLOSED: frozenset(),
}

OPEN: Final = frozenset(status for status, to in TRANSITIONS.items() if to)


class MoveRefused(Exception):
    """The enquiry was no longer where the move starts: somebody else was first, or it is not allowed."""


class Closed(TextChoices):
    """Why an enquiry was closed."""

    ANSWERED_BY_GUIDANCE = "guidance", "The guidance answered it"
    ANSWERED_BY_PERSON = "answer", "The answer settled it"
    BY_PRACTITIONER = "practitioner", "Closed by a practitioner"


class EventKind(TextChoices):
    """What is recorded of an enquiry's life. An event holds no content."""

    RECEIVED = "received", "Received"
    NOT_MY_SITUATION = "not_mine", "Sent to a practitioner by the enquirer"
    OPENED = "opened", "Opened by a practitioner"
    CLAIMED = "claimed", "Claimed"
    RELEASED = "released", "Released"
    NOTED = "noted", "Note added"
    ANSWERED = "answered", "Answered"
    READ = "read", "Answer read by the enquirer"
    ASKED_AGAIN = "asked_again", "The enquirer asked again"
    CONTACT_GIVEN = "contact", "The enquirer gave an e-mail address"
    CORRECTED = "corrected", "What triage said was corrected"
    EXPLAINED = "explained", "Read on the server to explain what triage said"
    CLOSED = "closed", "Closed"


class MessageKind(TextChoices):
    """What a message in an enquiry is. Only notes are hidden from the enquirer."""

    REASON = "reason", "Added when it was sent to a practitioner"
    QUESTION = "question", "Asked again"
    NOTE = "note", "Internal note"
    ANSWER = "answer", "Answer"


class Parcel(TextChoices):
    """What the outbox holds: one parcel is one delivery."""

    ROUTE = "route", "Tell the practitioners that an enquiry waits"
    NOTIFY = "notify", "Mail one practitioner"
    ACKNOWLEDGE = "acknowledge", "Mail the enquirer that it was received"
    REPLY_READY = "reply_ready", "Mail the enquirer that there is a reply"
    DRIFT = "drift", "Tell the leads that the mix of outcomes has changed"
    DRIFT_NOTICE = "drift_notice", "Mail one lead"

"""Enquiries and what belongs to them. What people wrote is encrypted, bound to its row."""

import secrets
import uuid
from datetime import datetime
from typing import Any, Final, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from hsb_portal.encryption import EncryptedJSONField
from incidents.states import OPEN, TRANSITIONS, Closed, EventKind, MessageKind, MoveRefused, Parcel, Status

#: No letter or digit that is read or heard as another one; no vowels, so no words.
ALPHABET: Final = "BCDFGHJKLMNPQRSTVWXZ23456789"

TIERS: Final = (("A", "A: act now"), ("B", "B: a person today"), ("C", "C: a person"), ("none", "None"))
OUTCOMES: Final = (
    ("ACT_NOW", "Act now"),
    ("PRACTITIONER", "To a practitioner"),
    ("GUIDANCE", "Guidance"),
)


def new_reference() -> str:
    """Eight letters and digits in two groups: 28^8 of them, so not guessable; says nothing."""
    letters = [secrets.choice(ALPHABET) for _ in range(8)]
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"


class Draft(models.Model):
    """Answers on their way: kept on the server, encrypted, until submitted or expired."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    answers = EncryptedJSONField(default=dict)
    started_at = models.DateTimeField()
    touched_at = models.DateTimeField(db_index=True)

    class Privacy:
        blanked: dict[str, Any] = {"answers": {}}
        kept = {"id", "started_at", "touched_at"}

    def __str__(self) -> str:
        return f"draft {self.pk}"


class EnquirySet(models.QuerySet["Enquiry"]):
    """Lists of enquiries."""

    def open(self) -> Self:
        """Those that can still move."""
        return self.filter(status__in=OPEN)

    def in_order(self) -> Self:
        """By tier, then by due time, then oldest first: the order in which people wait."""
        # "A" < "B" < "C" < "none": the tiers sort as they should.
        return self.order_by("tier", F("due_at").asc(nulls_last=True), "received_at", "pk")


class Enquiry(models.Model):
    """One professional's request for advice about one incident."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=9, unique=True, default=new_reference)
    #: The draft it came from: a form submitted twice makes one enquiry.
    submission_key = models.UUIDField(unique=True)
    status = models.CharField(max_length=10, choices=Status.choices)
    outcome = models.CharField(max_length=15, choices=OUTCOMES)
    tier = models.CharField(max_length=5, choices=TIERS)
    account = EncryptedJSONField(default=dict)
    contact = EncryptedJSONField(default=dict)
    enquirer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="enquiries"
    )
    #: Counts how often the enquirer has asked: one answer for each.
    asked = models.PositiveSmallIntegerField(default=1)
    received_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="claimed"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.CharField(max_length=15, choices=Closed.choices, blank=True)

    objects = EnquirySet.as_manager()

    class Privacy:
        blanked: dict[str, Any] = {"account": {}, "contact": {}, "enquirer": None}
        kept = {
            "id", "reference", "submission_key", "status", "outcome", "tier", "asked", "received_at",
            "due_at", "claimed_by", "claimed_at", "closed_at", "closed_because",
        }  # fmt: skip

    class Meta:
        verbose_name_plural = "enquiries"
        constraints = [
            models.CheckConstraint(
                name="claimed_by_and_at_together",
                condition=Q(claimed_by=None, claimed_at=None)
                | Q(claimed_by__isnull=False, claimed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="claimed_means_by_somebody",
                condition=~Q(status="claimed") | Q(claimed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="closed_says_when_and_why",
                condition=(Q(status="closed", closed_at__isnull=False) & ~Q(closed_because=""))
                | (~Q(status="closed") & Q(closed_at=None, closed_because="")),
            ),
            models.CheckConstraint(
                name="waiting_has_a_due_time",
                condition=~Q(status__in=["queued", "claimed"]) | Q(due_at__isnull=False),
            ),
        ]
        indexes = [models.Index(name="queue_order", fields=["status", "tier", "due_at"])]
        permissions = [
            ("answer_enquiry", "Can read and answer enquiries"),
            ("lead_enquiry", "Can release and reassign what others have claimed"),
        ]

    def __str__(self) -> str:
        return self.reference

    def move(
        self, to: Status, *, event: EventKind, by: models.Model | None, at: datetime, **fields: Any
    ) -> None:
        """Move to another state, once, and record it.

        The UPDATE carries the status and the claim that we read, so of two people who press the same
        button exactly one gets a row back; the other gets `MoveRefused`.
        """
        came_from = Status(self.status)
        if to not in TRANSITIONS[came_from]:
            raise MoveRefused(f"{self} cannot go from {came_from} to {to}")
        moved = Enquiry.objects.filter(
            pk=self.pk, status=came_from, claimed_by_id=self.claimed_by_id, asked=self.asked
        ).update(status=to, **fields)
        if not moved:
            raise MoveRefused(f"{self} was no longer {came_from}")
        for name, value in {"status": to, **fields}.items():
            setattr(self, name, value)
        Event.objects.create(
            enquiry=self, kind=event, by_id=by.pk if by else None, at=at, came_from=came_from, went_to=to
        )

    @property
    def latest_assessment(self) -> "Assessment":
        """What triage said last."""
        return self.assessments.latest("made_at")


class Assessment(models.Model):
    """What triage said of an account, and what it used. Flags and matches quote the account."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="assessments")
    made_at = models.DateTimeField()
    outcome = models.CharField(max_length=15, choices=OUTCOMES)
    tier = models.CharField(max_length=5, choices=TIERS)
    confident = models.BooleanField()
    audience = models.CharField(max_length=20, default="professional")
    failed = models.BooleanField(default=False)
    #: {"flags": [...], "matches": [...], "reasons": [...]} as `advice.triage.types` has them.
    content = EncryptedJSONField(default=dict)
    library = models.CharField(max_length=80)
    rules = models.CharField(max_length=80)
    weights = models.CharField(max_length=80)
    model = models.CharField(max_length=120)

    class Privacy:
        blanked: dict[str, Any] = {"content": {}}
        kept = {
            "id", "enquiry", "made_at", "outcome", "tier", "confident", "audience", "failed", "library",
            "rules", "weights", "model",
        }  # fmt: skip

    def __str__(self) -> str:
        return f"assessment of {self.enquiry_id}"


class Shown(models.Model):
    """The exact scenario version that an enquirer was shown, best first."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="shown")
    version = models.ForeignKey("advice.ScenarioVersion", on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField()
    confidence = models.FloatField()

    class Privacy:
        blanked: dict[str, Any] = {}
        kept = {"id", "assessment", "version", "rank", "confidence"}

    class Meta:
        constraints = [models.UniqueConstraint(name="one_rank_per_assessment", fields=["assessment", "rank"])]

    def __str__(self) -> str:
        return f"{self.version} at rank {self.rank}"


class Event(models.Model):
    """What happened to an enquiry, who did it and when; never what anybody wrote."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=15, choices=EventKind.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    came_from = models.CharField(max_length=10, blank=True)
    went_to = models.CharField(max_length=10, blank=True)

    class Privacy:
        blanked: dict[str, Any] = {}
        kept = {"id", "enquiry", "kind", "by", "at", "came_from", "went_to"}

    def __str__(self) -> str:
        return f"{self.kind} {self.enquiry_id}"


class Message(models.Model):
    """What was written after the account: reasons, questions, notes and answers."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=10, choices=MessageKind.choices)
    text = EncryptedJSONField(default=str)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    #: Which asking it belongs to (`Enquiry.asked`).
    asked = models.PositiveSmallIntegerField()

    class Privacy:
        blanked = {"text": ""}
        kept = {"id", "enquiry", "kind", "by", "at", "asked"}

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_answer_each_time_it_is_asked",
                fields=["enquiry", "asked"],
                condition=Q(kind="answer"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class AnswerDraft(models.Model):
    """An answer being written: kept for its writer, so a lapsed session loses nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="answer_drafts")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = EncryptedJSONField(default=str)
    saved_at = models.DateTimeField()

    class Privacy:
        blanked = {"text": ""}
        kept = {"id", "enquiry", "by", "saved_at"}

    class Meta:
        constraints = [
            # Each writer has one: nobody overwrites a colleague's words.
            models.UniqueConstraint(name="one_draft_per_writer", fields=["enquiry", "by"])
        ]

    def __str__(self) -> str:
        return f"answer draft {self.pk}"


class Correction(models.Model):
    """What triage should have said, by a practitioner; with the redacted account it is a labelled case.

    The newest one of an enquiry counts. Older ones stay, so that it can be seen who said what.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="corrections")
    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="corrections")
    #: Made with the form: a form sent twice makes one correction.
    key = models.UUIDField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    #: Codes of flags, slugs of scenarios and a tier, as `corrections.Verdict` has them; never words.
    what = models.JSONField(default=dict)
    reason = EncryptedJSONField(default=str)
    #: {"text": ..., "role": ..., "setting": ..., "answers": {...}}: all that triage needs to assess it again.
    redacted = EncryptedJSONField(default=dict)

    class Privacy:
        blanked: dict[str, Any] = {"reason": ""}
        kept = {"id", "enquiry", "assessment", "key", "by", "at", "what", "redacted"}
        #: Encrypted and kept all the same, and why.
        kept_because = {"redacted": "redacted and confirmed by a practitioner; triage is measured with it"}

    class Meta:
        constraints = [models.UniqueConstraint(name="one_correction_a_form", fields=["enquiry", "by", "key"])]

    def __str__(self) -> str:
        return f"correction {self.pk}"


class DriftReport(models.Model):
    """A night's comparison of what triage said lately with the month before: figures only."""

    #: The last whole day that was counted; one report for each.
    last_day = models.DateField(unique=True)
    made_at = models.DateTimeField()
    #: As `incidents.drift.figures` makes them: counts, verdicts and the limits they rest on.
    figures = models.JSONField(default=dict)
    #: Whether the leads were told.
    told = models.BooleanField(default=False)

    class Privacy:
        blanked: dict[str, Any] = {}
        kept = {"id", "last_day", "made_at", "figures", "told"}

    def __str__(self) -> str:
        return f"figures up to {self.last_day}"


class Outbox(models.Model):
    """What Celery has to deliver. Written with the facts it tells of, in one transaction.

    The broker only carries a hint that something waits; what it forgets, the sweep finds here.
    """

    #: What it tells of: an enquiry, or a night's figures.
    enquiry = models.ForeignKey(
        Enquiry, null=True, blank=True, on_delete=models.CASCADE, related_name="outbox"
    )
    report = models.ForeignKey(
        DriftReport, null=True, blank=True, on_delete=models.CASCADE, related_name="outbox"
    )
    parcel = models.CharField(max_length=15, choices=Parcel.choices)
    #: Which asking it tells of.
    asked = models.PositiveSmallIntegerField()
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    put_at = models.DateTimeField()
    try_after = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True, blank=True)
    #: After too many tries: shown to a person instead of tried for ever.
    gave_up_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=80, blank=True)  # an exception's class, never its words

    class Privacy:
        blanked: dict[str, Any] = {}
        kept = {
            "id", "enquiry", "report", "parcel", "asked", "recipient", "put_at", "try_after", "leased_until",
            "tries", "delivered_at", "gave_up_at", "last_error",
        }  # fmt: skip

    class Meta:
        verbose_name_plural = "outbox"
        constraints = [
            # Two, because SQLite cannot treat empty recipients as equal.
            models.UniqueConstraint(
                name="one_parcel_per_asking",
                fields=["enquiry", "parcel", "asked"],
                condition=Q(recipient=None),
            ),
            models.UniqueConstraint(
                name="one_parcel_per_recipient_and_asking",
                fields=["enquiry", "parcel", "asked", "recipient"],
                condition=Q(recipient__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_parcel_per_report",
                fields=["report", "parcel"],
                condition=Q(report__isnull=False, recipient=None),
            ),
            models.UniqueConstraint(
                name="one_parcel_per_recipient_and_report",
                fields=["report", "parcel", "recipient"],
                condition=Q(report__isnull=False, recipient__isnull=False),
            ),
            models.CheckConstraint(
                name="parcel_tells_of_one_thing",
                condition=Q(enquiry__isnull=False, report=None) | Q(enquiry=None, report__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                name="waiting_parcels",
                fields=["try_after"],
                condition=Q(delivered_at=None, gave_up_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.parcel} {self.pk}"

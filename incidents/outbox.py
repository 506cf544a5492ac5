"""The table of what has to be delivered: put in the transaction of the fact, claimed with a lease.

A parcel is handed over at least once and does no harm twice. A worker that dies between claim and
delivery loses its lease, and the next sweep takes the parcel up. After too many tries it is given up and
shown to a person.
"""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from incidents.models import DriftReport, Enquiry, Outbox
from incidents.states import Parcel

MOST_TRIES: Final = 12


def put(
    parcel: Parcel,
    *,
    at: datetime,
    enquiry: Enquiry | None = None,
    report: DriftReport | None = None,
    recipient: models.Model | None = None,
) -> Outbox:
    """Put a parcel in: of an enquiry, once for each asking and recipient; or of a report, once for each."""
    row, _made = Outbox.objects.get_or_create(
        enquiry=enquiry,
        report=report,
        parcel=parcel,
        asked=enquiry.asked if enquiry else 1,
        recipient_id=recipient.pk if recipient else None,
        defaults={"put_at": at, "try_after": at},
    )
    return row


def waiting(at: datetime) -> models.QuerySet[Outbox]:
    """What may be delivered now: undelivered, not leased to anybody, not given up."""
    return Outbox.objects.filter(
        Q(leased_until=None) | Q(leased_until__lt=at), delivered_at=None, gave_up_at=None, try_after__lte=at
    )


def claim(pk: int, *, at: datetime) -> Outbox | None:
    """Lease one parcel, or None when another worker has it or it is done."""
    won = (
        waiting(at)
        .filter(pk=pk)
        .update(leased_until=at + timedelta(seconds=settings.LEASE_SECONDS), tries=models.F("tries") + 1)
    )
    return Outbox.objects.select_related("enquiry", "recipient").get(pk=pk) if won else None


def delivered(row: Outbox, *, at: datetime) -> None:
    """Note that it has been handed over."""
    Outbox.objects.filter(pk=row.pk).update(delivered_at=at, leased_until=None, last_error="")


def failed(row: Outbox, *, at: datetime, error: Exception) -> None:
    """Try again later, each time twice as late up to an hour; give up after too many tries."""
    wait = timedelta(seconds=min(3600, 5 * 2**row.tries))
    Outbox.objects.filter(pk=row.pk).update(
        leased_until=None,
        try_after=at + wait,
        last_error=type(error).__name__,
        gave_up_at=at if row.tries >= MOST_TRIES else None,
    )


def late(enquiry: Enquiry, *, at: datetime) -> bool:
    """Whether anything of this enquiry has waited longer than deliveries take."""
    return enquiry.outbox.filter(delivered_at=None, put_at__lt=at - timedelta(seconds=60)).exists()

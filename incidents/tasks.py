"""What Celery runs. Shells: claim a parcel, hand it over, note the outcome. Arguments are ids."""

import logging
from datetime import timedelta
from typing import Final

from celery import shared_task
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from hsb_portal.accounts.models import User
from incidents import drift, outbox, retention
from incidents.models import Outbox
from incidents.notifications import mail_for
from incidents.states import Parcel

log = logging.getLogger(__name__)

AT_ONCE = 500

#: Parcels that become one for each person with a permission: one bad address stops nobody else's mail.
FAN_OUT: Final[dict[Parcel, tuple[str, Parcel]]] = {
    Parcel.ROUTE: ("answer_enquiry", Parcel.NOTIFY),
    Parcel.DRIFT: ("lead_enquiry", Parcel.DRIFT_NOTICE),
}


@shared_task
def deliver(parcel_id: int) -> None:
    """Deliver one parcel; twice does no harm."""
    row = outbox.claim(parcel_id, at=timezone.now())
    if row is None:
        return
    try:
        if row.parcel in FAN_OUT:
            fan_out(row)
        elif mail := mail_for(row):
            mail.send()
    except Exception as error:  # one that cannot be delivered must not stop the others
        outbox.failed(row, at=timezone.now(), error=error)
        log.warning("Parcel %s was not delivered: %s", row.pk, type(error).__name__)
    else:
        outbox.delivered(row, at=timezone.now())


def fan_out(row: Outbox) -> None:
    """Put one parcel in for each person whom it concerns."""
    codename, parcel = FAN_OUT[Parcel(row.parcel)]
    may = Permission.objects.get(codename=codename)
    people = User.objects.filter(
        Q(groups__permissions=may) | Q(user_permissions=may), is_active=True
    ).distinct()
    with transaction.atomic():
        made = [
            outbox.put(parcel, enquiry=row.enquiry, report=row.report, at=timezone.now(), recipient=person)
            for person in people
        ]
    for each in made:
        deliver.delay(each.pk)


@shared_task
def sweep() -> int:
    """Hand every parcel that waits to a worker: what the broker lost, or a worker dropped."""
    waiting = list(outbox.waiting(timezone.now()).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    for pk in waiting:
        deliver.delay(pk)
    return len(waiting)


@shared_task
def expire_drafts() -> int:
    """Delete old drafts, and parcels that were delivered long ago."""
    old = timezone.now() - timedelta(days=30)
    Outbox.objects.filter(delivered_at__lt=old).delete()
    return retention.expire_drafts(at=timezone.now())


@shared_task
def watch_drift() -> None:
    """Compare the mix of what triage says with the month before; twice in a day does no harm."""
    # What it has to tell waits in the outbox: the next sweep, seconds later, takes it up.
    drift.report(at=timezone.now())


def wake() -> bool:
    """Tell the workers that something waits. False when the broker is down: then beat's sweep finds it."""
    try:
        # Asked once: Celery's own attempts at a broker that is down keep people waiting for seconds.
        with Redis.from_url(
            settings.BROKER_PROBE_URL,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=0.5,
            socket_timeout=0.5,
        ) as broker:
            broker.ping()
        sweep.delay()
    except Exception as error:  # whatever the transport raises, the enquiry is already safe in its table
        log.warning("The broker did not take the message: %s", type(error).__name__)
        return False
    return True

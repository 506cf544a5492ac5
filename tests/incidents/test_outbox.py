"""Parcels are claimed with a lease, delivered at least once, shown to a person when they cannot be."""

from datetime import timedelta

import pytest

from incidents import outbox
from incidents.models import Outbox
from incidents.states import Parcel
from tests.factories import NOW, enquiry, person

pytestmark = pytest.mark.django_db


def test_a_parcel_is_put_once_for_each_asking():
    case = enquiry()
    first = outbox.put(Parcel.ROUTE, enquiry=case, at=NOW)
    assert outbox.put(Parcel.ROUTE, enquiry=case, at=NOW) == first
    case.asked = 2
    assert outbox.put(Parcel.ROUTE, enquiry=case, at=NOW) != first


def test_a_parcel_is_claimed_by_one_worker():
    row = outbox.put(Parcel.ROUTE, enquiry=enquiry(), at=NOW)
    assert outbox.claim(row.pk, at=NOW) is not None
    assert outbox.claim(row.pk, at=NOW) is None


def test_failures_l1_a_parcel_whose_worker_died_is_taken_up_when_its_lease_has_run_out(settings):
    row = outbox.put(Parcel.ROUTE, enquiry=enquiry(), at=NOW)
    outbox.claim(row.pk, at=NOW)
    later = NOW + timedelta(seconds=settings.LEASE_SECONDS + 1)
    assert list(outbox.waiting(later)) == [row]
    assert outbox.claim(row.pk, at=later).tries == 2


def test_a_delivered_parcel_is_never_delivered_again():
    row = outbox.put(Parcel.ROUTE, enquiry=enquiry(), at=NOW)
    outbox.delivered(outbox.claim(row.pk, at=NOW), at=NOW)
    assert outbox.claim(row.pk, at=NOW + timedelta(days=1)) is None


def test_failures_l11_a_parcel_that_fails_waits_longer_each_time_and_is_given_up_in_the_end():
    row = outbox.put(Parcel.ROUTE, enquiry=enquiry(), at=NOW)
    at, waits = NOW, []
    for _ in range(outbox.MOST_TRIES):
        claimed = outbox.claim(row.pk, at=at)
        outbox.failed(claimed, at=at, error=ValueError("words"))
        row = Outbox.objects.get(pk=row.pk)
        waits.append((row.try_after - at).total_seconds())
        at = row.try_after
    assert waits == sorted(waits)
    assert max(waits) == 3600
    assert row.gave_up_at is not None
    assert row.last_error == "ValueError"
    assert outbox.claim(row.pk, at=at + timedelta(days=1)) is None


def test_each_practitioner_gets_a_parcel_of_their_own():
    case = enquiry()
    one, two = person("practitioner"), person("practitioner")
    assert outbox.put(Parcel.NOTIFY, enquiry=case, at=NOW, recipient=one) != outbox.put(
        Parcel.NOTIFY, enquiry=case, at=NOW, recipient=two
    )
    assert case.outbox.count() == 2


def test_late_means_waiting_longer_than_a_minute():
    case = enquiry()
    outbox.put(Parcel.ROUTE, enquiry=case, at=NOW)
    assert not outbox.late(case, at=NOW + timedelta(seconds=30))
    assert outbox.late(case, at=NOW + timedelta(seconds=90))

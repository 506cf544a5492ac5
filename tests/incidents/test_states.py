"""The table of states and the one guarded move."""

import pytest

from incidents.models import Enquiry
from incidents.states import OPEN, TRANSITIONS, EventKind, MoveRefused, Status
from incidents.views.practitioner import LISTS
from tests.factories import NOW, enquiry, person

pytestmark = pytest.mark.django_db


def test_every_status_stands_in_the_table():
    assert set(TRANSITIONS) == set(Status)


def test_every_status_but_closed_leads_on():
    assert frozenset(Status) - {Status.CLOSED} == OPEN


def test_failures_l7_every_open_status_is_on_exactly_one_list_of_the_queue_page():
    listed = [status for _key, _title, status in LISTS]
    assert sorted(listed) == sorted(Status)


def test_a_move_changes_the_row_and_writes_one_event():
    case, by = enquiry(), person("practitioner")
    case.move(Status.CLAIMED, event=EventKind.CLAIMED, by=by, at=NOW, claimed_by=by, claimed_at=NOW)
    assert Enquiry.objects.get(pk=case.pk).status == Status.CLAIMED
    event = case.events.get()
    assert (event.kind, event.came_from, event.went_to, event.by) == ("claimed", "queued", "claimed", by)


@pytest.mark.parametrize(
    ("came_from", "to"),
    [(a, b) for a in Status for b in Status if b not in TRANSITIONS[a]],
)
def test_a_move_that_is_not_in_the_table_is_refused(came_from, to):
    case = enquiry(came_from)
    with pytest.raises(MoveRefused):
        case.move(to, event=EventKind.CLAIMED, by=None, at=NOW)
    assert Enquiry.objects.get(pk=case.pk).status == came_from
    assert not case.events.exists()


def test_a_move_from_a_stale_row_is_refused():
    case, by = enquiry(), person("practitioner")
    stale = Enquiry.objects.get(pk=case.pk)
    case.move(Status.CLAIMED, event=EventKind.CLAIMED, by=by, at=NOW, claimed_by=by, claimed_at=NOW)
    with pytest.raises(MoveRefused):
        stale.move(
            Status.CLOSED, event=EventKind.CLOSED, by=by, at=NOW, closed_at=NOW, closed_because="answer"
        )
    assert case.events.count() == 1

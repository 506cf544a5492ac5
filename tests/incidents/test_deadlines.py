"""Due times count service hours: Monday to Friday 8 to 20, bank holidays left out, in local time."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from incidents.deadlines import ServiceHours, bank_holidays, due_at, service_hours

LONDON = ZoneInfo("Europe/London")


def local(*parts):
    return datetime(*parts, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("received", "hours", "due"),
    [
        (local(2026, 11, 24, 10, 0), 1, local(2026, 11, 24, 11, 0)),
        (local(2026, 11, 24, 19, 30), 1, local(2026, 11, 25, 8, 30)),
        (local(2026, 11, 27, 21, 0), 1, local(2026, 11, 30, 9, 0)),  # Friday night to Monday morning
        (local(2026, 11, 28, 12, 0), 6, local(2026, 11, 30, 14, 0)),  # a Saturday
        (local(2026, 12, 24, 19, 0), 6, local(2026, 12, 29, 13, 0)),  # Christmas and its substitute day
        (local(2026, 11, 24, 3, 0), 1, local(2026, 11, 24, 9, 0)),  # before opening
        (local(2026, 11, 23, 8, 0), 24, local(2026, 11, 24, 20, 0)),  # exactly two days
        (local(2026, 3, 27, 19, 0), 2, local(2026, 3, 30, 9, 0)),  # S8: the clocks go forward on Sunday
        (local(2026, 10, 23, 19, 0), 2, local(2026, 10, 26, 9, 0)),  # S8: and back
    ],
)
def test_failures_s1_s6_s8_due_times_fall_in_service_hours(received, hours, due):
    assert service_hours().due(received, hours=hours) == due


def test_failures_s8_a_service_that_never_closes_counts_elapsed_hours_over_the_change_of_clocks():
    always = ServiceHours(opens=time(0, 0), closes=time(23, 59), is_holiday=lambda _day: False)
    assert always.is_open(local(2026, 10, 26, 12, 0))
    due = always.due(local(2026, 10, 26, 0, 0), hours=5)
    assert due == local(2026, 10, 26, 5, 0)


def test_bank_holidays_are_those_of_england_and_wales():
    assert local(2026, 12, 25).date() in bank_holidays()
    assert local(2026, 11, 30).date() not in bank_holidays()  # St Andrew's Day, Scotland


@pytest.mark.parametrize(("tier", "hour"), [("A", 11), ("B", 16)])
def test_the_due_time_follows_the_tier(tier, hour):
    assert due_at(local(2026, 11, 24, 10, 0), tier=tier) == local(2026, 11, 24, hour, 0)


def test_the_service_is_closed_at_the_weekend_and_at_night():
    hours = service_hours()
    assert hours.is_open(local(2026, 11, 24, 8, 0))
    assert not hours.is_open(local(2026, 11, 24, 20, 0))
    assert not hours.is_open(local(2026, 11, 28, 12, 0))
    assert hours.next_open(local(2026, 11, 28, 12, 0)) == local(2026, 11, 30, 8, 0)

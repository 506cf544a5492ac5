"""When a person will answer: hours count only while the service is open, bank holidays left out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings
from govuk_bank_holidays.bank_holidays import BankHolidays

LOCAL = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class ServiceHours:
    """When practitioners work: Monday to Friday between two times, in local time."""

    opens: time
    closes: time
    is_holiday: Callable[[date], bool]

    def works_on(self, day: date) -> bool:
        """Whether anybody works that day."""
        return day.weekday() < 5 and not self.is_holiday(day)

    def is_open(self, at: datetime) -> bool:
        """Whether the service is open at this moment."""
        local = at.astimezone(LOCAL)
        return self.works_on(local.date()) and self.opens <= local.time() < self.closes

    def window(self, day: date) -> tuple[datetime, datetime]:
        """That day's opening and closing, exact also when the clocks change."""
        return (
            datetime.combine(day, self.opens, tzinfo=LOCAL),
            datetime.combine(day, self.closes, tzinfo=LOCAL),
        )

    def next_open(self, at: datetime) -> datetime:
        """Now, if the service is open, else when it opens next."""
        if self.is_open(at):
            return at.astimezone(LOCAL)
        day = at.astimezone(LOCAL).date()
        while not (self.works_on(day) and self.window(day)[0] >= at):
            day += timedelta(days=1)
        return self.window(day)[0]

    def due(self, received_at: datetime, *, hours: int) -> datetime:
        """When so many service hours will have passed since then. Elapsed time, not wall-clock time."""
        left = timedelta(hours=hours)
        begins = self.next_open(received_at)
        while True:
            closes = self.window(begins.date())[1]
            # Difference of the two in UTC: local arithmetic would miss a change of the clocks.
            today = closes.astimezone(ZoneInfo("UTC")) - begins.astimezone(ZoneInfo("UTC"))
            if left <= today:
                return (begins.astimezone(ZoneInfo("UTC")) + left).astimezone(LOCAL)
            left -= today
            begins = self.next_open(closes)


@lru_cache(maxsize=1)
def bank_holidays() -> frozenset[date]:
    """Bank holidays of England and Wales, from the package's own data: nothing is fetched."""
    known = BankHolidays(use_cached_holidays=True).get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
    return frozenset(holiday["date"] for holiday in known)


def service_hours() -> ServiceHours:
    """The service's hours, as the settings have them."""
    return ServiceHours(
        opens=settings.SERVICE_OPENS,
        closes=settings.SERVICE_CLOSES,
        is_holiday=lambda day: day in bank_holidays(),
    )


def due_at(received_at: datetime, *, tier: str) -> datetime:
    """When somebody waiting with this tier must have an answer."""
    return service_hours().due(received_at, hours=settings.ANSWER_HOURS[tier])

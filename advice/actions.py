"""What editors do with guidance, each in one transaction."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from advice.models import Release, Scenario, ScenarioVersion
from hsb_portal.accounts.models import User


@transaction.atomic
def publish(scenario: Scenario, *, by: User | None, at: datetime) -> ScenarioVersion:
    """Freeze the working copy as the next version and make it what everybody reads."""
    Scenario.objects.select_for_update().get(pk=scenario.pk)
    last = scenario.versions.aggregate(last=Max("number"))["last"] or 0
    version = ScenarioVersion.objects.create(
        scenario=scenario, number=last + 1, content=scenario.snapshot(), published_at=at, published_by=by
    )
    scenario.published = version
    scenario.save(update_fields=["published"])
    release(f"{version} published", at=at)
    return version


@transaction.atomic
def withdraw(scenario: Scenario, *, by: User, at: datetime) -> None:
    """Take a scenario out of the library and out of triage; its versions stay."""
    scenario.published = None
    scenario.save(update_fields=["published"])
    release(f"{scenario.code} withdrawn by user {by.pk}", at=at)


def release(what: str, *, at: datetime) -> Release:
    """Tell every process that the library has changed."""
    return Release.objects.create(what=what[:200], made_at=at)

"""Drift: a stable mix says nothing, a drifting one is told once, small numbers are silent, no account is read."""

import logging
import random
import uuid
from datetime import date, datetime, timedelta
from math import comb
from zoneinfo import ZoneInfo

import pytest
from celery.schedules import crontab
from django.conf import settings as portal
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from advice.models import ScenarioVersion
from hsb_portal.settings import number
from incidents import drift, outbox, tasks
from incidents.drift import MEASURES, Count, Limits, Seen
from incidents.models import Assessment, DriftReport, Enquiry, Event, Outbox, Shown
from incidents.states import EventKind, Parcel, Status
from tests.factories import enquiry, person, scenario
from tests.html import Page

LONDON = ZoneInfo("Europe/London")
#: When beat runs the comparison: three in the morning of a Tuesday.
NIGHT = datetime(2026, 11, 24, 3, 0, tzinfo=LONDON)
LIMITS = Limits(**portal.DRIFT)
CANARY = "Zanzibar corridor canary"


# What needs no database --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((3, 4), (1, 4), 0.4857),  # Fisher's lady tasting tea
        ((1, 10), (11, 14), 0.002759),  # Wikipedia's example of a two-sided test
        ((8, 10), (1, 6), 0.03497),  # scipy.stats.fisher_exact's manual
        ((0, 30), (0, 100), 1.0),
        ((30, 30), (100, 100), 1.0),
        ((12, 50), (0, 200), comb(50, 12) / comb(250, 12)),  # the only table as unlikely as itself
    ],
)
def test_the_exact_test_agrees_with_published_values(one, other, expected):
    assert drift.chance(Count(*one), Count(*other)) == pytest.approx(expected, rel=2e-3)


def test_the_exact_test_is_the_same_from_both_sides_and_bears_large_counts():
    one, other = Count(9_100, 20_000), Count(36_000, 80_000)
    assert drift.chance(one, other) == pytest.approx(drift.chance(other, one))
    assert 0 < drift.chance(one, other) < 1


@pytest.mark.parametrize(
    ("one", "other", "h"),
    [
        ((50, 100), (50, 100), 0),
        ((60, 100), (50, 100), 0.201),
        ((6, 100), (2, 100), 0.211),
        ((0, 9), (9, 9), -3.142),
    ],
)
def test_the_size_of_a_change_is_cohens_h(one, other, h):
    assert drift.change(Count(*one), Count(*other)) == pytest.approx(h, abs=0.001)


LEVEL = LIMITS.level / len(MEASURES)


@pytest.mark.parametrize(
    ("recent", "before", "expected"),
    [
        ((30, 100), (120, 400), "same"),
        ((60, 100), (120, 400), "up"),
        ((5, 100), (120, 400), "down"),
        ((36, 100), (120, 400), "same"),  # six points: chance explains them
        ((5300, 10000), (20000, 40000), "same"),  # not by chance, but three points are too small to matter
        ((29, 29), (0, 400), "few"),
        ((100, 100), (0, 99), "few"),
        ((0, 0), (0, 0), "few"),
        ((10, 100), (0, 400), "up"),  # a thing that had never been seen
    ],
)
def test_a_verdict_needs_enough_of_both_and_more_than_chance_and_a_size_that_matters(
    recent, before, expected
):
    assert drift.verdict(Count(*recent), Count(*before), LIMITS, LEVEL) == expected


def seen(outcome="GUIDANCE", tier="none", *, failed=False, confidence=None, not_mine=False):
    return Seen(outcome, tier, failed, confidence, not_mine, ("release 1", "r", "w", "m"))


@pytest.mark.parametrize("group", ["outcome", "tier", "confidence"])
@pytest.mark.parametrize("confidence", [None, 0.0, 0.39, 0.4, 0.6, 0.79, 0.8, 1.0])
def test_every_enquiry_counts_once_in_each_group(group, confidence):
    counts = drift.counted([seen(confidence=confidence)])
    own = [counts[each.key] for each in MEASURES if each.group == group]
    assert sum(each.hits for each in own) == 1
    assert {each.of for each in own} == {1}


def test_not_my_situation_counts_only_among_those_who_were_shown_guidance():
    counts = drift.counted(
        [
            seen(confidence=0.7, not_mine=True),
            seen(confidence=0.7),
            seen(not_mine=True),  # nothing fitted: they asked for a practitioner
            seen("PRACTITIONER", "B", confidence=0.7),
        ]
    )
    assert counts["fit-not-mine"] == Count(1, 2)


@pytest.mark.parametrize(
    ("at", "last_day"),
    [
        (NIGHT, date(2026, 11, 23)),
        (NIGHT - timedelta(minutes=1), date(2026, 11, 22)),  # not everybody has had three hours yet
        (datetime(2026, 10, 26, 3, 0, tzinfo=LONDON), date(2026, 10, 25)),  # the day after the clocks changed
        (datetime(2026, 7, 1, 2, 0, tzinfo=ZoneInfo("UTC")), date(2026, 6, 30)),  # three o'clock in summer
    ],
)
def test_the_periods_are_whole_local_days_that_touch(at, last_day):
    when = drift.periods(at, LIMITS)
    assert when.last_day == last_day
    assert (when.ends.date() - when.recent_from.date()).days == 7
    assert (when.recent_from.date() - when.before_from.date()).days == 28
    assert {each.time().isoformat() for each in when} == {"00:00:00"}


def test_a_stable_mix_of_chance_is_hardly_ever_told():
    """2,000 nights of 80 and 320 enquiries from one mix: at most one in a hundred may look changed."""
    dice = random.Random(7)
    mix = [("ACT_NOW", "A"), ("PRACTITIONER", "B"), ("PRACTITIONER", "C")] + [("GUIDANCE", "none")] * 5
    verdicts = {}

    def looks_changed():
        recent, before = (
            {key: Count(dice.choices(mix, k=n).count(each), n) for key, each in enumerate(set(mix))}
            for n in (80, 320)
        )
        for key, count in recent.items():
            pair = count, before[key]
            if pair not in verdicts:
                verdicts[pair] = drift.verdict(*pair, LIMITS, LEVEL)
        return any(verdicts[count, before[key]] in {"up", "down"} for key, count in recent.items())

    assert sum(looks_changed() for _ in range(2000)) <= 20


@pytest.mark.parametrize("text", ["", "seven", "0", "-3", "nan", "91", "1e9"])
def test_a_setting_out_of_range_is_named_with_what_to_do(monkeypatch, text):
    monkeypatch.setenv("HSB_DRIFT_RECENT_DAYS", text)
    with pytest.raises(ImproperlyConfigured, match="HSB_DRIFT_RECENT_DAYS must be a number from 1 to 90"):
        number("HSB_DRIFT_RECENT_DAYS", default=7, least=1, most=90)


def test_beat_runs_it_at_three_in_london():
    entry = portal.CELERY_BEAT_SCHEDULE["watch for drift"]
    assert entry == {"task": "incidents.tasks.watch_drift", "schedule": crontab(hour="3", minute="0")}
    assert portal.CELERY_TIMEZONE == "Europe/London"
    assert tasks.watch_drift.name == entry["task"]


# With the database -------------------------------------------------------------------------------------

database = pytest.mark.django_db


def many(how_many, *, days_ago, outcome="GUIDANCE", tier="none", confidence=0.7, not_mine=0, **kept):
    """So many enquiries, received at noon so many days before the night."""
    at = NIGHT.replace(hour=12) - timedelta(days=days_ago)
    cases = [
        Enquiry(
            submission_key=uuid.uuid4(), status=Status.GUIDED, outcome=outcome, tier=tier,
            account={"what_happened": CANARY}, received_at=at,
        )
        for _ in range(how_many)
    ]  # fmt: skip
    Enquiry.objects.bulk_create(cases)
    versions = {"library": "release 1", "rules": "r1", "weights": "w1", "model": "m1", **kept}
    made = [
        Assessment(
            enquiry=case, made_at=at, outcome=outcome, tier=tier, confident=confidence is not None,
            content={"flags": [], "matches": [], "reasons": [CANARY]}, **versions,
        )
        for case in cases
    ]  # fmt: skip
    Assessment.objects.bulk_create(made)
    if confidence is not None:
        version = ScenarioVersion.objects.first() or scenario().versions.get()
        Shown.objects.bulk_create(
            Shown(assessment=each, version=version, rank=rank, confidence=confidence / rank)
            for each in made
            for rank in (1, 2)
        )
    said = at + timedelta(minutes=5)
    Event.objects.bulk_create(
        Event(enquiry=case, kind=EventKind.NOT_MY_SITUATION, at=said) for case in cases[:not_mine]
    )
    return cases


def month(not_mine=15):
    many(100, days_ago=14, not_mine=not_mine)
    many(50, days_ago=20, outcome="PRACTITIONER", tier="B", confidence=None)


def stable():
    month()
    many(40, days_ago=3, not_mine=6)
    many(20, days_ago=2, outcome="PRACTITIONER", tier="B", confidence=None)


def drifting(**versions):
    month()
    many(40, days_ago=3, not_mine=30, **versions)
    many(20, days_ago=2, outcome="PRACTITIONER", tier="B", confidence=None)


@pytest.fixture
def sent(monkeypatch):
    """Tasks run where they are called; what would have gone to the broker is kept."""
    given = []

    def deliver(*arguments):
        given.append(arguments)
        tasks.deliver(*arguments)

    monkeypatch.setattr(tasks.deliver, "delay", deliver)
    return given


def night(monkeypatch, at=NIGHT):
    """Beat's task at that time, and the sweep that follows it."""
    with monkeypatch.context() as clock:
        clock.setattr(timezone, "now", lambda: at)
        tasks.watch_drift()
        tasks.sweep()


@database
def test_a_stable_mix_says_nothing(sent, monkeypatch):
    person("lead")
    stable()
    night(monkeypatch)
    report = DriftReport.objects.get()
    assert report.figures["enquiries"] == [60, 150]
    assert not drift.changes_of(report)
    assert not report.told
    assert not mail.outbox
    assert not Outbox.objects.exists()


@database
def test_a_drifting_mix_is_told_once_to_each_lead_in_a_mail_of_their_own(sent, monkeypatch):
    leads = [person("lead"), person("lead")]
    person("practitioner")
    person("editor")
    drifting()
    for _ in range(3):
        night(monkeypatch)
    assert sorted(each.to[0] for each in mail.outbox) == sorted(each.email for each in leads)
    assert all(len(each.recipients()) == 1 for each in mail.outbox)
    assert DriftReport.objects.get().told
    assert drift.changes_of(DriftReport.objects.get()) == {("fit-not-mine", "up")}
    assert not Outbox.objects.filter(delivered_at=None).exists()


@database
def test_a_change_that_lasts_is_told_again_only_after_the_quiet_days(sent, monkeypatch, settings):
    person("lead")
    drifting()
    for days in range(3):
        many(4, days_ago=-days, not_mine=3)
        night(monkeypatch, NIGHT + timedelta(days=days))
    assert DriftReport.objects.filter(told=True).count() == len(mail.outbox) == 1
    settings.DRIFT = {**settings.DRIFT, "quiet_days": 3}
    night(monkeypatch, NIGHT + timedelta(days=3))
    assert len(mail.outbox) == 2


@database
def test_a_second_change_is_told_although_the_first_is_known(sent, monkeypatch):
    person("lead")
    drifting()
    night(monkeypatch)
    many(60, days_ago=0, outcome="ACT_NOW", tier="A", confidence=None)
    night(monkeypatch, NIGHT + timedelta(days=1))
    assert len(mail.outbox) == 2


@database
def test_small_numbers_are_silent(sent, monkeypatch):
    person("lead")
    many(99, days_ago=14, not_mine=0)
    many(29, days_ago=3, not_mine=29)
    night(monkeypatch)
    report = DriftReport.objects.get()
    assert {each.verdict for each in drift.findings_of(report)} == {"few"}
    assert not mail.outbox


@database
def test_with_no_enquiry_at_all_a_report_is_kept_and_nobody_is_told(sent, monkeypatch):
    night(monkeypatch)
    assert DriftReport.objects.get().figures["enquiries"] == [0, 0]
    assert not mail.outbox


@database
def test_only_the_first_assessment_and_what_was_said_in_time_count():
    (case, late) = many(2, days_ago=3, not_mine=1)
    at = case.received_at
    Assessment.objects.create(
        enquiry=case, made_at=at + timedelta(hours=1), outcome="ACT_NOW", tier="A", confident=False,
        content={}, library="", rules="", weights="", model="",
    )  # fmt: skip
    Event.objects.create(enquiry=late, kind=EventKind.NOT_MY_SITUATION, at=at + timedelta(hours=3))
    many(5, days_ago=0)  # today is not whole yet
    many(5, days_ago=36)  # before both periods
    when = drift.periods(NIGHT, LIMITS)
    counts = drift.counted(drift.seen_between(when.recent_from, when.ends, LIMITS))
    assert counts["outcome-ACT_NOW"] == Count(0, 2)
    assert counts["confidence-0.6"] == Count(2, 2)
    assert counts["fit-not-mine"] == Count(1, 2)
    assert not drift.seen_between(when.before_from, when.recent_from, LIMITS)


@database
def test_pages_that_only_may_fit_count_neither_as_sure_nor_as_refused():
    many(2, days_ago=3, not_mine=2)
    Assessment.objects.update(confident=False)
    when = drift.periods(NIGHT, LIMITS)
    counts = drift.counted(drift.seen_between(when.recent_from, when.ends, LIMITS))
    assert counts["confidence-none"] == Count(2, 2)
    assert counts["fit-not-mine"] == Count(0, 0)


@database
def test_an_enquiry_that_triage_could_not_read_counts_as_such():
    many(1, days_ago=3, outcome="PRACTITIONER", tier="B", confidence=None)
    Assessment.objects.update(failed=True)
    when = drift.periods(NIGHT, LIMITS)
    assert drift.counted(drift.seen_between(when.recent_from, when.ends, LIMITS))["fit-failed"] == Count(1, 1)


@database
def test_failures_c1_nothing_of_an_account_is_read_or_reaches_mail_broker_log_or_page(
    sent, monkeypatch, caplog
):
    caplog.set_level(logging.DEBUG)
    lead = person("lead")
    drifting()

    def refuse(*_args, **_named):
        raise AssertionError("something encrypted was read")

    monkeypatch.setattr("hsb_portal.encryption.unseal", refuse)
    night(monkeypatch)
    page = signed_in(lead).get(reverse("incidents:drift")).content.decode()
    raw = "".join(each.message().as_string() for each in mail.outbox)
    assert raw
    references = Enquiry.objects.values_list("reference", flat=True)
    figures = str(DriftReport.objects.get().figures)
    for place in (raw, page, caplog.text, str(sent), figures):
        assert "canary" not in place
        assert not any(each in place for each in references)
    assert all(type(each) is int for arguments in sent for each in arguments)
    assert "situation" not in raw


@database
def test_a_mail_names_the_page_and_says_nothing_of_what_changed(sent, monkeypatch):
    person("lead")
    drifting()
    night(monkeypatch)
    (message,) = mail.outbox
    assert message.body.count("http") == 1
    assert reverse("incidents:drift") in message.body
    assert not any(each.isdigit() for each in message.body.replace("8000", ""))


@database
def test_what_is_put_for_a_report_is_put_once():
    row = DriftReport.objects.create(last_day=NIGHT.date(), made_at=NIGHT)
    to = person("lead")
    for recipient in (None, to):
        first = outbox.put(Parcel.DRIFT_NOTICE, report=row, at=NIGHT, recipient=recipient)
        assert outbox.put(Parcel.DRIFT_NOTICE, report=row, at=NIGHT, recipient=recipient) == first
        with pytest.raises(IntegrityError), transaction.atomic():
            Outbox.objects.create(
                report=row, parcel=Parcel.DRIFT_NOTICE, asked=1, recipient=recipient, put_at=NIGHT,
                try_after=NIGHT,
            )  # fmt: skip


@database
@pytest.mark.parametrize("both", [True, False])
def test_a_parcel_tells_of_an_enquiry_or_of_a_report(both):
    row = DriftReport.objects.create(last_day=NIGHT.date(), made_at=NIGHT)
    told = {"enquiry": enquiry(), "report": row} if both else {}
    with pytest.raises(IntegrityError), transaction.atomic():
        Outbox.objects.create(parcel=Parcel.DRIFT, asked=1, put_at=NIGHT, try_after=NIGHT, **told)


@database
def test_an_admin_sees_a_parcel_of_a_report_in_the_outbox():
    row = outbox.put(
        Parcel.DRIFT, report=DriftReport.objects.create(last_day=NIGHT.date(), made_at=NIGHT), at=NIGHT
    )
    admin = person("admin")
    admin.is_staff = True
    admin.save()
    for address in (
        reverse("admin:incidents_outbox_changelist"),
        reverse("admin:incidents_outbox_change", args=[row.pk]),
    ):
        assert signed_in(admin).get(address).status_code == 200


# The page ----------------------------------------------------------------------------------------------


def signed_in(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def page_of(role="lead"):
    response = signed_in(person(role)).get(reverse("incidents:drift"))
    assert response.status_code == 200
    page = Page(response)
    assert page.problems() == []
    return page


@database
@pytest.mark.parametrize("role", ["", "practitioner", "editor", "admin"])
def test_failures_t1_only_leads_open_the_figures(role):
    drift.report(at=NIGHT)
    response = signed_in(person(role)).get(reverse("incidents:drift"))
    assert response.status_code == 403
    assert "Told lately" not in response.content.decode()


@database
def test_failures_t1_strangers_are_sent_to_the_sign_in_and_nothing_is_posted():
    response = Client().get(reverse("incidents:drift"))
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/")
    assert signed_in(person("lead")).post(reverse("incidents:drift")).status_code == 405


@database
def test_before_the_first_night_the_page_says_when_figures_come():
    assert "There are no figures yet" in page_of().text


@database
def test_too_few_are_said_with_how_many_are_needed():
    many(2, days_ago=3)
    drift.report(at=NIGHT)
    text = page_of().text
    assert "Too few enquiries to say: 2 in the last 7 days and 0 in the 28 days before" in text
    assert "At least 30 and 100 are needed" in text


@database
def test_a_stable_mix_is_said_to_be_one():
    stable()
    drift.report(at=NIGHT)
    text = page_of().text
    assert "Nothing has changed by more than chance explains" in text
    assert "No change has been told" in text


@database
def test_a_change_stands_first_in_the_table_and_in_the_chart_with_the_same_figures():
    drifting(rules="r2")
    drift.report(at=NIGHT)
    page = page_of()
    assert "How well it went, Said “not my situation”: gone up" in page.text
    assert "75.0% (30 of 40)" in page.text
    assert "15.0% (15 of 100)" in page.text
    assert "+60.0 points" in page.text
    assert "another version of: rules. Look there first" in page.text
    assert "Up to 23 November:" in page.text
    charts = page.all("svg")
    assert sum(each.get("role") == "img" for each in charts) == len(drift.GROUPS)
    assert len(page.all("table")) == len(drift.GROUPS)
    assert "58.50%" in [each.get("width") for each in page.all("rect")]


@database
def test_a_share_that_is_watched_no_more_does_not_break_an_old_report():
    drifting()
    report = drift.report(at=NIGHT)
    for each in report.figures["findings"]:
        each["key"] = "gone-" + each["key"]
    report.save()
    page_of()


@database
def test_a_lead_finds_the_page_from_the_queue_and_a_practitioner_does_not():
    link = reverse("incidents:drift")
    assert link in signed_in(person("lead")).get(reverse("incidents:queue")).content.decode()
    assert link not in signed_in(person("practitioner")).get(reverse("incidents:queue")).content.decode()

"""Whether what triage says has drifted: the mix of the last days beside that of the month before.

Every night the shares below are counted in two periods of whole local days and compared. Counting reads
only columns that are not encrypted, and keeps only figures. A share has changed when both periods hold
enough, chance explains it badly, and it is large enough to matter (`Limits`). Leads are told of a change
once; while it lasts, again only after `quiet_days`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from math import asin, exp, lgamma, sqrt
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import F, FilteredRelation, OuterRef, Q, Subquery

from incidents import outbox
from incidents.deadlines import LOCAL
from incidents.models import OUTCOMES, TIERS, Assessment, DriftReport, Event
from incidents.states import EventKind, Parcel

#: What an assessment was made with: a new one is the first explanation to look at.
VERSIONS: Final = ("library", "rules", "weights", "model")

#: Bands of the first match's confidence, each from its bound up to the next; 0.6 is where pages say "likely".
BANDS: Final = ((0.0, "Below 0.4"), (0.4, "0.4 up to 0.6"), (0.6, "0.6 up to 0.8"), (0.8, "0.8 and more"))


@dataclass(frozen=True, slots=True)
class Limits:
    """When a difference is worth a person's time: settings HSB_DRIFT_*."""

    recent_days: int
    before_days: int
    #: "Not my situation" counts when it is said within so many hours: the same time for everybody.
    answer_hours: int
    least_recent: int
    least_before: int
    #: How often, at most, a night with no real change may look like one (over all shares together).
    level: float
    #: The smallest change that counts, as Cohen's h.
    change: float
    quiet_days: int


def limits() -> Limits:
    """The limits, as the settings have them."""
    values: Mapping[str, Any] = settings.DRIFT
    return Limits(**values)


class Seen(NamedTuple):
    """One enquiry as it was first assessed. `confidence` is None when no guidance was shown."""

    outcome: str
    tier: str
    failed: bool
    confidence: float | None
    not_mine: bool
    versions: tuple[str, ...]


class Count(NamedTuple):
    """So many of so many."""

    hits: int
    of: int

    @property
    def share(self) -> float:
        """From 0 to 1; 0 of 0 is 0."""
        return self.hits / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Measure:
    """One share that is watched: `hit` of all that are `among`."""

    key: str
    group: str
    label: str
    hit: Callable[[Seen], bool]
    among: Callable[[Seen], bool] = lambda _seen: True


def has(name: str, value: str) -> Callable[[Seen], bool]:
    """Whether that column holds this value."""
    return lambda seen: bool(getattr(seen, name) == value)


def between(low: float, high: float) -> Callable[[Seen], bool]:
    """Whether guidance was shown with a confidence from `low` up to `high`."""
    return lambda seen: seen.confidence is not None and low <= seen.confidence < high


def bands() -> Iterator[Measure]:
    """A measure for each band of confidence."""
    bounds = [low for low, _ in BANDS] + [float("inf")]
    for (low, label), high in zip(BANDS, bounds[1:], strict=True):
        yield Measure(f"confidence-{low}", "confidence", label, between(low, high))


#: The groups of shares, and what the page calls them.
GROUPS: Final = {
    "outcome": "What was shown first",
    "tier": "How urgent it was",
    "confidence": "How sure the best match was",
    "fit": "How well it went",
}

MEASURES: Final[tuple[Measure, ...]] = (
    *(Measure(f"outcome-{key}", "outcome", label, has("outcome", key)) for key, label in OUTCOMES),
    *(Measure(f"tier-{key}", "tier", label, has("tier", key)) for key, label in TIERS),
    Measure(
        "confidence-none", "confidence", "No page shown as fitting", lambda seen: seen.confidence is None
    ),
    *bands(),
    Measure(
        "fit-not-mine",
        "fit",
        "Said “not my situation”",
        lambda seen: seen.not_mine,
        # Where nothing was shown as fitting, or a person was coming anyway, there was nothing to say it of.
        lambda seen: seen.outcome == "GUIDANCE" and seen.confidence is not None,
    ),
    Measure("fit-failed", "fit", "Could not be read by machine", lambda seen: seen.failed),
)


def counted(seen: Iterable[Seen]) -> dict[str, Count]:
    """How often each measure was met, and among how many."""
    every = list(seen)
    counts = {}
    for measure in MEASURES:
        among = [one for one in every if measure.among(one)]
        counts[measure.key] = Count(sum(map(measure.hit, among)), len(among))
    return counts


def chance(one: Count, other: Count) -> float:
    """How likely a difference at least as unusual is when both shares are the same: Fisher's exact test.

    Two-sided: the sum of all tables with these margins that are no likelier than the one seen (R. A. Fisher,
    "The logic of inductive inference", 1935; the same sum as R's fisher.test). Exact, so it needs no least
    expected count, unlike the chi-square test; a jump from none to a few can be told.
    """
    hits, of = one.hits + other.hits, one.of + other.of
    ways = _log_ways(of, one.of)

    def probability(k: int) -> float:
        return exp(_log_ways(hits, k) + _log_ways(of - hits, one.of - k) - ways)

    possible = range(max(0, one.of - (of - hits)), min(hits, one.of) + 1)
    # Tables as likely as the one seen must not drop out by rounding.
    seen = probability(one.hits) * (1 + 1e-7)
    return min(1.0, sum(p for k in possible if (p := probability(k)) <= seen))


def _log_ways(n: int, k: int) -> float:
    """Logarithm of the number of ways to choose k of n."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def change(one: Count, other: Count) -> float:
    """How much larger the first share is, as Cohen's h: 0.2 is a small effect.

    h = 2 asin √p less 2 asin √q (J. Cohen, Statistical Power Analysis, 1988, chapter 6). 0.2 is ten points in
    the middle (50 % to 60 %) and fewer near the ends (2 % to 6 %), where few points matter more.
    """
    return 2 * asin(sqrt(one.share)) - 2 * asin(sqrt(other.share))


@dataclass(frozen=True, slots=True)
class Finding:
    """One share in both periods; `verdict` is up, down, same, or few (too few to say)."""

    key: str
    recent: Count
    before: Count
    verdict: str

    @property
    def changed(self) -> bool:
        """Whether it is worth telling."""
        return self.verdict in {"up", "down"}


def compare(recent: Mapping[str, Count], before: Mapping[str, Count], within: Limits) -> list[Finding]:
    """What is to be said of each share."""
    # Bonferroni: with so many looks at the same night, each must be so much less likely to be chance.
    level = within.level / len(MEASURES)
    return [
        Finding(m.key, recent[m.key], before[m.key], verdict(recent[m.key], before[m.key], within, level))
        for m in MEASURES
    ]


def verdict(recent: Count, before: Count, within: Limits, level: float) -> str:
    """Whether one share has gone up or down, stayed the same, or rests on too few to say."""
    if recent.of < within.least_recent or before.of < within.least_before:
        return "few"
    size = change(recent, before)
    if abs(size) < within.change or chance(recent, before) > level:
        return "same"
    return "up" if size > 0 else "down"


class Periods(NamedTuple):
    """The two periods: before from its start to `recent_from`, recent from there to `ends`."""

    before_from: datetime
    recent_from: datetime
    ends: datetime

    @property
    def last_day(self) -> date:
        """The last whole day that was counted."""
        return self.ends.date() - timedelta(days=1)


def periods(at: datetime, within: Limits) -> Periods:
    """Whole local days, up to the last one of which everybody has had time to answer."""
    ends = (at - timedelta(hours=within.answer_hours)).astimezone(LOCAL).date()
    recent_from = ends - timedelta(days=within.recent_days)
    before_from = recent_from - timedelta(days=within.before_days)
    return Periods(*(datetime.combine(day, time.min, LOCAL) for day in (before_from, recent_from, ends)))


def seen_between(begins: datetime, ends: datetime, within: Limits) -> list[Seen]:
    """Every enquiry received in that time, as it was first assessed. Nothing encrypted is read."""
    own = Assessment.objects.filter(enquiry=OuterRef("enquiry")).order_by("made_at", "pk")
    said = Event.objects.filter(enquiry=OuterRef("enquiry"), kind=EventKind.NOT_MY_SITUATION).order_by("at")
    rows = (
        # The first assessment only: what came later may have raised the tier, and older ones had more time.
        Assessment.objects.filter(enquiry__received_at__gte=begins, enquiry__received_at__lt=ends)
        .filter(pk=Subquery(own.values("pk")[:1]))
        .annotate(
            best=FilteredRelation("shown", condition=Q(shown__rank=1)),
            confidence=F("best__confidence"),
            said_at=Subquery(said.values("at")[:1]),
        )
        .values_list(
            "outcome",
            "tier",
            "failed",
            "confident",
            "confidence",
            "enquiry__received_at",
            "said_at",
            *VERSIONS,
        )
    )
    in_time = timedelta(hours=within.answer_hours)
    return [
        Seen(
            outcome, tier, failed, confidence if confident else None,
            said_at is not None and said_at - received < in_time, tuple(versions),
        )
        for outcome, tier, failed, confident, confidence, received, said_at, *versions in rows
    ]  # fmt: skip


def new_versions(recent: Iterable[Seen], before: Iterable[Seen]) -> list[str]:
    """Which of rules, weights and so on were used lately and not before."""
    known = [{one.versions[n] for one in before} | {""} for n in range(len(VERSIONS))]
    return [name for n, name in enumerate(VERSIONS) if {one.versions[n] for one in recent} - known[n]]


def figures(at: datetime, within: Limits) -> dict[str, Any]:
    """The night's figures, as they are kept."""
    when = periods(at, within)
    recent = seen_between(when.recent_from, when.ends, within)
    before = seen_between(when.before_from, when.recent_from, within)
    return {
        "enquiries": [len(recent), len(before)],
        "new_versions": new_versions(recent, before) if before else [],
        "limits": asdict(within),
        "findings": [asdict(each) for each in compare(counted(recent), counted(before), within)],
    }


def findings_of(report: DriftReport) -> list[Finding]:
    """What a report found."""
    return [
        Finding(each["key"], Count(*each["recent"]), Count(*each["before"]), each["verdict"])
        for each in report.figures["findings"]
    ]


def changes_of(report: DriftReport) -> set[tuple[str, str]]:
    """Which shares a report found changed, and which way."""
    return {(each.key, each.verdict) for each in findings_of(report) if each.changed}


def report(*, at: datetime) -> DriftReport:
    """Compare and keep the figures, once a day; leads are told of what they have not been told lately."""
    within = limits()
    day = periods(at, within).last_day
    kept = DriftReport.objects.filter(last_day=day).first()
    # Counted before the transaction begins, so that it never holds the database's write lock.
    return kept or keep(day, figures(at, within), at=at)


@transaction.atomic
def keep(day: date, found: dict[str, Any], *, at: datetime) -> DriftReport:
    """Keep a day's figures with the notice they call for; of two at once, one does."""
    quiet = timedelta(days=found["limits"]["quiet_days"])
    lately = DriftReport.objects.filter(told=True, last_day__gt=day - quiet, last_day__lt=day)
    known = set().union(*map(changes_of, lately))
    made = DriftReport(last_day=day, made_at=at, figures=found)
    news = bool(changes_of(made) - known)
    row, is_first = DriftReport.objects.get_or_create(
        last_day=day, defaults={"made_at": at, "figures": found, "told": news}
    )
    if is_first and news:
        outbox.put(Parcel.DRIFT, report=row, at=at)
    return row

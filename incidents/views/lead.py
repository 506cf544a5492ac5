"""What only a lead opens: whether what triage says has drifted."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from incidents.drift import GROUPS, MEASURES, Count, Finding, changes_of, findings_of
from incidents.models import DriftReport
from incidents.views.access import lead_required

#: What a verdict is called on the page.
VERDICTS: Final = {"up": "Gone up", "down": "Gone down", "same": "No change", "few": "Too few to say"}
LABELS: Final = {measure.key: measure for measure in MEASURES}
NOTHING: Final = "\N{EN DASH}"
MINUS: Final = "\N{MINUS SIGN}"
BOUND: Final = "\N{NO-BREAK SPACE}"
#: Height of one share in the chart, in pixels; and the longest bar in % of its width: figures fit beside it.
ROW: Final = 64
WIDEST: Final = 78
#: Earlier notices stay listed as long as somebody may come back from leave.
LISTED: Final = timedelta(days=35)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the chart: its place in pixels from the top, its length in % of the width."""

    top: int
    foot: int
    length: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One share as the table and the chart show it."""

    label: str
    recent: str
    before: str
    difference: str
    verdict: str
    changed: bool
    name_at: int
    recent_bar: Bar
    before_bar: Bar


@dataclass(frozen=True, slots=True)
class Group:
    """The shares that belong together."""

    key: str
    title: str
    rows: list[Row]
    height: int


def percent(count: Count) -> str:
    """A share as a page says it."""
    return f"{100 * count.share:.1f}%" if count.of else NOTHING


def of(count: Count) -> str:
    """A share with what it is made of."""
    # Its parts stay on one line: a table's narrow column breaks before the bracket, not within it.
    return f"{percent(count)} ({count.hits}{BOUND}of{BOUND}{count.of})"


def difference(finding: Finding) -> str:
    """In percentage points, with a sign."""
    if not (finding.recent.of and finding.before.of):
        return NOTHING
    points = 100 * (finding.recent.share - finding.before.share)
    return f"{points:+.1f}{BOUND}points".replace("-", MINUS)


def bar(top: int, height: int, count: Count) -> Bar:
    """A share's bar, with its figure at the end."""
    return Bar(top, top + height - 1, f"{WIDEST * count.share:.2f}%", percent(count))


def row(number: int, finding: Finding) -> Row:
    """One share."""
    top = number * ROW
    return Row(
        label=LABELS[finding.key].label,
        recent=of(finding.recent),
        before=of(finding.before),
        difference=difference(finding),
        verdict=VERDICTS[finding.verdict],
        changed=finding.changed,
        name_at=top + 16,
        recent_bar=bar(top + 23, 13, finding.recent),
        before_bar=bar(top + 40, 13, finding.before),
    )


def groups(report: DriftReport) -> list[Group]:
    """The report's shares; those that are not watched any more are left out."""
    found = [each for each in findings_of(report) if each.key in LABELS]
    made = []
    for key, title in GROUPS.items():
        own = [each for each in found if LABELS[each.key].group == key]
        made.append(Group(key, title, [row(n, each) for n, each in enumerate(own)], len(own) * ROW))
    return made


def said(report: DriftReport) -> list[str]:
    """What a report found changed, a phrase each."""
    return [
        f"{GROUPS[LABELS[key].group]}, {LABELS[key].label}: {VERDICTS[way].lower()}"
        for key, way in sorted(changes_of(report))
        if key in LABELS
    ]


def shown(report: DriftReport) -> dict[str, Any]:
    """The latest figures, ready for the page."""
    within = report.figures["limits"]
    recent, before = report.figures["enquiries"]
    return {
        "report": report,
        "groups": groups(report),
        "said": said(report),
        "recent": recent,
        "before": before,
        "too_few": recent < within["least_recent"] or before < within["least_before"],
        "within": within,
        "chance": f"{100 * within['level']:g}",
        "new_versions": report.figures["new_versions"],
    }


@require_GET
@lead_required
def drift(request: HttpRequest) -> HttpResponse:
    """The latest figures as a table and a chart, and the notices before them."""
    latest = DriftReport.objects.order_by("last_day").last()
    if latest is None:
        return render(request, "incidents/drift.html", {"report": None})
    told = DriftReport.objects.filter(told=True, last_day__gte=latest.last_day - LISTED).order_by("-last_day")
    context = {**shown(latest), "told": [(each, said(each)) for each in told]}
    return render(request, "incidents/drift.html", context)

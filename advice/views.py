"""The public library: browse, search, one page a scenario."""

from datetime import date

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from advice import library, parts, searching

#: Ages to browse by: key, words, youngest and oldest.
AGES = (
    ("0-5", "Under 5", 0, 4),
    ("5-11", "5 to 11", 5, 11),
    ("12-15", "12 to 15", 12, 15),
    ("16-25", "16 and over", 16, 25),
)


@require_GET
def browse(request: HttpRequest) -> HttpResponse:
    """Everything published, narrowed by setting, age, kind and words."""
    shelf = library.current()
    words = request.GET.get("q", "")[:200].replace("\x00", "")
    setting, kind = request.GET.get("setting", ""), request.GET.get("kind", "")
    age = next((each for each in AGES if each[0] == request.GET.get("age")), None)
    found = [
        page
        for page in shelf.pages.values()
        if (setting not in dict(parts.SETTINGS) or setting in page.settings)
        and (kind not in dict(parts.KINDS) or kind in page.kinds)
        and (age is None or (page.youngest <= age[3] and page.oldest >= age[2]))
    ]
    if words.strip():
        found = searching.ranked(words, found)
    groups = [(title, [page for page in found if page.group == key]) for key, title in parts.GROUPS]
    context = {
        "found": found,
        "groups": [(title, pages) for title, pages in groups if pages],
        "words": words,
        "searched": bool(words.strip()),
        "narrowed": len(found) < len(shelf.pages) or bool(words.strip()),
        "chosen": {"setting": setting, "kind": kind, "age": age[0] if age else ""},
        "settings_": parts.SETTINGS,
        "kinds": parts.KINDS,
        "ages": AGES,
        "total": len(shelf.pages),
    }
    return render(request, "advice/library.html", context)


@require_GET
@cache_control(private=True, max_age=0, must_revalidate=True)
def scenario(request: HttpRequest, slug: str) -> HttpResponse:
    """One scenario: readable, printable, shareable."""
    shelf = library.current()
    page = shelf.pages.get(slug)
    if page is None:
        raise Http404
    return render(request, "advice/scenario.html", scenario_context(shelf, page))


def scenario_context(shelf: library.Shelf, page: library.Page) -> dict[str, object]:
    """What the page of a scenario shows; the admin's preview shows the same."""
    order = [key for key, _ in parts.LEVELS]
    low, high = page.continuum_low, page.continuum_high
    inside = order[order.index(low) : order.index(high) + 1] if low and high else []
    return {
        "scenario": page,
        "core": shelf.core,
        "levels": [(title, key in inside) for key, title in parts.LEVELS],
        "in_range": [title for key, title in parts.LEVELS if key in inside],
        "settings_": [title for key, title in parts.SETTINGS if key in page.settings],
        "related": [shelf.pages[slug] for slug in page.related if slug in shelf.pages],
        "approved_on": day(page.approved_on),
        "review_by": day(page.review_by),
        "address": f"{settings.PUBLIC_URL.rstrip('/')}/guidance/{page.slug}/",
    }


def day(written: str) -> date | None:
    """A date as a version keeps it, for the page to write out."""
    return date.fromisoformat(written) if written else None


@require_GET
def core(request: HttpRequest) -> HttpResponse:
    """What applies to every scenario."""
    shelf = library.current()
    if shelf.core is None:
        raise Http404
    return render(request, "advice/core.html", {"core": shelf.core})

"""A practitioner says what triage should have said, and redacts the account: it becomes a labelled case."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from advice import library
from advice.triage.flags import rules
from incidents import actions
from incidents.corrections import (
    LEFT_OUT,
    NONE,
    Verdict,
    correct,
    identifying,
    mark_of,
    may_correct,
)
from incidents.explaining import account_of
from incidents.forms import CorrectionPage
from incidents.models import Assessment, Enquiry
from incidents.summary import rows
from incidents.views.access import practitioner_required, who

LOOK = "Say that you have looked at these words, or take them out."


@require_http_methods(["GET", "POST"])
@practitioner_required
def correction(request: HttpRequest, reference: str) -> HttpResponse:
    """The form: only for who holds the enquiry, and for leads."""
    found = get_object_or_404(Enquiry.objects.select_related("claimed_by"), reference=reference)
    if not may_correct(found, who(request)):
        raise PermissionDenied("Only who holds the enquiry, or a lead, corrects what triage said.")
    assessment = found.latest_assessment
    choices = offered(assessment)
    if request.method == "GET":
        actions.opened(found, by=who(request), at=timezone.now())
        form = CorrectionPage(initial=begin_with(assessment), earlier=choices)
        return show(request, assessment, form, identifying(form.initial["text"]))
    form = CorrectionPage(request.POST, earlier=choices)
    words = identifying("\n".join((request.POST.get("text", ""), request.POST.get("reason", ""))))
    form.is_valid()
    if words != () and request.POST.get("looked") != mark_of(words):
        form.add_error("looked", LOOK)
    if form.errors:
        return show(request, assessment, form, words)
    made = keep(assessment, form, request)
    if made:
        messages.success(
            request, "Thank you. Your correction is kept, and triage will be measured against it."
        )
    else:
        messages.info(request, "This correction had already been kept.")
    return redirect("incidents:enquiry", reference=reference)


def keep(assessment: Assessment, form: CorrectionPage, request: HttpRequest) -> bool:
    """Hand over what the form says."""
    given = form.cleaned_data
    verdict = Verdict(
        wrong_flags=tuple(given.get("wrong_flags") or ()),
        missed_flags=tuple(given.get("missed_flags") or ()),
        wrong_matches=tuple(given.get("wrong_matches") or ()),
        right=form.right,
        tier=given["tier"],
    )
    return correct(
        assessment,
        by=who(request),
        key=given["key"],
        verdict=verdict,
        reason=given["reason"],
        redacted=given["text"],
        at=timezone.now(),
    )


def offered(assessment: Assessment) -> dict[str, Any]:
    """What can be chosen: the flags found and all others, the matches, and every scenario there is."""
    found = {flag["code"]: flag["name"] for flag in assessment.content.get("flags", [])}
    matches = {match["scenario"]: match["title"] for match in assessment.content.get("matches", [])}
    others = {page.slug: page.title for page in library.current().pages.values() if page.slug not in matches}
    return {
        "found": [(code, f"{code} {name}") for code, name in found.items()],
        "other": [
            (rule.code, f"{rule.code} {rule.name}") for rule in rules().rules if rule.code not in found
        ],
        "matches": list(matches.items()),
        "scenarios": [
            (NONE, "None of these"),
            ("Matched", list(matches.items())),
            ("All others", list(others.items())),
        ],
    }


def begin_with(assessment: Assessment) -> dict[str, Any]:
    """What the form holds at first: the account to be redacted, or what was redacted of it before."""
    last = assessment.corrections.order_by("at").last()
    return {
        "tier": assessment.tier,
        "text": last.redacted["text"] if last else account_of(assessment).text,
        "key": uuid.uuid4(),
    }


def show(
    request: HttpRequest, assessment: Assessment, form: CorrectionPage, words: tuple[str, ...] | None
) -> HttpResponse:
    """The page, with the words that may identify somebody and the answers that are kept with the text."""
    context = {
        "enquiry": assessment.enquiry,
        "form": form,
        "warned": words != (),
        "words": words,
        "mark": mark_of(words),
        "looked": request.POST.get("looked") == mark_of(words),
        "rows": [
            row
            for row in rows(assessment.enquiry.account)
            if row.answer and (row.key not in LEFT_OUT or row.key in {"role", "setting"})
        ],
    }
    return render(request, "incidents/correct.html", context, status=400 if form.errors else 200)

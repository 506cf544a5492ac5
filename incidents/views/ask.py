"""Asking: one thing a page, answers kept on the server, nothing lost by back, refresh or a second tab."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from advice.triage.answers import SIGNPOSTED
from advice.triage.flags import find_flags
from incidents import actions, tasks
from incidents.assessing import account_from
from incidents.deadlines import service_hours
from incidents.forms import Page, Step, first_missing, step_after, step_before, steps_for
from incidents.models import Draft, Enquiry
from incidents.summary import rows
from incidents.views.access import begun_here, remember

#: Answers that are met with a page of their own before the form goes on.
NOTICES: Final = {
    ("danger_now", "yes"): "danger",
    ("region", "not_england"): "not-england",
}


class Gone(Exception):
    """There is no such draft for this browser."""


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Before you start: 999, advice not a referral, no names, what happens to what you write."""
    if request.method == "GET":
        return render(request, "incidents/ask_start.html")
    now = timezone.now()
    draft = Draft.objects.create(answers={}, started_at=now, touched_at=now)
    response = redirect("incidents:step", draft_id=draft.pk, slug="danger")
    remember(request, response, draft.pk)
    return response


def own_draft(request: HttpRequest, draft_id: UUID) -> Draft:
    """The draft this browser began. `Gone` when it is somebody else's, expired or never was."""
    if draft_id not in begun_here(request):
        raise Gone
    draft = Draft.objects.filter(
        pk=draft_id, touched_at__gte=timezone.now() - timedelta(hours=settings.DRAFT_HOURS)
    ).first()
    if draft is None:
        raise Gone
    return draft


def gone(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Where a draft is no longer there: to its enquiry, if it was sent; else say so and keep the text."""
    if draft_id in begun_here(request):
        made = Enquiry.objects.filter(submission_key=draft_id).first()
        if made:
            return redirect("incidents:outcome", reference=made.reference)
    written = [
        value for key, value in request.POST.items() if key != "csrfmiddlewaretoken" and len(value) > 20
    ]
    return render(request, "incidents/ask_gone.html", {"written": written}, status=404)


@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, draft_id: UUID, slug: str) -> HttpResponse:
    """One page of questions."""
    try:
        draft = own_draft(request, draft_id)
    except Gone:
        return gone(request, draft_id)
    answers = dict(draft.answers)
    here = next((each for each in steps_for(answers) if each.slug == slug), None)
    if here is None:
        raise Http404
    if request.method == "GET":
        form = here.page(initial=answers, earlier=answers)
        return show(request, draft, here, form)
    form = here.page(request.POST, earlier=answers)
    if not form.is_valid():
        return show(request, draft, here, form)
    try:
        answers = keep(draft, form.answers())
    except Gone:
        return gone(request, draft_id)
    response = HttpResponseRedirect(next_address(request, draft, here, answers))
    remember(request, response, draft.pk)
    return response


def keep(draft: Draft, given: dict[str, Any]) -> dict[str, Any]:
    """Put one page's answers into the draft. Other pages' answers, from another tab too, stay."""
    with transaction.atomic():
        kept = Draft.objects.select_for_update().filter(pk=draft.pk).first()
        if kept is None:  # sent from another tab just now
            raise Gone
        kept.answers = {**kept.answers, **given}
        kept.touched_at = timezone.now()
        kept.save(update_fields=["answers", "touched_at"])
        answers: dict[str, Any] = kept.answers
    return answers


def next_address(request: HttpRequest, draft: Draft, here: Step, answers: dict[str, Any]) -> str:
    """Where to go after a page: another service, a notice, the next page, or back to the check."""
    if "role" in here.keys and answers.get("role") in SIGNPOSTED:
        return reverse("incidents:other-help", args=[draft.pk])
    for (key, value), notice in NOTICES.items():
        if key in here.keys and answers.get(key) == value:
            return reverse("incidents:notice", args=[draft.pk, notice])
    return onwards(draft, here, answers, changing="change" in request.GET)


def onwards(draft: Draft, here: Step, answers: dict[str, Any], *, changing: bool) -> str:
    """The next page; back to the check when one answer was changed and nothing required is missing."""
    after = step_after(here.slug, answers)
    if after is None or (changing and first_missing(answers) is None):
        return reverse("incidents:check", args=[draft.pk])
    return reverse("incidents:step", args=[draft.pk, after.slug])


def show(request: HttpRequest, draft: Draft, here: Step, form: Page) -> HttpResponse:
    """Show a page of questions, with what was written so far."""
    answers = draft.answers
    asked = steps_for(answers)
    before = step_before(here.slug, answers)
    back = reverse("incidents:step", args=[draft.pk, before.slug]) if before else reverse("incidents:start")
    if "change" in request.GET:
        back = reverse("incidents:check", args=[draft.pk])
    context = {
        "form": form,
        "back": back,
        "number": asked.index(here) + 1,
        "of": len(asked),
        "danger": answers.get("danger_now") == "yes",
    }
    return render(request, "incidents/ask_step.html", context, status=400 if form.errors else 200)


@require_GET
def notice(request: HttpRequest, draft_id: UUID, name: str) -> HttpResponse:
    """What an answer calls for at once, before the form goes on."""
    try:
        draft = own_draft(request, draft_id)
    except Gone:
        return gone(request, draft_id)
    slug = {"danger": "danger", "not-england": "region"}.get(name)
    if slug is None:
        raise Http404
    after = step_after(slug, draft.answers)
    context = {
        "name": name,
        "onwards": reverse("incidents:step", args=[draft.pk, after.slug if after else slug]),
        "back": reverse("incidents:step", args=[draft.pk, slug]),
    }
    return render(request, "incidents/ask_notice.html", context)


@require_GET
def other_help(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Parents, children and adults worried about themselves: the service that is there for them."""
    try:
        draft = own_draft(request, draft_id)
    except Gone:
        return gone(request, draft_id)
    context = {
        "role": draft.answers.get("role"),
        "back": reverse("incidents:step", args=[draft.pk, "you"]),
    }
    return render(request, "incidents/ask_other_help.html", context)


@require_GET
def check(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Check your answers, with a change link for each."""
    try:
        draft = own_draft(request, draft_id)
    except Gone:
        return gone(request, draft_id)
    answers = draft.answers
    if answers.get("role") in SIGNPOSTED:
        return redirect("incidents:other-help", draft_id=draft.pk)
    missing = first_missing(answers)
    if missing:
        return redirect("incidents:step", draft_id=draft.pk, slug=missing.slug)
    last = steps_for(answers)[-1]
    context = {
        "draft": draft,
        "rows": list(rows(answers)),
        "identifying": identifying(answers),
        "back": reverse("incidents:step", args=[draft.pk, last.slug]),
    }
    return render(request, "incidents/ask_check.html", context)


def identifying(answers: dict[str, Any]) -> list[str] | None:
    """Words that may identify somebody; None when looking for them failed: then the warning is shown."""
    try:
        flags = find_flags(account_from(answers))
    except Exception:
        return None
    return [
        evidence.words
        for flag in flags
        if flag.code == "RF28"
        for evidence in flag.evidence
        if evidence.words
    ]


def instead(now: datetime) -> str:
    """Who helps at this moment while our notices do not arrive."""
    if service_hours().is_open(now):
        return f"telephone {settings.SERVICE_PHONE} as well"
    return "do not wait for us: contact children's social care or the police"


@require_POST
def submit(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Send it: one enquiry, however often the button is pressed."""
    try:
        draft = own_draft(request, draft_id)
    except Gone:
        return gone(request, draft_id)
    if draft.answers.get("role") in SIGNPOSTED:
        return redirect("incidents:other-help", draft_id=draft.pk)
    missing = first_missing(draft.answers)
    if missing:
        return redirect("incidents:step", draft_id=draft.pk, slug=missing.slug)
    enquiry = actions.submit(draft, at=timezone.now())
    if not tasks.wake():
        messages.warning(
            request,
            "Your request is saved and safe. Our notices to practitioners are delayed at the moment."
            f" If it is urgent, {instead(timezone.now())}.",
        )
    response = redirect("incidents:outcome", reference=enquiry.reference)
    remember(request, response, draft_id)
    return response

"""What the enquirer sees after sending: the outcome, the reply, and what can be done next."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from advice import library
from advice.models import Source
from incidents import actions, outbox, tasks
from incidents.deadlines import service_hours
from incidents.explaining import LIKELY, decisive, said_of_all, why
from incidents.forms import ContactPage, Page, PassOnPage, QuestionPage, ReasonPage
from incidents.models import Assessment, Enquiry, Shown
from incidents.states import EventKind, MessageKind, MoveRefused, Status
from incidents.summary import rows
from incidents.views.access import COOKIE, own_enquiry, who

#: Beside the guidance that fits best, nothing is offered that hardly one reader in twenty would accept.
WEAK: Final = 0.05


@require_GET
def outcome(request: HttpRequest, reference: str) -> HttpResponse:
    """The enquirer's page of an enquiry: what to do, the guidance that fits, the reply."""
    enquiry = own_enquiry(request, reference)
    if enquiry.messages.filter(kind=MessageKind.ANSWER).exists():
        actions.answer_read(enquiry, at=timezone.now())
    return show(request, enquiry)


def show(request: HttpRequest, enquiry: Enquiry, **forms: Page) -> HttpResponse:
    """Everything the enquirer may see of their enquiry; never a note."""
    now = timezone.now()
    led = decisive(enquiry)
    first = enquiry.assessments.earliest("made_at")
    guidance = guidance_shown(first)
    shelf = library.current()
    context: dict[str, Any] = {
        "enquiry": enquiry,
        "act_now": enquiry.tier == "A",
        "why": [each for each in why(led) if each.tier == "A" or enquiry.tier != "A"],
        "why_at_all": said_of_all(led),
        "sent_on": enquiry.events.filter(kind=EventKind.NOT_MY_SITUATION).exists(),
        "guidance": guidance,
        "asked": bool(guidance) and not first.confident,
        "sure": first.confident,
        "core": shelf.core,
        "contacts": shelf.contacts,
        "thread": enquiry.messages.exclude(kind=MessageKind.NOTE).order_by("at"),
        "rows": [row for row in rows(enquiry.account) if row.answer],
        "opened": enquiry.events.filter(kind=EventKind.OPENED).order_by("at").first(),
        "late": outbox.late(enquiry, at=now),
        "open_now": service_hours().is_open(now),
        "opens_next": service_hours().next_open(now),
        "waiting": enquiry.status in {Status.QUEUED, Status.CLAIMED},
        "guided": enquiry.status == Status.GUIDED,
        "answered": enquiry.status == Status.ANSWERED,
        "closed": enquiry.status == Status.CLOSED,
        "has_contact": enquiry.enquirer_id is not None,
        "reason_form": forms.get("reason_form") or reason_page(first)(),
        "question_form": forms.get("question_form") or QuestionPage(),
        "contact_form": forms.get("contact_form") or ContactPage(),
        "form": next(iter(forms.values()), None),
    }
    return render(request, "incidents/outcome.html", context, status=400 if forms else 200)


def reason_page(first: Assessment) -> type[Page]:
    """Why the guidance does not fit has to be said; where none fits surely there is nothing to say it of."""
    return ReasonPage if first.confident and first.shown.exists() else PassOnPage


def guidance_shown(assessment: Assessment) -> list[dict[str, Any]]:
    """The versions this enquiry was shown, as they were then, with why each was matched."""
    why = {match["scenario"]: match for match in assessment.content.get("matches", [])}
    sources = {source.key: source for source in Source.objects.all()}
    shown: list[Shown] = list(assessment.shown.select_related("version").order_by("rank"))
    return [
        {
            "page": library.page(item.version, sources),
            "why": why.get(item.version.content["slug"], {}),
            "likely": assessment.confident and item.confidence >= LIKELY,
        }
        for item in shown
        if item.rank == 1 or item.confidence >= WEAK
    ]


def act(request: HttpRequest, enquiry: Enquiry, action: Callable[[], None], done: str) -> HttpResponse:
    """Carry out one action, say what happened, and go back to the enquiry."""
    try:
        action()
    except MoveRefused:
        messages.info(request, "This had already been done, or is no longer possible.")
    else:
        messages.success(request, done)
        tasks.wake()
    return redirect("incidents:outcome", reference=enquiry.reference)


@require_POST
def answers_me(request: HttpRequest, reference: str) -> HttpResponse:
    """ "Yes, this answers my question": close it."""
    enquiry = own_enquiry(request, reference)
    return act(
        request,
        enquiry,
        lambda: actions.answered_by_guidance(enquiry, at=timezone.now()),
        "Thank you. We have closed your request. You can always ask again.",
    )


@require_POST
def not_mine(request: HttpRequest, reference: str) -> HttpResponse:
    """ "Not my situation, because…": to a practitioner."""
    enquiry = own_enquiry(request, reference)
    form = reason_page(enquiry.assessments.earliest("made_at"))(request.POST)
    if not form.is_valid():
        return show(request, enquiry, reason_form=form)
    return act(
        request,
        enquiry,
        lambda: actions.not_my_situation(enquiry, reason=form.cleaned_data["reason"], at=timezone.now()),
        "A practitioner will look at it. You do not need to tell it again.",
    )


@require_POST
def contact(request: HttpRequest, reference: str) -> HttpResponse:
    """Give an e-mail address for the reply."""
    enquiry = own_enquiry(request, reference)
    form = ContactPage(request.POST)
    if not form.is_valid():
        return show(request, enquiry, contact_form=form)
    return act(
        request,
        enquiry,
        lambda: actions.give_contact(enquiry, contact=form.answers(), at=timezone.now()),
        "Saved. We will write to this address when a reply waits.",
    )


@require_POST
def ask_again(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask again after an answer."""
    enquiry = own_enquiry(request, reference)
    form = QuestionPage(request.POST)
    if not form.is_valid():
        return show(request, enquiry, question_form=form)
    return act(
        request,
        enquiry,
        lambda: actions.ask_again(enquiry, text=form.cleaned_data["text"], at=timezone.now()),
        "A practitioner will answer. They see everything from before.",
    )


@require_POST
def settled(request: HttpRequest, reference: str) -> HttpResponse:
    """The answer settles it: close."""
    enquiry = own_enquiry(request, reference)
    return act(
        request,
        enquiry,
        lambda: actions.close_as_settled(enquiry, at=timezone.now()),
        "Thank you. We have closed your request. You can always ask again.",
    )


@require_GET
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """The enquiries of the person signed in."""
    enquiries = Enquiry.objects.filter(enquirer=who(request)).order_by("-received_at")
    return render(request, "incidents/mine.html", {"enquiries": enquiries})


@require_http_methods(["POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Forget this browser: for computers that others use too."""
    logout(request)
    response = render(request, "incidents/left.html")
    response.delete_cookie(COOKIE, samesite="Lax")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response

"""The queue and what a practitioner does with an enquiry."""

from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from advice import library
from incidents import actions, tasks
from incidents.corrections import may_correct
from incidents.explaining import corrections, flags_before, in_full
from incidents.forms import AnswerPage, NotePage, Page
from incidents.highlighting import marked
from incidents.models import AnswerDraft, Enquiry, Outbox
from incidents.states import MessageKind, MoveRefused, Status
from incidents.summary import rows
from incidents.views.access import practitioner_required, who
from incidents.views.enquirer import guidance_shown

#: The lists of the queue page: every status is on exactly one of them.
LISTS: Final[tuple[tuple[str, str, Status], ...]] = (
    ("waiting", "Waiting", Status.QUEUED),
    ("claimed", "Claimed", Status.CLAIMED),
    ("answered", "Answered", Status.ANSWERED),
    ("guided", "Guidance shown", Status.GUIDED),
    ("closed", "Closed", Status.CLOSED),
)


@require_GET
@practitioner_required
def queue(request: HttpRequest) -> HttpResponse:
    """The queue, by tier and due time."""
    chosen = next((each for each in LISTS if each[0] == request.GET.get("list")), LISTS[0])
    listed = Enquiry.objects.filter(status=chosen[2]).select_related("claimed_by")
    now = timezone.now()
    ordered = listed.order_by("-received_at") if chosen[2] == Status.CLOSED else listed.in_order()
    context = {
        "lists": [
            (key, title, Enquiry.objects.filter(status=status).count()) for key, title, status in LISTS
        ],
        "chosen": chosen,
        "page": Paginator(ordered.defer("account", "contact"), 25).get_page(request.GET.get("page")),
        "now": now,
        "overdue": Enquiry.objects.filter(status__in=(Status.QUEUED, Status.CLAIMED), due_at__lt=now).count(),
        "mine": Enquiry.objects.filter(status=Status.CLAIMED, claimed_by=who(request)).count(),
        "stuck": Outbox.objects.filter(gave_up_at__isnull=False).count(),
    }
    return render(request, "incidents/queue.html", context)


@require_GET
@practitioner_required
def enquiry(request: HttpRequest, reference: str) -> HttpResponse:
    """One enquiry: the account with its evidence, what the enquirer was shown, the thread."""
    found = get_object_or_404(Enquiry.objects.select_related("claimed_by"), reference=reference)
    actions.opened(found, by=who(request), at=timezone.now())
    return show(request, found)


def show(request: HttpRequest, found: Enquiry, note_form: Page | None = None) -> HttpResponse:
    """The practitioner's page of an enquiry."""
    first = found.assessments.earliest("made_at")
    triage, before = in_full(found.latest_assessment), flags_before(found)
    context = {
        "enquiry": found,
        "rows": [
            row for row in rows(found.account) if row.key not in ("what_happened", "done", "advice_wanted")
        ],
        "marked": marked(found.account, first.content["flags"]),
        "triage": triage,
        "flags_before": before,
        "flag_count": len(triage["flags"]) + len(before),
        "corrections": corrections(found),
        "may_correct": may_correct(found, who(request)),
        "guidance": guidance_shown(first),
        "asked": first.outcome == "GUIDANCE" and not first.confident,
        "thread": found.messages.select_related("by").order_by("at"),
        "events": found.events.select_related("by").order_by("at", "pk"),
        "contact": found.contact,
        "holds": found.claimed_by_id == who(request).pk,
        "may_release": found.status == Status.CLAIMED
        and (found.claimed_by_id == who(request).pk or request.user.has_perm("incidents.lead_enquiry")),
        "may_claim": found.status == Status.QUEUED,
        "may_answer": found.status == Status.CLAIMED and found.claimed_by_id == who(request).pk,
        "may_close": found.status in {Status.GUIDED, Status.ANSWERED}
        or (found.status == Status.CLAIMED and found.claimed_by_id == who(request).pk)
        or (
            found.status in {Status.QUEUED, Status.CLAIMED}
            and request.user.has_perm("incidents.lead_enquiry")
        ),
        "draft": AnswerDraft.objects.filter(enquiry=found, by=who(request)).first(),
        "note_form": note_form or NotePage(),
        "form": note_form,
        "now": timezone.now(),
    }
    return render(request, "incidents/enquiry.html", context, status=400 if note_form else 200)


def act(
    request: HttpRequest, reference: str, action: Callable[[Enquiry], None], done: str, lost: str
) -> HttpResponse:
    """Carry out one action on an enquiry and say what happened."""
    found = get_object_or_404(Enquiry, reference=reference)
    try:
        action(found)
    except MoveRefused:
        messages.warning(request, lost)
    else:
        messages.success(request, done)
        tasks.wake()
    return redirect("incidents:enquiry", reference=reference)


@require_POST
@practitioner_required
def claim(request: HttpRequest, reference: str) -> HttpResponse:
    """Take it, if nobody else has."""
    return act(
        request,
        reference,
        lambda found: actions.claim(found, by=who(request), at=timezone.now()),
        "You have claimed this enquiry.",
        "Somebody else has just taken this enquiry. You can still read it and add a note.",
    )


@require_POST
@practitioner_required
def release(request: HttpRequest, reference: str) -> HttpResponse:
    """Put it back."""
    return act(
        request,
        reference,
        lambda found: actions.release(found, by=who(request), at=timezone.now()),
        "Released: it is back in the queue with the due time it had.",
        "It was not released: you do not hold this enquiry any more.",
    )


@require_POST
@practitioner_required
def close(request: HttpRequest, reference: str) -> HttpResponse:
    """Close it."""
    return act(
        request,
        reference,
        lambda found: actions.close(found, by=who(request), at=timezone.now()),
        "Closed.",
        "It cannot be closed: claim it first, or somebody else has it.",
    )


@require_POST
@practitioner_required
def note(request: HttpRequest, reference: str) -> HttpResponse:
    """Add an internal note."""
    found = get_object_or_404(Enquiry, reference=reference)
    form = NotePage(request.POST)
    if not form.is_valid():
        return show(request, found, form)
    text = form.cleaned_data["text"]
    return act(
        request,
        reference,
        lambda each: actions.note(each, by=who(request), text=text, at=timezone.now()),
        "Note added.",
        "The note could not be added.",
    )


@require_http_methods(["GET", "POST"])
@practitioner_required
def answer(request: HttpRequest, reference: str) -> HttpResponse:
    """Write the answer: kept as a draft, previewed, sent."""
    found = get_object_or_404(Enquiry.objects.select_related("claimed_by"), reference=reference)
    form = AnswerPage({"text": written(request)} if request.method == "POST" else None)
    if form.is_valid():
        # Kept before anything else: whoever has lost the enquiry while writing loses no words.
        text = form.cleaned_data["text"]
        actions.keep_answer_draft(found, by=who(request), text=text, at=timezone.now())
    if found.status != Status.CLAIMED or found.claimed_by_id != who(request).pk:
        kept = " What you wrote is kept as your draft." if form.is_valid() else ""
        messages.warning(request, f"Claim this enquiry before you answer it.{kept}")
        return redirect("incidents:enquiry", reference=reference)
    saved = AnswerDraft.objects.filter(enquiry=found, by=who(request)).first()
    if not form.is_bound:
        form = AnswerPage(initial={"text": saved.text if saved else ""})
        return show_answer(request, found, form, preview="", saved=saved)
    if not form.is_valid():
        return show_answer(request, found, form, preview="", saved=None)
    if "send" in request.POST:
        return act(
            request,
            reference,
            lambda each: actions.answer(each, by=who(request), text=text, at=timezone.now()),
            "Sent. The enquirer is told that there is a reply.",
            "It was not sent: you do not hold this enquiry any more. Your text is kept as a draft.",
        )
    return show_answer(request, found, form, preview=text, saved=saved)


def written(request: HttpRequest) -> str:
    """What stands in the box, with a scenario's parts behind it where "Add its parts" was pressed."""
    text = request.POST.get("text", "")
    page = library.current().pages.get(request.POST.get("from", "")) if "add" in request.POST else None
    parts = [f"## {heading}\n\n{part}" for _key, heading, part in page.parts] if page else []
    return "\n\n".join(part for part in (text.rstrip(), *parts) if part)


def show_answer(
    request: HttpRequest, found: Enquiry, form: Page, *, preview: str, saved: AnswerDraft | None
) -> HttpResponse:
    """The page for writing an answer, with the account beside it."""
    latest = found.latest_assessment
    pages = library.current().pages
    matched = [pages[m["scenario"]] for m in latest.content.get("matches", []) if m["scenario"] in pages]
    context = {
        "enquiry": found,
        "form": form,
        "matched": matched,
        "others": [page for page in pages.values() if page not in matched],
        "preview": preview,
        "saved": saved,
        "rows": [row for row in rows(found.account) if row.answer],
        "thread": found.messages.exclude(kind=MessageKind.NOTE).order_by("at"),
    }
    return render(request, "incidents/answer.html", context, status=400 if form.errors else 200)

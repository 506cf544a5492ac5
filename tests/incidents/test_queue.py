"""The practitioner's pages: order, claim, note, draft, answer; nobody else opens them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incidents import actions, outbox
from incidents.models import AnswerDraft, Assessment, Enquiry, Outbox
from incidents.states import EventKind, Parcel, Status
from incidents.views.practitioner import LISTS
from tests.factories import NOW, enquiry, person, scenario
from tests.html import Page

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def signed_in(user):
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def post(client, name, case, **data):
    return client.post(reverse(f"incidents:{name}", args=[case.reference]), data, follow=True)


def test_the_queue_is_ordered_by_tier_and_due_time():
    late, soon = enquiry(tier="B", due_at=NOW + timedelta(hours=9)), enquiry(tier="B", due_at=NOW)
    plain, urgent = enquiry(tier="none"), enquiry(tier="A", due_at=NOW + timedelta(days=2))
    html = signed_in(person("practitioner")).get(reverse("incidents:queue")).content.decode()
    places = [html.index(case.reference) for case in (urgent, soon, late, plain)]
    assert places == sorted(places)


@pytest.mark.parametrize("status", list(Status))
def test_failures_l7_every_enquiry_is_on_its_list_also_beyond_the_first_page(status):
    client = signed_in(person("practitioner"))
    cases = [enquiry(status) for _ in range(30)]
    key = {listed: key for key, _title, listed in LISTS}[status]
    html = "".join(
        client.get(reverse("incidents:queue"), {"list": key, "page": n}).content.decode() for n in (1, 2)
    )
    assert all(case.reference in html for case in cases)


@pytest.mark.parametrize("wrong", ["", "nonsense", "' OR 1=1", "<script>"])
def test_failures_t4_an_unknown_list_or_page_shows_the_first(wrong):
    page = signed_in(person("practitioner")).get(reverse("incidents:queue"), {"list": wrong, "page": wrong})
    assert page.status_code == 200
    assert "<script>" not in page.content.decode().replace("<script ", "")


ADDRESSES = ["queue", "enquiry", "claim", "release", "close", "note", "answer"]


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("role", ["", "editor", "admin"])
def test_failures_t1_nobody_without_the_role_opens_the_queue(name, role):
    case = enquiry()
    address = reverse(f"incidents:{name}", args=[] if name == "queue" else [case.reference])
    client = signed_in(person(role))
    method = client.get if name in {"queue", "enquiry", "answer"} else client.post
    assert method(address).status_code == 403
    assert Enquiry.objects.get(pk=case.pk).status == Status.QUEUED


@pytest.mark.parametrize("name", ADDRESSES)
def test_failures_t1_strangers_are_sent_to_the_sign_in(name):
    case = enquiry()
    address = reverse(f"incidents:{name}", args=[] if name == "queue" else [case.reference])
    method = Client().get if name in {"queue", "enquiry", "answer"} else Client().post
    response = method(address)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/")


@pytest.mark.parametrize("name", ["claim", "release", "close", "note"])
def test_failures_t3_what_changes_something_takes_no_get_and_needs_the_token(name):
    case = enquiry()
    address = reverse(f"incidents:{name}", args=[case.reference])
    assert signed_in(person("practitioner")).get(address).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person("practitioner"), backend=BACKEND)
    assert strict.post(address).status_code == 403


def test_opening_an_enquiry_is_recorded():
    case, reader = enquiry(), person("practitioner")
    signed_in(reader).get(reverse("incidents:enquiry", args=[case.reference]))
    event = case.events.get()
    assert (event.kind, event.by) == (EventKind.OPENED, reader)


def test_the_account_is_shown_with_its_evidence_marked():
    case = enquiry()
    text = case.account["what_happened"]
    start = text.index("touched")
    Assessment.objects.create(
        enquiry=case, made_at=NOW - timedelta(seconds=1), outcome="PRACTITIONER", tier="B", confident=False,
        content={
            "flags": [
                {
                    "code": "RF03", "name": "Sexual assault reported", "tier": "B", "because": "why",
                    "source": "", "evidence": [
                        {"words": "touched", "start": start, "end": start + 7, "question": ""}
                    ],
                }
            ],
            "matches": [], "reasons": [],
        },
        library="", rules="", weights="", model="",
    )  # fmt: skip
    html = signed_in(person("practitioner")).get(reverse("incidents:enquiry", args=[case.reference]))
    assert '<mark class="evidence">touched' in html.content.decode()


def test_two_who_claim_at_once_exactly_one_wins_and_the_other_is_told():
    case = enquiry()
    one, two = signed_in(person("practitioner")), signed_in(person("practitioner"))
    assert "You have claimed" in post(one, "claim", case).content.decode()
    assert "Somebody else has just taken" in post(two, "claim", case).content.decode()
    assert case.events.filter(kind=EventKind.CLAIMED).count() == 1


def test_an_answer_is_kept_previewed_and_sent():
    by = person("practitioner")
    case, client = enquiry(Status.CLAIMED, claimed_by=by, enquirer=person()), signed_in(by)
    page = post(client, "answer", case, text="**First** thoughts", keep="1").content.decode()
    assert "<strong>First</strong> thoughts" in page
    assert AnswerDraft.objects.get().text == "**First** thoughts"
    again = client.get(reverse("incidents:answer", args=[case.reference])).content.decode()
    assert "**First** thoughts" in again
    assert "Sent" in post(client, "answer", case, text="**Whole**", send="1").content.decode()
    assert Enquiry.objects.get(pk=case.pk).status == Status.ANSWERED


def test_an_empty_answer_is_not_sent():
    by = person("practitioner")
    case = enquiry(Status.CLAIMED, claimed_by=by)
    page = post(signed_in(by), "answer", case, text="  ", send="1")
    assert page.status_code == 400
    assert "Write the answer before you send it" in page.content.decode()


def test_who_does_not_hold_it_cannot_write_its_answer():
    case = enquiry(Status.CLAIMED)
    page = post(signed_in(person("practitioner")), "answer", case, text="mine", send="1")
    assert "Claim this enquiry before you answer it" in page.content.decode()
    assert not case.messages.exists()


def test_a_note_is_added_and_an_empty_one_is_refused():
    case, client = enquiry(), signed_in(person("practitioner"))
    post(client, "note", case, text="Ring tomorrow.")
    assert case.messages.get().text == "Ring tomorrow."
    assert post(client, "note", case, text="").status_code == 400


def test_a_lead_releases_what_another_holds():
    case = enquiry(Status.CLAIMED)
    post(signed_in(person("lead")), "release", case)
    assert Enquiry.objects.get(pk=case.pk).status == Status.QUEUED


def test_queue_pages_do_not_query_once_for_each_enquiry(django_assert_max_num_queries):
    for _ in range(25):
        enquiry(Status.CLAIMED)
    client = signed_in(person("practitioner"))
    with django_assert_max_num_queries(20):
        client.get(reverse("incidents:queue"), {"list": "claimed"})


def test_closing_needs_a_claim_or_a_lead():
    case = enquiry()
    post(signed_in(person("practitioner")), "close", case)
    assert Enquiry.objects.get(pk=case.pk).status == Status.QUEUED
    post(signed_in(person("lead")), "close", case)
    assert Enquiry.objects.get(pk=case.pk).status == Status.CLOSED


def test_asked_again_shows_who_answered_before():
    by = person("practitioner")
    case = enquiry(Status.CLAIMED, claimed_by=by, enquirer=person())
    actions.answer(case, by=by, text="one", at=NOW)
    actions.ask_again(case, text="And now?", at=NOW)
    html = signed_in(by).get(reverse("incidents:enquiry", args=[case.reference])).content.decode()
    assert "And now?" in html
    assert "one" in html


# What the queue says of itself


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (Status.QUEUED, "No enquiry is waiting for an answer."),
        (Status.CLAIMED, "Nobody is working on an enquiry at the moment."),
        (Status.CLOSED, "No enquiry has been closed yet."),
    ],
)
def test_an_empty_list_says_what_is_empty(status, says):
    key = {listed: key for key, _title, listed in LISTS}[status]
    page = signed_in(person("practitioner")).get(reverse("incidents:queue"), {"list": key})
    assert says in Page(page).text


def test_the_queue_counts_what_is_overdue_and_what_i_hold():
    me = person("practitioner")
    enquiry(due_at=NOW - timedelta(days=400))
    enquiry(Status.CLAIMED, claimed_by=me, due_at=timezone.now() + timedelta(days=1))
    enquiry(Status.CLOSED, due_at=NOW - timedelta(days=400))
    text = Page(signed_in(me).get(reverse("incidents:queue"))).text
    assert "1 enquiry is overdue. You hold 1 enquiry" in text
    claimed = Page(signed_in(me).get(reverse("incidents:queue"), {"list": "claimed"}))
    assert "You" in claimed.text.split("With", 1)[1]


def test_nothing_overdue_and_nothing_held_is_not_mentioned():
    enquiry(due_at=timezone.now() + timedelta(days=1))
    text = Page(signed_in(person("practitioner")).get(reverse("incidents:queue"))).text
    assert "overdue" not in text
    assert "You hold" not in text


def test_notices_that_were_given_up_are_shown_to_practitioners():
    row = outbox.put(Parcel.ROUTE, enquiry=enquiry(), at=NOW)
    Outbox.objects.filter(pk=row.pk).update(gave_up_at=NOW)
    text = Page(signed_in(person("practitioner")).get(reverse("incidents:queue"))).text
    assert "1 notice could not be delivered" in text


# What an enquiry's page says


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("role", ["practitioner", "lead"])
def test_the_page_of_an_enquiry_keeps_nobody_out_in_any_state(status, role):
    case = enquiry(status)
    response = signed_in(person(role)).get(reverse("incidents:enquiry", args=[case.reference]))
    assert Page(response).problems() == []


def test_a_closed_enquiry_says_why():
    case = enquiry(Status.CLOSED)
    text = Page(
        signed_in(person("practitioner")).get(reverse("incidents:enquiry", args=[case.reference]))
    ).text
    assert "Closed by a practitioner" in text


def test_closing_says_first_that_it_is_for_good():
    by = person("practitioner")
    for status, warning in (
        (Status.CLAIMED, "The enquirer gets no answer."),
        (Status.ANSWERED, "not ask again"),
    ):
        case = enquiry(status, claimed_by=by)
        text = Page(signed_in(by).get(reverse("incidents:enquiry", args=[case.reference]))).text
        assert "cannot be opened again" in text
        assert warning in text


def test_where_triage_failed_the_page_does_not_say_that_nothing_was_found():
    case = enquiry()
    case.assessments.update(failed=True)
    text = Page(
        signed_in(person("practitioner")).get(reverse("incidents:enquiry", args=[case.reference]))
    ).text
    assert "Triage could not read this account" in text
    assert "None found" not in text


# Writing an answer


@pytest.fixture
def held():
    by = person("practitioner")
    return enquiry(Status.CLAIMED, claimed_by=by), signed_in(by)


def test_a_scenarios_parts_are_added_behind_what_was_written_and_nothing_is_lost(held):
    case, client = held
    scenario("unwanted-touching")
    page = post(client, "answer", case, **{"text": "Thank you.", "from": "unwanted-touching", "add": "1"})
    assert Page(page).problems() == []
    assert AnswerDraft.objects.get().text.startswith("Thank you.\n\n## Do now\n\n- Do now as written.")
    assert "## Record and review" in AnswerDraft.objects.get().text
    assert not case.messages.exists()


@pytest.mark.parametrize("odd", ["", "no-such-scenario", "<script>"])
def test_an_unknown_scenario_adds_nothing_and_keeps_the_text(held, odd):
    case, client = held
    post(client, "answer", case, **{"text": "Thank you.", "from": odd, "add": "1"})
    assert AnswerDraft.objects.get().text == "Thank you."


def test_parts_are_added_only_where_that_was_asked_for(held):
    case, client = held
    scenario("unwanted-touching")
    post(client, "answer", case, **{"text": "Thank you.", "from": "unwanted-touching", "send": "1"})
    assert case.messages.get().text == "Thank you."


def test_who_loses_the_enquiry_while_writing_keeps_the_words():
    by = person("practitioner")
    case = enquiry(Status.CLAIMED)
    page = post(signed_in(by), "answer", case, text="Half an hour's work", send="1")
    assert "What you wrote is kept as your draft" in Page(page).text
    assert AnswerDraft.objects.get(by=by).text == "Half an hour's work"
    assert not case.messages.exists()


def test_the_answer_page_says_how_to_make_a_heading_a_list_and_a_link(held):
    case, client = held
    text = Page(client.get(reverse("incidents:answer", args=[case.reference]))).text
    for each in ("“## Do now” for a heading", "for a point in a list", "for a link"):
        assert each in text

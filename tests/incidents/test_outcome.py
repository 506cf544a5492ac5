"""The enquirer's page after sending: what to do, the guidance, the reply, and who may open it."""

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from incidents import actions
from incidents.models import Enquiry
from incidents.states import EventKind, Status
from tests.factories import NOW, enquiry, person, scenario
from tests.html import Page

pytestmark = pytest.mark.django_db


def owner(case):
    """A browser that began this enquiry."""
    client = Client()
    signer = signing.get_cookie_signer(salt="asked_here")
    client.cookies["asked_here"] = signer.sign(str(case.submission_key))
    return client


def guided(*, shown=True, confident=True):
    """An enquiry that was answered with guidance, with pages that may fit, or with word that none does."""
    case = enquiry(Status.GUIDED, outcome="GUIDANCE", tier="none", due_at=None)
    if shown:
        case.assessments.update(confident=confident)
        version = scenario(f"shown-{case.pk}").versions.get()
        case.assessments.get().shown.create(version=version, rank=1, confidence=0.8)
    return case


def page(case, client=None):
    return (client or owner(case)).get(reverse("incidents:outcome", args=[case.reference]))


def post(case, name, client=None, **data):
    address = reverse(f"incidents:{name}", args=[case.reference])
    return (client or owner(case)).post(address, data, follow=True)


@pytest.mark.parametrize("status", list(Status))
def test_every_outcome_page_says_that_asking_is_not_a_referral(status):
    html = page(enquiry(status)).content.decode()
    assert "Asking here is not a referral" in html


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("tier", ["A", "none"])
def test_every_outcome_page_keeps_nobody_out(status, tier):
    assert Page(page(enquiry(status, tier=tier))).problems() == []


@pytest.mark.parametrize(
    ("status", "name", "sent"),
    [
        (Status.GUIDED, "not-mine", {"reason": ""}),
        (Status.GUIDED, "not-mine", {"reason": "x" * 2001}),
        (Status.ANSWERED, "ask-again", {"text": ""}),
        (Status.ANSWERED, "ask-again", {"text": "x" * 2001}),
        (Status.QUEUED, "contact", {"email": ""}),
        (Status.QUEUED, "contact", {"email": "no address"}),
    ],
)
def test_an_error_on_the_outcome_page_keeps_nobody_out_and_what_was_written(status, name, sent):
    case = guided() if status == Status.GUIDED else enquiry(status)
    response = post(case, name, **sent)
    assert response.status_code == 400
    assert Page(response).problems() == []
    for written in sent.values():
        assert written in response.content.decode()


def test_act_now_stands_before_anything_else():
    html = page(enquiry(tier="A", outcome="ACT_NOW")).content.decode()
    main = html[html.index("<main") :]
    assert main.index("Act now") < main.index("Your reference")
    for line in (
        "999",
        "safeguarding lead",
        "Do not question",
        "Do not wait for this service",
        "practitioner",
    ):
        assert line in main


def test_what_was_said_of_the_sending_stands_after_act_now(client):
    case = enquiry(tier="A", outcome="ACT_NOW")
    html = post(case, "contact", email="late@test.example").content.decode()
    main = html[html.index("<main") :]
    assert main.index("Act now") < main.index("Saved. We will write")
    assert main.count("Saved. We will write") == 1


def test_beside_the_best_match_no_weak_one_is_offered():
    case = guided()
    for rank, (slug, confidence) in enumerate({"may-fit": 0.3, "hardly-fits": 0.01}.items(), start=2):
        version = scenario(slug).versions.get()
        case.assessments.get().shown.create(version=version, rank=rank, confidence=confidence)
    text = Page(page(case)).text
    assert "May fit" in text
    assert "Hardly fits" not in text


def test_what_a_match_rests_on_is_cut_at_a_word():
    case = guided()
    kept = case.assessments.get()
    slug = kept.shown.get().version.content["slug"]
    long = " ".join(f"word{number}" for number in range(200))
    kept.content = {**kept.content, "matches": [{"scenario": slug, "because": [f"“{long}”", "your setting"]}]}
    kept.save()
    text = Page(page(case)).text
    assert "word29 …; your setting." in text
    assert "word30" not in text


def test_what_may_be_left_out_beside_the_address_says_so():
    labels = Page(page(enquiry())).text
    assert "Work telephone (optional)" in labels
    assert "When is it safe to ring you? (optional)" in labels


def test_a_waiting_enquiry_says_when_a_person_answers_and_in_which_hours():
    html = page(enquiry()).content.decode()
    assert "Tuesday 24 November 2026, 4pm" in html
    assert "Monday to Friday" in html


def test_guidance_asks_whether_it_answers():
    html = page(guided()).content.decode()
    assert "Does this answer your question?" in html
    assert "Not my situation, because" in html


def test_yes_closes_it():
    case = guided()
    assert "closed" in post(case, "answers-me").content.decode()
    assert Enquiry.objects.get(pk=case.pk).status == Status.CLOSED


def test_not_my_situation_needs_a_reason_and_keeps_the_page():
    case = guided()
    response = post(case, "not-mine", reason="  ")
    assert response.status_code == 400
    assert "govuk-error-summary" in response.content.decode()
    assert Enquiry.objects.get(pk=case.pk).status == Status.GUIDED


def test_not_my_situation_goes_to_a_practitioner():
    case = guided()
    post(case, "not-mine", reason="The ages are different.")
    assert Enquiry.objects.get(pk=case.pk).status == Status.QUEUED


def test_pressing_twice_is_harmless_and_said():
    case = guided()
    post(case, "answers-me")
    assert "already been done" in post(case, "answers-me").content.decode()


def test_where_no_guidance_fits_the_page_says_so_and_offers_a_person():
    html = page(guided(shown=False)).content.decode()
    assert "We have no guidance on what you describe" in html
    assert "Send to a practitioner" in html
    assert "Does this answer your question?" not in html


def asked():
    """An enquiry that was offered three pages of which none surely fits."""
    case = guided(confident=False)
    for rank in (2, 3):
        version = scenario(f"shown-{case.pk}-{rank}").versions.get()
        case.assessments.get().shown.create(version=version, rank=rank, confidence=0.9 - rank / 10)
    return case


def test_where_no_page_fits_surely_those_that_may_are_offered_and_a_person():
    response = page(asked())
    html = response.content.decode()
    assert Page(response).problems() == []
    assert "Pages that may fit what you described" in html
    assert "Guidance that fits what you described" not in html
    assert html.count("Possibly fits") == 3
    assert "Likely to fit" not in html
    assert "Yes, this answers me: close it" in html
    assert "Send to a practitioner" in html


@pytest.mark.parametrize("reason", ["", "It is about two of our pupils."])
def test_what_was_sent_on_from_pages_that_may_fit_is_told_truly_in_every_state(reason):
    case = asked()
    text = Page(post(case, "not-mine", reason=reason)).text
    assert "You sent it to a practitioner." in text
    assert "did not fit" not in text
    assert "Open the one that seems nearest" not in text
    assert "A practitioner will tell you which fits, if any does." in text
    assert ("You added" in text) == bool(reason)


def test_pages_that_may_fit_answer_too():
    case = asked()
    post(case, "answers-me")
    assert Enquiry.objects.get(pk=case.pk).status == Status.CLOSED


def test_too_long_an_addition_is_refused_and_kept_on_the_page():
    case, words = asked(), "word " * 5000
    response = post(case, "not-mine", reason=words)
    assert response.status_code == 400
    assert words.strip() in response.content.decode()
    assert Enquiry.objects.get(pk=case.pk).status == Status.GUIDED


def test_whom_none_of_the_pages_fits_reaches_a_practitioner_with_one_press():
    case = asked()
    post(case, "not-mine", reason="")
    assert Enquiry.objects.get(pk=case.pk).status == Status.QUEUED


@pytest.mark.parametrize("reason", ["", "   ", "It is about two of our pupils."])
def test_where_no_guidance_fits_one_press_brings_it_to_a_practitioner(reason):
    case = guided(shown=False)
    post(case, "not-mine", reason=reason)
    assert Enquiry.objects.get(pk=case.pk).status == Status.QUEUED
    assert [each.text for each in case.messages.all()] == ([reason] if reason.strip() else [])


def test_without_an_address_the_page_asks_for_one_and_takes_it():
    case = enquiry()
    assert "You gave no e-mail address" in page(case).content.decode()
    post(case, "contact", email="late@test.example")
    assert Enquiry.objects.get(pk=case.pk).enquirer.email == "late@test.example"


@pytest.mark.parametrize("client", [Client()], ids=["no cookie"])
def test_failures_c8_a_stranger_sees_the_same_page_for_an_enquiry_and_for_none(client):
    case = enquiry()
    theirs = page(case, client)
    none = client.get(reverse("incidents:outcome", args=["BBBB-2222"]))
    assert theirs.status_code == none.status_code == 404
    assert case.reference not in theirs.content.decode()


def test_another_enquirer_who_is_signed_in_does_not_see_it():
    case, other = enquiry(enquirer=person()), Client()
    other.force_login(person(), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert page(case, other).status_code == 404


@pytest.mark.parametrize("action", ["answers-me", "not-mine", "contact", "ask-again", "settled"])
def test_a_stranger_can_do_nothing_to_it(action):
    case = enquiry(Status.ANSWERED)
    response = post(case, action, Client(), reason="x", text="x", email="x@test.example")
    assert response.status_code == 404
    assert Enquiry.objects.get(pk=case.pk).status == Status.ANSWERED


def test_the_enquirer_signs_in_reads_the_reply_and_never_a_note():
    by, asker = person("practitioner"), person()
    case = enquiry(Status.CLAIMED, claimed_by=by, enquirer=asker)
    actions.note(case, by=by, text="an internal remark", at=NOW)
    actions.answer(case, by=by, text="**Speak** to both families.", at=NOW)
    client = Client()
    client.force_login(asker, backend="allauth.account.auth_backends.AuthenticationBackend")
    html = page(case, client).content.decode()
    assert "<strong>Speak</strong> to both families." in html
    assert "an internal remark" not in html
    page(case, client)
    assert case.events.filter(kind=EventKind.READ).count() == 1


def test_the_enquirer_asks_again_and_closes():
    by, asker = person("practitioner"), person()
    case = enquiry(Status.CLAIMED, claimed_by=by, enquirer=asker)
    actions.answer(case, by=by, text="one", at=NOW)
    post(case, "ask-again", text="And the bus?")
    case = Enquiry.objects.get(pk=case.pk)
    assert case.status == Status.QUEUED
    actions.claim(case, by=by, at=NOW)
    actions.answer(case, by=by, text="two", at=NOW)
    post(case, "settled")
    assert Enquiry.objects.get(pk=case.pk).closed_because == "answer"


def test_an_answer_shows_markup_inert():
    by = person("practitioner")
    case = enquiry(Status.CLAIMED, claimed_by=by, enquirer=person())
    actions.answer(case, by=by, text="<script>alert(1)</script> [x](javascript:alert(1))", at=NOW)
    html = page(case).content.decode()
    assert "<script>alert" not in html
    assert 'href="javascript' not in html


def test_my_requests_lists_only_mine():
    asker = person()
    mine, other = enquiry(enquirer=asker), enquiry(enquirer=person())
    client = Client()
    client.force_login(asker, backend="allauth.account.auth_backends.AuthenticationBackend")
    html = client.get(reverse("incidents:mine")).content.decode()
    assert mine.reference in html
    assert other.reference not in html


def test_finishing_on_this_computer_forgets_the_request():
    case = enquiry()
    client = owner(case)
    client.post(reverse("incidents:leave"))
    assert page(case, client).status_code == 404

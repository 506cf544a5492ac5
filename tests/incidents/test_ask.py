"""Asking: one thing a page; back, refresh, two tabs, lapsed sessions and bad input lose nothing."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from incidents.forms import STEPS, first_missing, steps_for
from incidents.models import Draft, Enquiry
from incidents.views.ask import instead
from tests.factories import NOW
from tests.html import Page

pytestmark = pytest.mark.django_db

GIVEN = {
    "danger": {"danger_now": "no"},
    "you": {"role": "teacher"},
    "setting": {"setting": "secondary"},
    "region": {"region": "london"},
    "ages": {"age_displayed": "13", "age_harmed": ""},
    "relation": {"relation": "same_setting"},
    "children": {"gap": "no", "needs": "unknown"},
    "behaviour": {"behaviours": ["touching"]},
    "what-happened": {"what_happened": "Child A touched Child B in the corridor."},
    "where": {"places": ["corridor_playground"], "online": "no"},
    "circumstances": {"images": "no", "adult_involved": "no", "force": "unknown"},
    "before": {"pattern": "first"},
    "so-far": {"told": ["dsl"], "done": ""},
    "advice": {"advice_wanted": "Do we tell the police?"},
    "reply": {"email": "teacher@test.example"},
}


def begin(client):
    response = client.post(reverse("incidents:start"))
    return Draft.objects.latest("started_at"), response["Location"]


def at(draft, slug):
    return reverse("incidents:step", args=[draft.pk, slug])


def fill(client, **changes):
    draft, address = begin(client)
    given = {**GIVEN, **changes}
    for _ in range(30):
        slug = address.rstrip("/").rpartition("/")[2]
        if slug == "check":
            return draft
        if slug not in given:  # a notice
            page = client.get(address)
            address = page.context["onwards"]
            continue
        response = client.post(address, given[slug])
        assert response.status_code == 302, response.context["form"].errors
        address = response["Location"]
    raise AssertionError("the form does not end")


def test_the_whole_form_leads_through_every_page_to_the_check(client):
    draft = fill(client)
    page = client.get(reverse("incidents:check", args=[draft.pk]))
    assert page.status_code == 200
    for step in STEPS:
        assert f"/{step.slug}/?change" in page.content.decode()


def test_before_you_start_says_what_must_be_known_before_the_first_field(client):
    page = client.get(reverse("incidents:start")).content.decode()
    for word in ("999", "not a referral", "No names", "What happens to what you write"):
        assert word in page


def test_only_what_triage_needs_is_required():
    assert [key for step in STEPS for key in step.required_keys] == ["danger_now", "role", "what_happened"]


def test_failures_l6_every_page_may_be_left_empty_but_for_what_is_required(client):
    empty = {step.slug: {} for step in STEPS if not step.required_keys}
    draft = fill(client, **empty, you={"role": "teacher"})
    assert client.get(reverse("incidents:check", args=[draft.pk])).status_code == 200


def test_later_pages_depend_on_earlier_answers():
    slugs = {step.slug for step in steps_for({"behaviours": ["process"]})}
    assert "where" not in slugs
    assert "where" in {step.slug for step in steps_for({"behaviours": ["touching"]})}


def test_with_one_child_nobody_is_asked_about_a_gap(client):
    draft, _ = begin(client)
    client.post(at(draft, "relation"), {"relation": "no_other_child"})
    assert 'name="gap"' not in client.get(at(draft, "children")).content.decode()


def test_role_and_setting_are_asked_on_a_page_each_in_that_order(client):
    draft, _ = begin(client)
    role = client.get(at(draft, "you"))
    assert list(role.context["form"].fields) == ["role"]
    setting = client.get(client.post(at(draft, "you"), GIVEN["you"])["Location"])
    assert list(setting.context["form"].fields) == ["setting"]
    assert setting.context["back"] == at(draft, "you")
    assert (role.context["number"], setting.context["number"]) == (2, 3)


def test_who_does_not_ask_for_their_work_stands_after_an_or(client):
    draft, _ = begin(client)
    html = client.get(at(draft, "you")).content.decode()
    assert html.index('value="other_professional"') < html.index("govuk-radios__divider")
    assert html.index("govuk-radios__divider") < html.index('value="parent"')
    assert html.count("govuk-radios__divider") == 1


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.slug)
def test_every_page_of_the_form_keeps_nobody_out_empty_and_in_error(client, step):
    draft, _ = begin(client)
    wrong = dict.fromkeys(step.keys, "\x00")
    assert Page(client.get(at(draft, step.slug))).problems() == []
    assert Page(client.post(at(draft, step.slug), wrong)).problems() == []


def test_two_wrong_ages_are_told_apart(client):
    draft, _ = begin(client)
    html = client.post(at(draft, "ages"), {"age_displayed": "twelve", "age_harmed": "99"}).content.decode()
    for child in ("who displayed the behaviour", "who was harmed or affected"):
        assert html.count(f"Age of the child {child} must be a whole number from 0 to 25") == 2


def test_each_row_of_the_check_says_what_it_is_about(client):
    draft = fill(client)
    page = client.get(reverse("incidents:check", args=[draft.pk]))
    assert "Where did it happen?" in {row.question for row in page.context["rows"]}
    # Read on its own, without the page's heading, a row is a question or names its subject.
    assert not {row.question for row in page.context["rows"]} & {"Places", "Who knows?"}


def test_failures_l3_answers_are_still_there_after_back_and_refresh(client):
    draft, _ = begin(client)
    client.post(at(draft, "what-happened"), GIVEN["what-happened"])
    for _ in range(2):
        assert "Child A touched Child B" in client.get(at(draft, "what-happened")).content.decode()


def test_two_tabs_on_two_enquiries_do_not_mix(client):
    one, _ = begin(client)
    client.post(at(one, "what-happened"), {"what_happened": "The first account."})
    two, _ = begin(client)
    assert "The first account." not in client.get(at(two, "what-happened")).content.decode()
    assert "The first account." in client.get(at(one, "what-happened")).content.decode()


def test_two_tabs_on_one_enquiry_keep_each_others_answers(client):
    draft, _ = begin(client)
    client.post(at(draft, "danger"), {"danger_now": "no"})
    client.post(at(draft, "region"), {"region": "london"})
    assert Draft.objects.get(pk=draft.pk).answers["danger_now"] == "no"


def test_a_session_that_lapses_in_the_middle_loses_nothing(client):
    draft, _ = begin(client)
    client.post(at(draft, "danger"), {"danger_now": "no"})
    Session.objects.all().delete()
    client.cookies.pop("sessionid", None)
    response = client.post(at(draft, "you"), GIVEN["you"])
    assert response.status_code == 302
    assert Draft.objects.get(pk=draft.pk).answers["danger_now"] == "no"


def test_somebody_elses_draft_is_not_opened_and_what_was_typed_is_kept(client):
    from django.test import Client

    draft, _ = begin(client)
    stranger = Client()
    page = stranger.post(at(draft, "what-happened"), {"what_happened": "Typed by somebody with no cookie."})
    assert page.status_code == 404
    assert "Typed by somebody with no cookie." in page.content.decode()
    assert Draft.objects.get(pk=draft.pk).answers == {}


def test_a_changed_cookie_opens_nothing(client):
    draft, _ = begin(client)
    client.cookies["asked_here"] = str(draft.pk) + ":forged:signature"
    assert client.get(at(draft, "danger")).status_code == 404


def test_an_expired_draft_says_so_and_keeps_what_was_typed(client):
    draft, _ = begin(client)
    Draft.objects.filter(pk=draft.pk).update(touched_at=timezone.now() - timedelta(hours=25))
    page = client.post(at(draft, "what-happened"), {"what_happened": "Typed after a long weekend."})
    assert page.status_code == 404
    assert "no longer here" in page.content.decode()
    assert "Typed after a long weekend." in page.content.decode()


def test_an_unknown_draft_is_the_same_page(client):
    assert client.get(reverse("incidents:step", args=[uuid.uuid4(), "danger"])).status_code == 404


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Write what happened"),
        ("   \n\t ", "Write what happened"),
        ("x" * 4001, "4,000 characters or fewer. You have written 4,001"),
        ("y" * 20_000, "You have written 20,000"),
        ("null \x00 byte", "Null characters are not allowed"),
    ],
    ids=["empty", "spaces", "too long", "20,000", "null byte"],
)
def test_bad_text_gets_a_message_at_the_field_and_in_the_summary_and_is_kept(client, text, says):
    draft, _ = begin(client)
    page = client.post(at(draft, "what-happened"), {"what_happened": text})
    html = page.content.decode()
    assert page.status_code == 400
    assert html.count(says) >= 2
    assert "govuk-error-summary" in html
    assert "Error: " in html
    assert text.strip().strip("\x00")[:50] in html


@pytest.mark.parametrize(
    "text",
    [
        "🙂👩‍👧",
        "\u202eright to left\u202c שלום",
        "x" * 4000,
        "a\r\nb",
        "<script>alert(1)</script>",
        "{{ settings }}",
    ],
    ids=["emoji", "rtl", "longest", "line breaks", "script", "template"],
)
def test_failures_l5_unusual_text_is_kept_as_it_is_and_shown_inert(client, text):
    draft = fill(client, **{"what-happened": {"what_happened": text}})
    assert Draft.objects.get(pk=draft.pk).answers["what_happened"] == text.replace("\r\n", "\n")
    html = client.get(reverse("incidents:check", args=[draft.pk])).content.decode()
    assert "<script>alert" not in html


def test_4000_characters_count_line_breaks_once(client):
    draft, _ = begin(client)
    text = "a\r\n" * 2000
    response = client.post(at(draft, "what-happened"), {"what_happened": text})
    assert response.status_code == 302


@pytest.mark.parametrize(
    ("slug", "data"),
    [
        ("danger", {"danger_now": "perhaps"}),
        ("behaviour", {"behaviours": ["unheard of"]}),
        ("ages", {"age_displayed": "99"}),
        ("ages", {"age_displayed": "twelve"}),
        ("reply", {"email": "no address"}),
    ],
)
def test_an_unknown_choice_or_a_wrong_value_gets_a_message(client, slug, data):
    draft, _ = begin(client)
    page = client.post(at(draft, slug), data)
    assert page.status_code == 400
    assert "govuk-error-summary" in page.content.decode()


def test_change_goes_back_to_the_check(client):
    draft = fill(client)
    response = client.post(at(draft, "region") + "?change", {"region": "north_east"})
    assert response["Location"] == reverse("incidents:check", args=[draft.pk])


def test_danger_now_is_met_with_999_before_the_form_goes_on(client):
    draft, _ = begin(client)
    response = client.post(at(draft, "danger"), {"danger_now": "yes"}, follow=True)
    assert "Call" in response.content.decode()
    assert "999" in response.content.decode()
    assert response.context["onwards"] == at(draft, "you")


@pytest.mark.parametrize(
    ("role", "says"),
    [("parent", "Stop It Now"), ("child", "Childline"), ("worried_about_self", "Stop It Now")],
)
def test_parents_children_and_accused_adults_are_signposted_kindly(client, role, says):
    from advice.models import Contact

    Contact.objects.create(key="childline", name="Childline", text="Childline (0800 1111)")
    Contact.objects.create(key="stop-it-now", name="Stop It Now", text="Stop It Now (0808 1000 900)")
    draft, _ = begin(client)
    response = client.post(at(draft, "you"), {"role": role}, follow=True)
    assert says in response.content.decode()
    assert client.post(reverse("incidents:submit", args=[draft.pk])).status_code == 302
    assert not Enquiry.objects.exists()


def test_a_submit_with_something_missing_goes_to_that_page(client):
    draft, _ = begin(client)
    client.post(at(draft, "danger"), {"danger_now": "no"})
    response = client.post(reverse("incidents:submit", args=[draft.pk]))
    assert response["Location"] == at(draft, "you")


def test_failures_d1_submitting_twice_leads_to_the_same_reference(client):
    draft = fill(client)
    address = reverse("incidents:submit", args=[draft.pk])
    first, second = client.post(address), client.post(address)
    assert first["Location"] == second["Location"]
    assert Enquiry.objects.count() == 1


def test_back_after_submitting_leads_to_the_outcome(client):
    draft = fill(client)
    sent = client.post(reverse("incidents:submit", args=[draft.pk]))
    assert client.get(at(draft, "reply"))["Location"] == sent["Location"]


def test_failures_l4_with_the_broker_down_submitting_works_and_says_so(client, settings):
    draft = fill(client)
    page = client.post(reverse("incidents:submit", args=[draft.pk]), follow=True)
    assert page.status_code == 200
    assert "saved and safe" in page.content.decode()
    assert Enquiry.objects.get().outbox.exists()


@pytest.mark.parametrize(
    ("day", "hour", "helps"),
    [(24, 10, "telephone 01632 960 001 as well"), (24, 21, "contact children's social care or the police")],
)
def test_while_notices_do_not_arrive_the_page_names_who_can_be_reached_at_that_hour(
    settings, day, hour, helps
):
    settings.SERVICE_PHONE = "01632 960 001"
    assert helps in instead(NOW.replace(day=day, hour=hour))


def test_no_page_of_the_form_is_cached(client):
    draft, _ = begin(client)
    assert "no-store" in client.get(at(draft, "danger"))["Cache-Control"]


def test_answers_stand_in_no_address(client):
    draft = fill(client)
    sent = client.post(reverse("incidents:submit", args=[draft.pk]))
    assert "corridor" not in sent["Location"]


def test_a_likely_name_is_pointed_out_before_sending(client):
    draft = fill(
        client, **{"what-happened": {"what_happened": "Contact me on 07700 900123 about Child A touching."}}
    )
    page = client.get(reverse("incidents:check", args=[draft.pk])).content.decode()
    assert "Could this identify somebody?" in page
    assert "07700 900123" in page


def test_when_the_detector_fails_the_warning_is_shown(client, monkeypatch):
    def fail(_account):
        raise RuntimeError

    draft = fill(client)
    monkeypatch.setattr("incidents.views.ask.find_flags", fail)
    page = client.get(reverse("incidents:check", args=[draft.pk])).content.decode()
    assert "could not check" in page


def test_first_missing_names_the_first_page_with_something_required():
    assert first_missing({}).slug == "danger"
    assert first_missing({"danger_now": "no", "role": "teacher", "what_happened": "x"}) is None

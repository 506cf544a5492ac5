"""The public library: browsing, searching, one page a scenario."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from advice import actions, parts
from advice.models import CoreResponse, Source
from tests.factories import NOW, scenario
from tests.html import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf():
    """Three scenarios that differ in every filter, and a draft that nobody may see."""
    scenario(
        "nursery-play",
        title="Curious play in the nursery",
        group="age-ability-relationship",
        youngest=2,
        oldest=4,
        settings=["early_years"],
        kinds=["play"],
    )
    scenario(
        "corridor-touching",
        title="Touching in the corridor",
        youngest=11,
        oldest=16,
        settings=["secondary", "special"],
        kinds=["touching"],
        wordings=["A pupil keeps grabbing others between lessons"],
    )
    scenario(
        "shared-image",
        title="A picture goes round",
        group="images",
        youngest=12,
        oldest=18,
        settings=["secondary", "college"],
        kinds=["images", "messages"],
        avoid="- Do not look at it. Touching the device is enough.",
    )
    scenario("not-yet", title="Not ready to be read", published=False)


TITLES = {
    "play": "Curious play in the nursery",
    "touching": "Touching in the corridor",
    "image": "A picture goes round",
}


def shown(client, **query):
    """Which of the scenarios the library lists, in its order."""
    html = client.get(reverse("advice:library"), query).content.decode()
    places = {key: html.find(f"<strong>{title}</strong>") for key, title in TITLES.items()}
    return sorted((key for key in places if places[key] >= 0), key=lambda key: places[key])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["touching", "image", "play"]),
        ({"setting": "secondary"}, ["touching", "image"]),
        ({"setting": "early_years"}, ["play"]),
        ({"setting": "police_justice"}, []),
        ({"kind": "messages"}, ["image"]),
        ({"age": "0-5"}, ["play"]),
        ({"age": "5-11"}, ["touching"]),
        ({"age": "12-15"}, ["touching", "image"]),
        ({"age": "16-25"}, ["touching", "image"]),
        ({"age": "12-15", "setting": "college", "kind": "images"}, ["image"]),
        ({"age": "0-5", "setting": "college"}, []),
        ({"q": "corridor"}, ["touching"]),
        ({"q": "grabbed"}, ["touching"]),
        ({"q": "touching"}, ["touching", "image"]),
        ({"q": "TOUCHED"}, ["touching", "image"]),
        ({"q": "touching", "setting": "college"}, ["image"]),
        ({"q": "the touching of the image and of the zebra"}, ["touching", "image"]),
        ({"q": "what is in the corridor"}, ["touching"]),
        ({"q": "the"}, ["play", "touching", "image"]),
        ({"q": "zebra"}, []),
        ({"q": "   "}, ["touching", "image", "play"]),
        ({"q": "?!"}, []),
    ],
)
def test_the_library_shows_what_fits_every_choice_best_first(client, shelf, query, expected):
    assert shown(client, **query) == expected


@pytest.mark.parametrize("wrong", ["nonsense", "' OR 1=1 --", "<script>alert(1)</script>", "\x00", "é" * 500])
@pytest.mark.parametrize("name", ["setting", "age", "kind"])
def test_failures_t4_an_unknown_choice_narrows_nothing(client, shelf, name, wrong):
    assert len(shown(client, **{name: wrong})) == 3


@pytest.mark.parametrize(
    "words", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "\x00", "x" * 5000]
)
def test_searched_words_are_shown_inert(client, shelf, words):
    page = Page(client.get(reverse("advice:library"), {"q": words}))
    assert page.problems() == []
    assert not page.all("img")


def test_choices_and_words_are_kept_in_the_form(client, shelf):
    query = {"q": "touch & go", "setting": "special", "age": "12-15", "kind": "touching"}
    page = Page(client.get(reverse("advice:library"), query))
    chosen = {each["value"] for each in page.all("option") if "selected" in each}
    assert chosen == {"special", "12-15", "touching"}
    assert {"touch & go"} <= {each.get("value") for each in page.all("input")}


def test_the_count_is_said_and_an_empty_result_offers_to_ask(client, shelf):
    assert "2 of 3 situations" in Page(client.get(reverse("advice:library"), {"setting": "secondary"})).text
    empty = Page(client.get(reverse("advice:library"), {"q": "zebra"}))
    assert "Nothing in the library fits that" in empty.text
    assert sum(each.get("href") == reverse("incidents:start") for each in empty.all("a")) == 2


def test_a_library_without_a_single_page_is_not_an_error(client):
    assert Page(client.get(reverse("advice:library"))).problems() == []


def scenario_page(client, slug):
    return client.get(reverse("advice:scenario", args=[slug]))


def test_a_page_holds_all_eight_parts_in_order(client):
    scenario("a-scenario")
    page = Page(scenario_page(client, "a-scenario"))
    headings = [text for tag, text in page.headings if tag == "h2"]
    wanted = [heading for _, heading in parts.PARTS]
    assert [heading for heading in headings if heading in wanted] == wanted
    for heading in wanted:
        assert f"{heading} as written." in page.text


def test_each_part_is_reached_from_the_contents(client):
    scenario("a-scenario")
    links = [each["href"] for each in Page(scenario_page(client, "a-scenario")).all("a")]
    assert {f"#{key}" for key, _ in parts.PARTS} <= set(links)


@pytest.mark.parametrize(
    ("low", "high", "inside"),
    [
        ("normal", "normal", ["Normal"]),
        ("inappropriate", "abusive", ["Inappropriate", "Problematic", "Abusive"]),
        ("normal", "violent", [title for _, title in parts.LEVELS]),
    ],
)
def test_the_range_is_marked_in_words_and_never_a_verdict(client, low, high, inside):
    scenario("a-scenario", continuum_low=low, continuum_high=high, continuum_reason="Because of the gap.")
    page = Page(scenario_page(client, "a-scenario"))
    # Not by colour alone: each level within the range is followed by these words.
    marked = [
        before
        for before, words in zip(page.words, page.words[1:], strict=False)
        if words == ": within the range"
    ]
    assert marked == inside
    assert "Because of the gap." in page.text
    assert "never a verdict on a child" in page.text


def test_a_scenario_without_a_range_says_why(client):
    scenario("a-scenario", continuum_not_applicable="This is about a plan, not about behaviour.")
    text = Page(scenario_page(client, "a-scenario")).text
    assert "This is about a plan" in text
    assert "Hackett" not in text


def test_what_nobody_approved_says_so_and_what_somebody_approved_says_who(client):
    scenario("open-page")
    scenario("approved-page", approved_by="A. Lead, practitioner", approved_on=date(2026, 10, 3))
    assert "Awaiting practitioner approval" in Page(scenario_page(client, "open-page")).text
    approved = Page(scenario_page(client, "approved-page")).text
    assert "Approved by A. Lead, practitioner on 3 October 2026" in approved
    assert "Awaiting practitioner approval" not in approved


def test_sources_stand_with_edition_and_how_far_they_were_checked(client):
    made = scenario("a-scenario", published=False, review_by=date(2027, 3, 1))
    for status, _ in parts.STATUSES:
        source = Source.objects.create(
            key=f"s-{status}"[:9],
            title=f"Document {status}",
            publisher="Office",
            edition="2026",
            status=status,
        )
        made.citations.create(source=source, supports="acting at once", status=status)
    actions.publish(made, by=None, at=NOW)
    text = Page(scenario_page(client, "a-scenario")).text
    for status, words in parts.STATUSES:
        assert f"Document {status}, Office. 2026. For: acting at once. {words}" in text
    assert "To be reviewed by 1 March 2027" in text


def test_the_page_says_how_to_reach_the_service_and_how_to_ask(client, settings):
    settings.SERVICE_PHONE, settings.SERVICE_EMAIL = "01632 960 001", "advice@service.example"
    scenario("a-scenario")
    page = Page(scenario_page(client, "a-scenario"))
    links = [each.get("href") for each in page.all("a")]
    assert "01632 960 001" in page.text
    assert "mailto:advice@service.example" in links
    assert reverse("incidents:start") in links
    assert reverse("advice:core") in links


def test_related_scenarios_are_linked_only_while_published(client):
    scenario("a-scenario", related=["other-scenario", "draft-scenario", "gone"])
    scenario("other-scenario")
    scenario("draft-scenario", published=False)
    links = [each.get("href") for each in Page(scenario_page(client, "a-scenario")).all("a")]
    assert "/guidance/other-scenario/" in links
    assert not {"/guidance/draft-scenario/", "/guidance/gone/"} & set(links)


def test_a_draft_and_a_withdrawn_scenario_have_no_page(client, django_user_model):
    scenario("draft-scenario", published=False)
    gone = scenario("gone-scenario")
    actions.withdraw(gone, by=django_user_model.objects.for_email("lead@test.example"), at=NOW)
    for slug in ("draft-scenario", "gone-scenario", "never-there"):
        assert scenario_page(client, slug).status_code == 404


def test_failures_s15_a_published_change_is_read_at_once_and_an_unpublished_one_is_not(client):
    made = scenario("a-scenario", title="As it was")
    assert "As it was" in Page(scenario_page(client, "a-scenario")).text
    made.title = "As it is now"
    made.save()
    assert "As it was" in Page(scenario_page(client, "a-scenario")).text
    actions.publish(made, by=None, at=NOW)
    assert "As it is now" in Page(scenario_page(client, "a-scenario")).text


def test_failures_s14_housekeeping_does_not_move_the_date_of_publication(client):
    made = scenario("a-scenario")
    made.loaded_hash = "x"
    made.save()
    actions.release("a source saved", at=NOW + timedelta(days=90))
    assert "Version 1, published 24 November 2026" in Page(scenario_page(client, "a-scenario")).text


def test_markup_in_guidance_is_shown_inert(client):
    scenario("a-scenario", title="<b>x</b>", do_now="<script>alert(1)</script>", applies_when="<img src=x>")
    page = Page(scenario_page(client, "a-scenario"))
    assert page.problems() == []
    assert "<script>alert(1)</script>" in page.text
    assert not page.all("img")


def test_the_core_response_stands_once_and_is_missed_honestly(client):
    assert client.get(reverse("advice:core")).status_code == 404
    CoreResponse.objects.create(title="What applies always", text="1. **Listen.** Promise no secrecy.")
    actions.release("core", at=NOW)
    assert "Promise no secrecy." in Page(client.get(reverse("advice:core"))).text


@pytest.mark.parametrize("name", ["library", "core"])
def test_the_library_is_only_read(client, name):
    assert client.post(reverse(f"advice:{name}")).status_code == 405


def test_pages_of_the_library_keep_nobody_out(client, shelf):
    CoreResponse.objects.create(title="Core", text="1. One")
    for address in (
        "/guidance/",
        "/guidance/?q=zebra",
        "/guidance/corridor-touching/",
        "/guidance/core-response/",
    ):
        assert Page(client.get(address)).problems() == [], address

"""What triage said is shown: to the enquirer in their terms, to the practitioner in full; and it can be made again."""

import json
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from advice import actions as guidance
from advice import library
from advice.models import Release, Wording
from advice.triage.types import (
    Assessment,
    Evidence,
    Flag,
    Match,
    Outcome,
    Tier,
    Versions,
)
from incidents import actions, explaining
from incidents.assessing import keep
from incidents.explaining import account_of, compared, decisive, why
from incidents.highlighting import quote
from incidents.states import EventKind, Status
from tests.factories import NOW, draft, enquiry, person, scenario
from tests.html import Page
from tests.incidents.test_outcome import owner, page
from tests.incidents.test_queue import signed_in

pytestmark = pytest.mark.django_db

TEXT = "Child A touched Child B in the corridor when Child B did not want it."
WORDING = " ".join(f"word{number}" for number in range(40))


def found(*flags, matches=(), **fields):
    """An assessment as triage hands it over."""
    fields = {
        "outcome": Outcome.PRACTITIONER,
        "tier": Tier.B,
        "flags": flags,
        "matches": matches,
        "reasons": (*(flag.because for flag in flags), "No guidance fits surely enough."),
        "versions": Versions("release 7", "rules-1", "weights-1", "model-1"),
        "confident": False,
        **fields,
    }
    return Assessment(**fields)


def touched(tier=Tier.B, code="RF03"):
    start = TEXT.index("touched")
    return Flag(
        code,
        "Unwanted sexual touching reported",
        tier,
        (Evidence("touched", start, start + 7), Evidence("Yes", question="force")),
        "The police starting principle has to be considered.",
        "Keeping children safe in education, Part five",
    )


def match(**fields):
    fields = {
        "scenario": "unwanted-touching",
        "version": 3,
        "title": "Unwanted touching",
        "confidence": 0.63,
        "because": ("“touched”", "your setting"),
        "nearest_wording": WORDING,
        "against": ("the ages are outside its range",),
        **fields,
    }
    return Match(**fields)


def kept(assessment, status=Status.QUEUED, at=NOW + timedelta(seconds=1), **fields):
    """An enquiry with this as its only assessment."""
    case = enquiry(status, outcome=assessment.outcome, tier=assessment.tier, **fields)
    case.assessments.all().delete()
    keep(assessment, enquiry=case, at=at)
    return case


def practitioners_page(case):
    return signed_in(person("practitioner")).get(reverse("incidents:enquiry", args=[case.reference]))


# The practitioner's page


def test_a_practitioner_sees_a_flag_with_its_evidence_marked_and_its_reason_and_source():
    response = practitioners_page(kept(found(touched())))
    html, text = response.content.decode(), Page(response).text
    assert "RF03 Unwanted sexual touching reported" in text
    assert 'Child A <mark class="evidence">touched</mark> Child B' in html
    assert 'reward? <mark class="evidence">Yes</mark>' in html
    assert "The police starting principle has to be considered." in text
    assert "Source: Keeping children safe in education, Part five" in text


def test_a_practitioner_sees_that_a_flag_rests_on_a_sign_and_what_it_would_be_beside_anything_urgent():
    sign = replace(touched(Tier.C), at_most=Tier.B)
    assert (
        "A sign that says little alone. Beside anything urgent it would be: B: today"
        in Page(practitioners_page(kept(found(sign)))).text
    )
    assert "A sign that says little alone" not in Page(practitioners_page(kept(found(touched())))).text


def test_a_practitioner_sees_a_match_with_all_that_led_to_it_and_what_told_against_it():
    text = Page(practitioners_page(kept(found(matches=(match(), match(confidence=0.31)))))).text
    assert "Unwanted touching, version 3" in text
    assert "Likely, 63%" in text
    assert "Possible, 31%" in text
    assert "Led to it: “touched”; the enquirer's setting" in text
    assert "Against it: the ages are outside its range" in text


def test_a_long_wording_is_shortened_to_thirty_words_and_stands_whole_in_a_fold():
    html = practitioners_page(kept(found(matches=(match(),)))).content.decode()
    short, _fold, whole = html.partition("<details")
    assert "word29 …" in short
    assert "word30" not in short
    assert f"“{WORDING}”" in whole
    assert "The whole wording" in whole


def test_a_short_wording_has_no_fold():
    html = practitioners_page(kept(found(matches=(match(nearest_wording="Two words."),)))).content.decode()
    assert "The whole wording" not in html


def test_a_match_that_would_be_shown_as_nought_is_named_as_hardly_like_it():
    faint = match(confidence=0.004, scenario="age-gap", title="Age gap")
    text = Page(practitioners_page(kept(found(matches=(match(), faint))))).text
    assert "Hardly like it, below 1%: Age gap." in text
    assert " 0%" not in text


def test_a_flag_that_was_found_before_stays_when_more_was_written():
    case = kept(found(touched(tier=Tier.A)))
    keep(found(touched(code="RF17")), enquiry=case, at=NOW + timedelta(hours=1))
    text = Page(practitioners_page(case)).text
    assert text.index("RF17 ") < text.index("Found before") < text.index("RF03 ", text.index("Found before"))
    assert "Red flags (2)" in text


def test_a_reason_that_a_flag_gives_is_not_said_twice():
    text = Page(practitioners_page(kept(found(touched())))).text
    assert text.count("The police starting principle has to be considered.") == 1
    assert "No guidance fits surely enough." in text


def test_a_practitioner_sees_what_the_assessment_was_made_with():
    text = Page(practitioners_page(kept(found()))).text
    assert "Library release 7 Rules rules-1 Weights weights-1 Model model-1" in text


def test_the_practitioners_page_keeps_nobody_out():
    assert Page(practitioners_page(kept(found(touched(), matches=(match(),))))).problems() == []


def test_how_sure_is_kept_in_the_words_of_then():
    case = kept(found(matches=(match(),)))
    assert case.latest_assessment.content["matches"][0]["in_words"] == "likely"


def test_an_assessment_from_before_these_words_were_kept_is_still_shown():
    case = kept(found(matches=(match(),)))
    old = case.latest_assessment
    del old.content["matches"][0]["in_words"]
    old.save()
    assert "Likely, 63%" in Page(practitioners_page(case)).text


def test_evidence_is_shown_also_when_the_account_has_been_blanked():
    case = kept(found(touched()))
    case.account = {}
    case.save()
    assert '<mark class="evidence">touched</mark>' in practitioners_page(case).content.decode()


@pytest.mark.parametrize(
    ("start", "end", "before", "after"),
    [
        (0, 3, "", " two three four"),
        (4, 7, "one ", " three four"),
        (14, 18, "one two three ", ""),
        (-5, 0, "", "one two three four"),
    ],
)
def test_words_are_quoted_with_what_stands_around_them(start, end, before, after):
    quoted = quote("one two three four", max(0, start), end)
    assert (quoted.before, quoted.after) == (before, after)


def test_a_quote_is_cut_between_words():
    text = "aaaa bbbb cccc dddd eeee"
    quoted = quote(text, 10, 14, around=7)
    assert (quoted.before, quoted.words, quoted.after) == ("… bbbb ", "cccc", " dddd …")


# The enquirer's page


def test_act_now_says_which_words_and_answers_led_to_it_without_codes():
    case = kept(found(touched(Tier.A), outcome=Outcome.ACT_NOW, tier=Tier.A))
    text = Page(page(case)).text
    assert "you wrote “touched”" in text
    assert "you answered “Was there any force, threat, pressure or reward?” with “Yes”" in text
    assert "The police starting principle has to be considered." in text
    assert "RF03" not in text


def test_an_enquiry_for_a_practitioner_says_why():
    text = Page(page(kept(found(touched())))).text
    assert "Why you see this" in text
    assert "you wrote “touched”" in text
    assert "No guidance fits surely enough." in text
    assert "RF03" not in text


def test_guidance_says_what_it_is_like_and_why_it_was_matched():
    fits = scenario("unwanted-touching")
    told = found(
        matches=(match(version=1),),
        outcome=Outcome.GUIDANCE,
        tier=Tier.NONE,
        confident=True,
        reasons=("What was written is most like “Unwanted touching”.",),
    )
    text = Page(page(kept(told, Status.GUIDED, due_at=None))).text
    assert fits.title in text
    assert "Matched because you wrote or chose: “touched”; your setting." in text
    assert "What was written is most like “Unwanted touching”." in text


def test_what_the_enquirer_sent_on_says_so():
    calm = {"role": "teacher", "setting": "secondary", "what_happened": "How long do we keep a record?"}
    case = kept(found(outcome=Outcome.GUIDANCE, tier=Tier.NONE), Status.GUIDED, due_at=None, account=calm)
    actions.not_my_situation(case, reason="", at=NOW + timedelta(hours=1))
    assert "You sent it to a practitioner." in Page(page(case)).text


def test_the_guidance_that_did_not_fit_is_said_so():
    fits = scenario("unwanted-touching")
    told = found(
        matches=(match(version=fits.versions.get().number),),
        outcome=Outcome.GUIDANCE, tier=Tier.NONE, confident=True, reasons=(),
    )  # fmt: skip
    case = kept(told, Status.GUIDED, due_at=None)
    actions.not_my_situation(case, reason="The ages differ.", at=NOW + timedelta(hours=1))
    assert "You told us that the guidance did not fit." in Page(page(case)).text


def offered(*slugs):
    """An assessment that offers pages of which none surely fits."""
    matches = tuple(match(scenario=slug, version=1) for slug in slugs)
    return found(matches=matches, outcome=Outcome.GUIDANCE, tier=Tier.NONE, reasons=("We are not sure.",))


def test_pages_that_may_fit_are_kept_as_shown_three_at_most_and_in_order():
    slugs = [scenario(f"may-{number}").slug for number in range(4)]
    case = kept(offered(*slugs), Status.GUIDED, due_at=None)
    shown = case.assessments.get().shown.order_by("rank")
    assert [each.version.content["slug"] for each in shown] == slugs[:3]


def test_a_later_assessment_shows_nothing_new():
    slug = scenario("may-fit").slug
    case = kept(offered(slug), Status.GUIDED, due_at=None)
    later = keep(offered(slug), enquiry=case, at=NOW + timedelta(hours=1))
    assert not later.shown.exists()


def test_a_practitioner_is_told_that_the_pages_were_only_offered():
    slug = scenario("may-fit").slug
    text = Page(practitioners_page(kept(offered(slug), Status.GUIDED, due_at=None))).text
    assert "these pages were offered as possibly fitting" in text
    assert "Possibly fits" in text


def test_when_triage_failed_the_enquirer_is_told_that_a_practitioner_reads_it():
    case = kept(found())
    case.assessments.all().delete()
    keep(None, enquiry=case, at=NOW)
    assert "We could not read it by machine." in Page(page(case)).text


def test_what_was_urgent_at_first_is_still_explained_after_a_calm_question():
    case = kept(found(touched(Tier.A), outcome=Outcome.ACT_NOW, tier=Tier.A))
    keep(found(tier=Tier.NONE), enquiry=case, at=NOW + timedelta(hours=3))
    assert [each.name for each in why(decisive(case))] == ["Unwanted sexual touching reported"]
    assert "you wrote “touched”" in Page(page(case)).text


def test_an_answer_kept_as_its_code_is_shown_as_the_form_words_it():
    flag = Flag(
        "RF24", "Somebody else is asking", Tier.C, (Evidence("parent", question="role"),), "Better help."
    )
    (said,) = why(kept(found(flag)).latest_assessment)
    assert said.answered == (("What is your role?", "I am a parent, carer or family member"),)


def test_the_enquirers_page_keeps_nobody_out():
    assert Page(page(kept(found(touched(), matches=(match(),))))).problems() == []


# The library as it was


def slugs(release, at):
    return {slug: shelf.number for slug, shelf in library.as_of(release, at=at).pages.items()}


def test_an_older_release_has_the_versions_that_were_published_by_then():
    one = scenario("one", published=False)
    for hour in (0, 2):
        guidance.publish(one, by=None, at=NOW + timedelta(hours=hour))
    first, second = Release.objects.order_by("pk")
    two = scenario("two", published=False)
    guidance.publish(two, by=None, at=NOW + timedelta(hours=3))
    assert slugs(first.pk, NOW) == {"one": 1}
    assert slugs(second.pk, NOW) == {"one": 2}
    assert slugs(Release.objects.latest("pk").pk, NOW) == {"one": 2, "two": 1}


def test_a_withdrawn_scenario_is_in_the_releases_before_and_after_it_came_back():
    one, editor = scenario("one"), person("editor")
    before = Release.objects.latest("pk").pk
    guidance.withdraw(one, by=editor, at=NOW + timedelta(hours=1))
    gone = Release.objects.latest("pk").pk
    guidance.publish(one, by=editor, at=NOW + timedelta(hours=2))
    back = Release.objects.latest("pk").pk
    assert [slugs(release, NOW) for release in (before, gone, back)] == [{"one": 1}, {}, {"one": 2}]


def test_before_anything_was_published_there_is_nothing():
    scenario("one")
    assert slugs(0, NOW) == {}


def test_the_wordings_that_fit_nothing_are_taken_from_their_history():
    stays, goes = (Wording.objects.create(scenario=None, text=text) for text in ("stays", "goes"))
    scenario("one", wordings=["a wording of a scenario"])
    then = timezone.now()
    goes.delete()
    Wording.objects.create(scenario=None, text="comes")
    stays.text = "stays, changed"
    stays.save()
    release = Release.objects.latest("pk").pk
    assert library.as_of(release, at=then).none_wordings == ("stays", "goes")
    assert library.as_of(release, at=timezone.now()).none_wordings == ("stays, changed", "comes")


# Made again


def submitted(**answers):
    """An enquiry assessed for real, with the library of now."""
    scenario(
        "corridor-touching",
        wordings=["A boy touches girls in the corridor.", "Unwanted touching between lessons."],
    )
    scenario("swearing", wordings=["A child uses sexual words.", "Sexual language in class."])
    return actions.submit(draft(**answers), at=timezone.now())


def explained(case, *options):
    out = StringIO()
    call_command("triage_explain", case.reference, *options, stdout=out)
    return out.getvalue()


def test_an_assessment_made_again_at_once_is_the_same_in_every_part():
    case = submitted()
    parts = compared(case.latest_assessment, explaining.again(case.latest_assessment))
    assert {"outcome", "tier", "reasons", "match 1"} <= {part.name for part in parts}
    assert [part for part in parts if not part.same] == []


def test_it_is_the_same_although_the_library_has_changed_since():
    case = submitted()
    guidance.publish(
        scenario("touching-elsewhere", published=False, wordings=[TEXT]), by=None, at=timezone.now()
    )
    Wording.objects.create(scenario=None, text="Something else entirely.")
    library.forget()
    assessment = case.latest_assessment
    assert all(part.same for part in compared(assessment, explaining.again(assessment)))
    said = explained(case)
    assert "match 1: the same" in said
    assert f"as it was then; the library is now release {Release.objects.latest('pk').pk}" in said


def test_what_the_enquirer_wrote_later_is_read_again_too():
    case = submitted()
    later = case.latest_assessment.made_at + timedelta(hours=1)
    actions.claim(case, by=person("practitioner"), at=later)
    actions.answer(case, by=case.claimed_by, text="An answer.", at=later)
    actions.ask_again(case, text="He says that he will hurt her tonight.", at=later)
    assert account_of(case.latest_assessment).text.endswith("hurt her tonight.")
    assert "tonight" not in account_of(case.assessments.earliest("made_at")).text
    assert "Assessment 2 of" in explained(case)


def test_it_says_what_differs_and_which_version_has_changed(monkeypatch):
    case = submitted()
    now = found(touched(), versions=Versions("release 1", "other", "w", "m"), matches=(match(),))
    monkeypatch.setattr("incidents.explaining.assess", lambda _account, _library: now)
    said = explained(case)
    assert f"rules: was {case.latest_assessment.rules}; is now other" in said
    assert "match 1: was" in said
    assert "is now unwanted-touching version 3, 0.63" in said


def test_it_prints_flags_with_evidence_reason_and_source_and_matches():
    case = kept(found(touched(), matches=(match(),), versions=Versions("release 0", "r", "w", "m")))
    said = explained(case)
    start = TEXT.index("touched")
    for line in (
        "RF03 Unwanted sexual touching reported, tier B",
        f"“touched” ({start}-{start + 7})",
        "“Yes” (answer to force)",
        "Source: Keeping children safe in education, Part five",
        "unwanted-touching version 3, 0.63",
        "Against it: the ages are outside its range",
        "rules: was r; is now",
    ):
        assert line in said


def test_the_account_is_printed_only_when_that_is_asked_for():
    case = kept(found(touched(), versions=Versions("release 0", "r", "w", "m")))
    assert TEXT not in explained(case)
    assert TEXT in explained(case, "--yes-show-the-account")


def test_each_reading_is_recorded_and_the_enquirer_is_not_told_that_a_practitioner_opened_it():
    case = kept(found(versions=Versions("release 0", "r", "w", "m")))
    explained(case)
    assert [event.kind for event in case.events.all()] == [EventKind.EXPLAINED]
    assert "No practitioner has opened it yet" in Page(page(case)).text


def test_an_unknown_reference_is_named():
    with pytest.raises(CommandError, match="There is no enquiry BBBB-2222"):
        call_command("triage_explain", "BBBB-2222")


def test_a_failed_assessment_is_made_again_with_the_library_of_now():
    case = kept(found())
    case.assessments.all().delete()
    keep(None, enquiry=case, at=NOW)
    said = explained(case)
    assert "Triage failed then" in said
    assert "Assessed again:" in said


def test_an_account_that_has_been_deleted_is_said_to_be():
    case = kept(found(touched()))
    case.account = {}
    case.save()
    assert "The account has been deleted" in explained(case)


@pytest.mark.parametrize("role", ["", "editor", "admin"])
def test_nobody_else_reads_the_full_explanation(role):
    case = kept(found(touched()))
    address = reverse("incidents:enquiry", args=[case.reference])
    assert signed_in(person(role)).get(address).status_code == 403
    assert owner(case).get(address).status_code == 302
    assert Client().get(reverse("incidents:outcome", args=[case.reference])).status_code == 404


def test_nothing_of_the_account_is_kept_in_plain_text():
    case = kept(found(touched(), matches=(match(),)))
    sealed = case.assessments.model.objects.filter(enquiry=case).values_list("content", flat=True).get()
    assert "touched" not in json.dumps(str(sealed))

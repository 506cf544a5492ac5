"""The assessment: figures that have been reached, outcomes, and any text."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from advice.management.commands._library import from_files
from advice.triage import embedding, flags, learned, matching
from advice.triage.assess import assess, may_ask, with_learnt
from advice.triage.evaluation import BadLine, Measure, accounts_in
from advice.triage.flags import find_flags, rules
from advice.triage.learned import Reading
from advice.triage.library import build_library
from advice.triage.matching import Matching
from advice.triage.types import Account, Flag, Match, Outcome, ScenarioText, Tier


@pytest.fixture(scope="module")
def library():
    return from_files()


@pytest.mark.parametrize(
    ("text", "scenario"),
    [
        (
            "Pupils told us that another pupil keeps touching them when they do not want it.",
            "unwanted-touching",
        ),
        ("A pupil keeps exposing himself to other children.", "exposure"),
        (
            "Students in our special school use sexualised language on and offline.",
            "sexualised-language-special-school",
        ),
        ("We dealt with an incident but it may be linked to other safeguarding concerns.", "linked-concerns"),
    ],
)
def test_the_published_questions_lead_to_their_scenario(library, text, scenario):
    assert assess(Account(text), library).matches[0].scenario == scenario


@pytest.mark.parametrize(
    "text",
    ["", "???", "help", "¿Puede ayudarme con un niño que toca a otros niños en la escuela todos los días?"],
)
def test_too_little_or_another_language_goes_to_a_person(library, text):
    found = assess(Account(text), library)
    assert not found.confident
    assert found.outcome != Outcome.GUIDANCE


ELSEWHERE = "The boiler is broken, the hall is cold and we need a plumber before the parents' evening."


def test_what_is_plainly_about_something_else_is_answered_without_a_scenario(library):
    found = assess(Account(ELSEWHERE), library)
    assert (found.outcome, found.confident, found.matches) == (Outcome.GUIDANCE, False, ())


def urgent_rows():
    """The rows of the table of red flags that must trigger a flag of tier A or B, with that tier."""
    tiers = {rule.code: rule.tier for rule in rules().rules}
    table = (Path(__file__).parent / "red_flags.csv").read_text(encoding="utf-8").splitlines()
    wanted = ((row["text"], tiers[row["flag"]]) for row in csv.DictReader(table) if row["expected"] == "yes")
    return sorted({(text, tier) for text, tier in wanted if tier in {Tier.A, Tier.B}})


@pytest.mark.parametrize(("text", "tier"), urgent_rows())
def test_what_the_table_says_is_urgent_is_so_in_the_whole_assessment(library, text, tier):
    assert assess(Account(text), library).tier.rank <= tier.rank


def test_beside_a_sign_of_something_urgent_words_alone_do_not_say_that_nothing_fits(library):
    account = Account("The head is fully supportive. Parents are outside and shouting.")
    signs = find_flags(account)
    assert [each.at_most for each in signs] == [Tier.B]
    assert matching.matches(account, library).reading.meaning is None
    assert matching.matches(account, library, signs).reading.meaning is not None


def unsure(confidence):
    """A match that may fit, in a message that both models read as calm."""
    said = np.full(len(learned.learnt().outputs), -9.0, dtype=np.float32)
    match = Match("exposure", 1, "Exposure", confidence, ())
    return Matching((match,), none=0.3, reading=Reading(learned.row_of(""), said, said))


def flag(code, tier, at_most=None):
    return Flag(code, "A flag", tier, (), "Because.", at_most=at_most)


def test_a_calm_enquirer_is_asked_which_page_is_nearest_where_one_may_fit():
    assert may_ask((), unsure(0.5))
    assert may_ask((flag("RF19", Tier.C), flag("RF12", Tier.C, Tier.B)), unsure(0.5))


@pytest.mark.parametrize(
    ("found", "confidence"),
    [
        ((flag("RF03", Tier.B),), 0.5),
        ((flag("RF01", Tier.A),), 0.5),
        ((flag("RF30", Tier.C),), 0.5),
        ((flag("RF24", Tier.C),), 0.5),
        ((flag("RF06", Tier.C, Tier.A),), 0.5),
        ((), 0.1),
    ],
    ids=[
        "B",
        "A",
        "too little",
        "who writes",
        "a sign of what needs somebody now",
        "nothing that may fit",
    ],
)
def test_nobody_is_asked_where_a_person_is_needed_or_nothing_may_fit(found, confidence):
    assert not may_ask(found, unsure(confidence))


def test_nobody_is_asked_where_nothing_was_offered_or_not_all_was_read():
    assert not may_ask((), Matching())
    matched = unsure(0.5)
    assert not may_ask((), replace(matched, reading=replace(matched.reading, meaning=None)))


@pytest.mark.parametrize(
    ("more", "answers"),
    [
        (" A pupil touched another child.", {}),
        ("", {"behaviours": ["touching"]}),
        ("", {"danger_now": "yes"}),
        ("", {"images": "yes"}),
    ],
)
def test_a_sign_of_a_childs_sexual_behaviour_brings_it_to_a_person_whatever_else_is_written(
    library, more, answers
):
    assert assess(Account(ELSEWHERE + more, answers=answers), library).outcome != Outcome.GUIDANCE


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("They say it went all the way although she was against it, both of them in Year 12.", "A"),
        ("An account that nobody knows keeps writing to him at night and asks for things on video.", "A"),
    ],
)
def test_a_message_that_is_likely_about_a_serious_matter_shows_its_flag_whatever_the_words(
    library, text, tier
):
    found = assess(Account(text, role="teacher"), library)
    assert found.tier == tier


@pytest.mark.parametrize(
    "text",
    [
        "A pupil told me that another pupil touched her and that he was drunk.",
        "Two Reception children in the toilets together, trousers down. Do we tell parents?",
        "She says she was raped by a boy in the sixth form.",
        "The boiler is broken.",
    ],
)
def test_what_was_learnt_only_ever_adds_to_the_rules(library, text):
    ruled = {flag.code: flag.tier for flag in flags.find_flags(Account(text))}
    found = {flag.code: flag.tier for flag in assess(Account(text), library).flags}
    assert set(ruled) <= set(found)
    assert all(found[code].rank <= tier.rank for code, tier in ruled.items())


@pytest.mark.parametrize("odds", [-50.0, 50.0])
def test_whatever_was_learnt_no_flag_of_the_rules_is_lost_or_lowered(monkeypatch, library, odds):
    account = Account("He held her down behind the gym and she was asleep when it began.")
    ruled = {flag.code: flag.tier for flag in flags.find_flags(account)}
    monkeypatch.setattr(learned.Reading, "odds", lambda self, output: odds)
    found = {flag.code: flag.tier for flag in assess(account, library).flags}
    assert ruled
    assert all(found[code].rank <= tier.rank for code, tier in ruled.items())


def test_a_message_that_reads_as_urgent_carries_a_flag_with_words_of_the_message(library):
    text = "They say it went all the way although she was against it, both of them in Year 12."
    found = assess(Account(text, role="teacher"), library)
    urgent = [flag for flag in found.flags if flag.tier == "A"]
    assert urgent
    for flag in urgent:
        for each in flag.evidence:
            assert each.question or text[each.start : each.end] == each.words


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        lambda text: text.replace(",", "").replace(".", "").replace("\u2019", "").replace("'", ""),
        lambda text: f"Good afternoon, thank you for your help. {text}",
    ],
    ids=["capitals", "no punctuation", "polite opening"],
)
def test_case_punctuation_and_politeness_change_nothing_that_was_learnt(library, change):
    text = "A Year 8 boy, who doesn't listen, keeps touching girls' bottoms in the corridor."
    first, second = (matching.matches(Account(each), library) for each in (text, change(text)))
    assert [each.scenario for each in first.offered] == [each.scenario for each in second.offered]
    assert first.reading.odds("tier A") == pytest.approx(second.reading.odds("tier A"), abs=0.01)


def test_with_nothing_published_red_flags_are_still_found():
    empty = build_library([], none_wordings=[], version="none")
    assert assess(Account("She says she was raped."), empty).outcome == Outcome.ACT_NOW
    assert assess(Account("A question about a form."), empty).outcome == Outcome.PRACTITIONER


def test_a_new_scenario_matches_as_soon_as_the_library_is_built(library):
    new = ScenarioText(
        "brand-new",
        1,
        "Glimmerstone swapping",
        "Pupils swap glimmerstones",
        ("pupils swap glimmerstones behind the sheds",),
        "Talk about glimmerstones.",
    )
    known = dict(zip(library.texts, library.meanings, strict=True))

    def vectors(texts):
        return np.stack([known[t] if t in known else embedding.embed([t])[0] for t in texts])

    built = build_library(
        [*library.scenarios, new], none_wordings=["the bus is late"], version="next", vectors=vectors
    )
    assert (
        assess(Account("Our pupils swap glimmerstones behind the sheds."), built).matches[0].scenario
        == "brand-new"
    )


def test_each_assessment_says_what_it_was_made_with(library):
    versions = assess(Account("A boy touched a girl."), library).versions
    assert all((versions.library, versions.rules, versions.weights, versions.model))


@given(st.text(max_size=300))
@settings(max_examples=25, deadline=None)
def test_any_text_is_assessed_without_an_exception(library_for_any_text, text):
    found = assess(Account(text), library_for_any_text)
    assert len(found.matches) <= 5


@pytest.fixture(scope="module")
def library_for_any_text(library):
    return library


def test_the_command_writes_a_line_for_each_message(tmp_path):
    given_, made = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    given_.write_text(
        '{"id": "1", "text": "She was raped.", "role": "teacher"}\n\n{"id": 2, "text": "A plan for Monday."}\n'
    )
    call_command("triage_assess", "--input", str(given_), "--output", str(made), "--library", "files")
    first, second = (json.loads(line) for line in made.read_text().splitlines())
    assert first["outcome"] == "ACT_NOW"
    assert {"code", "evidence"} == set(first["flags"][0])
    assert {"scenario", "confidence", "because"} == set(second["matches"][0])
    assert len(second["matches"]) == 5


@pytest.mark.parametrize("line", ["not json", '{"id": 1}', '{"text": "x"}', '["x"]'])
def test_a_line_that_cannot_be_read_is_named(tmp_path, line):
    file = tmp_path / "in.jsonl"
    file.write_text('{"id": 1, "text": "x"}\n' + line + "\n")
    with pytest.raises(BadLine, match="line 2"):
        list(accounts_in(file))
    with pytest.raises(CommandError, match="line 2"):
        call_command(
            "triage_assess", "--input", str(file), "--output", str(tmp_path / "o"), "--library", "files"
        )


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(CommandError, match="There is no file"):
        call_command("triage_assess", "--input", str(tmp_path / "x"), "--output", str(tmp_path / "o"))


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(0, 0, 0, 1), (10, 10, 0.72, 1), (5, 10, 0.24, 0.76)]
)
def test_intervals_are_wilsons(hits, of, low, high):
    assert Measure("m", hits, of).interval == pytest.approx((low, high), abs=0.01)


def test_a_sign_counts_in_full_unless_the_whole_message_reads_as_calm(library, monkeypatch):
    """Rules alone leave it to the normal queue; what was learnt may raise it and never lowers it."""
    account = Account("The foster siblings sleep in the same room after the touching.")
    limits = learned.learnt().thresholds
    for line, tier in ((-99.0, Tier.B), (99.0, Tier.C)):
        monkeypatch.setitem(limits, "may_be_urgent", line)
        found = {
            flag.code: flag
            for flag in with_learnt(find_flags(account), account, matched_of(account, library))
        }
        assert found["RF11"].tier == tier


def matched_of(account, library):
    """What matching says, with a reading that finds nothing urgent by itself."""
    calm = matching.matches(account, library)
    return replace(calm, reading=replace(calm.reading, words=calm.reading.words - 20, meaning=None))

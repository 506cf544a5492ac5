"""Red flags: the table that a practitioner can read, and what must hold for any text."""

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advice.triage.flags import BadRules, audience, find_flags, parse, rules, worst
from advice.triage.types import Account, Tier

TABLE = list(
    csv.DictReader((Path(__file__).parent / "red_flags.csv").read_text(encoding="utf-8").splitlines())
)
URGENT = [
    row["text"] for row in TABLE if row["expected"] == "yes" and row["flag"] in {"RF02", "RF07", "RF10"}
]


def codes(text, **answers):
    return {flag.code: flag for flag in find_flags(Account(text, answers=answers))}


def test_the_rules_hold_all_thirty_flags_with_their_sources():
    assert [rule.code for rule in rules().rules] == [f"RF{n:02}" for n in range(1, 31)]
    assert all(rule.source and rule.because and rule.name for rule in rules().rules)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['flag']} {row['expected']}: {row['text'][:50]}")
def test_each_row_of_the_table(row):
    assert (row["flag"] in codes(row["text"])) == (row["expected"] == "yes")


@pytest.mark.parametrize(
    "row", [r for r in TABLE if r["expected"] == "yes"], ids=lambda row: row["text"][:50]
)
def test_evidence_is_the_text_itself(row):
    for flag in find_flags(Account(row["text"])):
        for evidence in flag.evidence:
            if not evidence.question:
                assert row["text"][evidence.start : evidence.end] == evidence.words


@pytest.mark.parametrize(
    ("answers", "code", "tier"),
    [
        ({"danger_now": "yes"}, "RF01", "A"),
        ({"adult_involved": "yes"}, "RF05", "A"),
        ({"force": "yes"}, "RF07", "A"),
        ({"images": "yes"}, "RF12", "B"),
        ({"images": "yes", "force": "yes"}, "RF12", "A"),
        ({"needs": "yes"}, "RF19", "C"),
        ({"needs": "yes", "force": "yes"}, "RF19", "A"),
        ({"looked_after": "yes"}, "RF22", "B"),
        ({"pattern": "again_after_plan"}, "RF17", "B"),
        ({"role": "child"}, "RF24", "A"),
        ({"role": "parent"}, "RF24", "B"),
        ({"age_displayed": "14", "age_harmed": "6", "behaviours": ["touching"]}, "RF09", "B"),
        ({"age_harmed": "11", "behaviours": ["sexual_activity"]}, "RF04", "B"),
    ],
)
def test_answers_of_the_form_raise_flags(answers, code, tier):
    assert codes("", **answers)[code].tier == tier


@pytest.mark.parametrize("question", ["danger_now", "adult_involved", "force", "images", "needs", "gap"])
def test_do_not_know_and_no_never_lower_what_the_text_says(question):
    text = "He was forced and she was raped by her uncle; there are nudes going round. She is non-verbal."
    said = worst(find_flags(Account(text)))
    for value in ("unknown", "no", ""):
        assert worst(find_flags(Account(text, answers={question: value}))) == said


@pytest.mark.parametrize(
    ("text", "on", "off"),
    [
        ("There was no force and no adult was involved, but she was asleep.", {"RF18"}, {"RF07", "RF05"}),
        ("No images were involved. He held her down.", {"RF07"}, {"RF12"}),
        ("No adult involved, just his mum's boyfriend.", {"RF05"}, set()),
        ("He denies it, but she says he raped her.", {"RF02"}, set()),
        ("I think he might have forced her.", {"RF07"}, set()),
        ("She told us today about last year, when she was raped.", {"RF02"}, set()),
        ("It was just banter, he only grabbed her bottom.", {"RF03"}, set()),
    ],
)
def test_a_negated_flag_never_touches_another_and_denial_doubt_or_banter_change_nothing(text, on, off):
    found = set(codes(text))
    assert on <= found
    assert not off & found


@pytest.mark.parametrize(
    "text",
    [
        "What would we do if a pupil said that she was raped? We are rewriting our policy.",
        "For a case study in staff training: two boys hold a girl down. Which route?",
    ],
)
def test_policy_and_training_questions_raise_no_urgent_flag(text):
    assert worst(find_flags(Account(text))) not in {Tier.A, Tier.B}


@pytest.mark.parametrize("added", URGENT, ids=lambda text: text[:40])
@pytest.mark.parametrize("row", TABLE[::9], ids=lambda row: row["text"][:30])
def test_adding_a_sentence_with_a_true_flag_never_lowers_the_tier(row, added):
    before = worst(find_flags(Account(row["text"])))
    after = worst(find_flags(Account(f"{row['text']} {added}")))
    assert after.rank <= before.rank


@pytest.mark.parametrize(
    "row", [r for r in TABLE if r["expected"] == "yes" and r["flag"] != "RF28"], ids=lambda r: r["text"][:40]
)
def test_capital_letters_and_a_polite_opening_never_lower_the_tier(row):
    before = worst(find_flags(Account(row["text"])))
    for text in (row["text"].upper(), f"Good afternoon, thank you for your help. {row['text']}"):
        if row["flag"] == "RF30":
            continue  # a greeting makes a very short message longer
        assert worst(find_flags(Account(text))).rank <= before.rank


@pytest.mark.parametrize(
    ("role", "text", "who"),
    [
        ("teacher", "My daughter's class teacher is worried.", "professional"),
        ("", "I'm 13 and my friend sent a picture of me.", "child"),
        ("", "My son has been accused of something at his school.", "parent"),
        ("", "I am worried about my own thoughts about children.", "accused_adult"),
        ("worried_about_self", "Help.", "accused_adult"),
        ("PGCE student", "I am writing about consent lessons.", "professional"),
    ],
)
def test_who_is_writing_is_recognised(role, text, who):
    assert audience(Account(text, role=role)) == who


@given(st.text(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_without_an_exception(text):
    for flag in find_flags(Account(text)):
        for evidence in flag.evidence:
            assert evidence.question or text[evidence.start : evidence.end] == evidence.words


@pytest.mark.parametrize(
    "piece", ["a", " ", "no ", "🙂", "\x00", "he said he'd ", "1", "touch ", "שלום ", ".\n"]
)
def test_twenty_thousand_characters_are_read(piece):
    find_flags(Account((piece * 20_000)[:20_000]))


@pytest.mark.parametrize(
    ("item", "says"),
    [
        ({"code": "RF99"}, "has no"),
        ({"code": "RF99", "name": "n", "tier": "A", "because": "b", "source": "s", "triggers": ["("]}, "RF99"),
        (
            {
                "code": "RF99", "name": "n", "tier": "A", "because": "b", "source": "s", "triggers": [],
                "answers": {"unheard_of": ["yes"]},
            },
            "no question",
        ),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_used_says_why(item, says):
    with pytest.raises(BadRules, match=says):
        list(parse({"words": {}, "flag": [item]}))

"""Red flags: the table that a practitioner can read, and what must hold for any text."""

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advice.management.commands._library import from_files
from advice.triage.assess import assess
from advice.triage.flags import BadRules, audience, find_flags, parse, rules, worst
from advice.triage.types import Account, Tier

TABLE = list(
    csv.DictReader((Path(__file__).parent / "red_flags.csv").read_text(encoding="utf-8").splitlines())
)
#: The messages of the table that come out in tier A or B.
URGENT = [row["text"] for row in TABLE if worst(find_flags(Account(row["text"]))) in {Tier.A, Tier.B}]


def tier(text):
    return worst(find_flags(Account(text)))


def same_case(text):
    """The text without letters that change in number or kind when they change case (ß, İ)."""
    return "".join(c for c in text if len(c.upper()) == 1 and c.upper().lower() == c.lower())


def unpunctuated(text):
    """As somebody writes in haste on a phone."""
    return " ".join(re.sub(r"[.,;:!?()\"“”…]", "", text.replace("-", " ").replace("'", "")).split())


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


@pytest.mark.parametrize("flag", [f"RF{n:02}" for n in range(1, 31)])
def test_each_flag_has_twelve_messages_that_trigger_and_twelve_that_do_not(flag):
    alone = [row for row in TABLE if row["flag"] == flag and not row["note"].startswith("combination")]
    for expected in ("yes", "no"):
        assert len([row for row in alone if row["expected"] == expected]) >= 12


def test_there_are_thirty_combinations_of_a_flag_that_holds_with_one_that_is_negated():
    texts = {row["text"] for row in TABLE if row["note"].startswith("combination")}
    assert len(texts) == 30
    assert all({row["expected"] for row in TABLE if row["text"] == text} == {"yes", "no"} for text in texts)


any_message = st.one_of(
    st.sampled_from([row["text"] for row in TABLE]),
    st.lists(st.sampled_from([row["text"] for row in TABLE]), min_size=2, max_size=4).map(" ".join),
    st.text(max_size=200),
)


@given(any_message, st.sampled_from(URGENT))
@settings(max_examples=300, deadline=None)
def test_adding_a_sentence_with_a_true_flag_never_lowers_the_tier(message, added):
    assert tier(f"{message} {added}").rank <= tier(message).rank


@given(any_message)
@settings(max_examples=200, deadline=None)
def test_capital_letters_change_nothing(message):
    def unnamed(text):  # a name is known by its capital letter
        return worst(flag for flag in find_flags(Account(text)) if flag.code != "RF28")

    written = same_case(message)
    assert unnamed(written.upper()) == unnamed(written.lower()) == unnamed(written)


@given(
    any_message.filter(str.strip),
    st.sampled_from(
        ["Good afternoon. ", "Hello, ", "Hi, thank you for your help. ", "Dear all, sorry to bother you. "]
    ),
)
@settings(max_examples=200, deadline=None)
def test_a_polite_opening_changes_nothing(message, opening):
    assert tier(opening + message) == tier(message)


#: Without punctuation the rules read these differently: where the clause of a negation ends is then told by nothing,
#: and the flag after it falls within its reach. What was learnt knows no punctuation and raises it then.
RULES_NEED_PUNCTUATION = frozenset(
    [
        "There is no self-harm. Her uncle touched her.",
        "No one forced anybody. The picture is going round.",
        "The nurse has seen no soreness and no pain. The staff member had a quick look at it on the phone.",
    ]
)


@pytest.mark.parametrize(
    "row",
    # Of "???" nothing is left without its punctuation.
    [r for r in TABLE if r["flag"] != "RF28" and r["text"] not in RULES_NEED_PUNCTUATION | {"???"}],
    ids=lambda r: f"{r['flag']}: {r['text'][:40]}",
)
def test_punctuation_changes_nothing(row):
    assert tier(unpunctuated(row["text"])) == tier(row["text"])


@pytest.mark.parametrize("text", [*sorted(RULES_NEED_PUNCTUATION), "???"])
def test_where_rules_need_punctuation_the_whole_assessment_does_not(text):
    library = from_files()
    with_it, without = (assess(Account(each), library) for each in (text, unpunctuated(text)))
    assert without.outcome == with_it.outcome
    assert without.tier == with_it.tier or not unpunctuated(text)


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


SIGN = "The foster siblings sleep in the same room after the touching."


def test_a_sign_alone_raises_its_flag_for_the_normal_queue_only():
    found = codes(SIGN)
    assert (found["RF11"].tier, found["RF11"].at_most) == (Tier.C, Tier.B)
    assert tier(SIGN) == Tier.C


@pytest.mark.parametrize("urgent", ["He raped her.", "He groped her.", "Her uncle touched her."])
def test_beside_anything_urgent_a_sign_counts_in_full(urgent):
    found = codes(f"{SIGN} {urgent}")
    assert found["RF11"].tier.rank <= Tier.B.rank
    assert found["RF11"].at_most is None


def test_an_answer_counts_in_full_where_the_text_holds_only_a_sign():
    assert codes(SIGN, looked_after="yes")["RF22"].tier == Tier.B

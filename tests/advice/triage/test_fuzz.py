"""Any text with any answers: no exception, and what must hold of every assessment.

How long it takes is measured by `script/bench fuzz`, with many more texts of the same kinds.
"""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advice.management.commands._library import from_files
from advice.triage import flags, language, patterns
from advice.triage.answers import QUESTIONS, ROLES, SETTINGS
from advice.triage.assess import assess
from advice.triage.types import Account, Outcome, Tier
from bench import fuzz

KINDS = [*fuzz.KINDS, *fuzz.AGAIN]
#: Few and the same each time: this suite is to be fast.
FEW = settings(max_examples=40, deadline=None, derandomize=True)


@pytest.fixture(scope="module")
def library():
    return from_files()


def demand_what_must_hold(account, found):
    """Fail where an assessment contradicts itself or its text."""
    urgent = {flag.tier for flag in found.flags}
    assert found.tier == min(urgent, key=lambda tier: tier.rank, default=Tier.NONE)
    assert (found.outcome == Outcome.ACT_NOW) == (found.tier == Tier.A)
    assert found.tier not in {Tier.A, Tier.B} or found.outcome != Outcome.GUIDANCE
    assert not found.confident or found.matches
    assert found.reasons
    assert len(found.matches) <= 5
    confidences = [match.confidence for match in found.matches]
    assert all(0 <= each <= 1 for each in confidences)
    assert confidences == sorted(confidences, reverse=True)
    assert len({match.scenario for match in found.matches}) == len(found.matches)
    assert [flag.code for flag in found.flags] == sorted({flag.code for flag in found.flags})
    for flag in found.flags:
        assert flag.evidence
        for each in flag.evidence:
            assert each.question or account.text[each.start : each.end] == each.words


texts = st.one_of(
    st.text(max_size=2_000),
    st.text(
        st.characters(codec="utf-8", categories=["Cc", "Cf", "Mn", "Lo", "So", "Zs", "Nd"]), max_size=600
    ),
    st.builds(
        fuzz.made,
        st.sampled_from(KINDS),
        st.integers(0, 9_999),
        st.sampled_from([1, 60, 700, 20_000, 20_001]),
    ),
    st.lists(
        st.builds(fuzz.made, st.sampled_from(KINDS), st.integers(0, 9_999), st.integers(1, 200)), max_size=8
    ).map("".join),
)
roles = st.one_of(st.sampled_from(["", *(code for code, _ in ROLES)]), st.text(max_size=60))
places = st.one_of(st.sampled_from(["", *(code for code, _ in SETTINGS)]), st.text(max_size=60))
#: What a broken or hostile client could send for an answer.
wrong = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.binary(max_size=4),
        st.sampled_from(["yes", "touching", "child", "unknown", "7", "²", "٧", "-1", "9" * 5_000, "siblings"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)  # fmt: skip
answers = st.dictionaries(st.sampled_from([*QUESTIONS, "unheard_of"]), wrong, max_size=8)


@given(texts, roles, places, answers)
@FEW
def test_any_text_with_any_answers_gives_an_assessment_that_holds_together(
    library, text, role, setting, answers
):
    account = Account(text, role=role, setting=setting, answers=answers)
    found = assess(account, library)
    demand_what_must_hold(account, found)
    assert assess(account, library) == found


@pytest.mark.parametrize("kind", KINDS)
def test_twenty_thousand_characters_of_each_hostile_kind_are_assessed(library, kind):
    account = Account(fuzz.made(kind, 1, flags.LONGEST))
    assert len(account.text) == flags.LONGEST
    demand_what_must_hold(account, assess(account, library))


@pytest.mark.parametrize("question", sorted(QUESTIONS))
@pytest.mark.parametrize(
    "value", [None, 0, -1.5, True, "²", "٧", "9" * 5_000, [["touching"]], [{}], {"a": 1}, b"yes"], ids=str
)
def test_an_answer_of_a_wrong_kind_raises_nothing_and_breaks_nothing(question, value):
    account = Account("A boy in Year 4 touched a girl.", answers={question: value})
    assert {flag.code for flag in flags.find_flags(account)} >= {
        flag.code for flag in flags.find_flags(Account(account.text))
    }


def test_a_kind_of_behaviour_counts_also_where_it_is_not_in_a_list():
    answers = {"age_harmed": 6, "behaviours": "touching"}
    assert "RF04" in {flag.code for flag in flags.find_flags(Account("", answers=answers))}


@pytest.mark.parametrize(
    "text",
    [
        "7" + " " * 20_000 + "x",
        "both " * 4_000,
        "in my maths class " * 1_100,
        "a." * 10_000 + "@",
        "x-" * 10_000 + "@ y",
    ],
    ids=["blanks after a number", "both both", "in my class", "no address", "nearly an address"],
)
def test_what_once_took_seconds_is_read(text):
    # Each was read again from every place in it; with the old patterns these five take ten seconds.
    flags.find_flags(Account(text))


def test_ages_are_read_with_any_space_between_number_and_unit():
    for text in ("a 7 year old", "a 7-year-old", "7yo", "a 7 - year - old", "7\n years old", "a 7   yr old"):
        assert [age for age, _, _ in language.ages_in(text)] == [7]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("used to be (?:\\w+ )+now", "used to be (?:\\w+ ){1,8}now"),
        ("(?: (?:other|more))*? girls", "(?: (?:other|more)){0,8}? girls"),
        ("touch\\w* (?:him|her)? \\(sic\\)*", "touch\\w* (?:him|her)? \\(sic\\)*"),
    ],
)
def test_a_group_of_words_in_a_rule_is_repeated_only_so_often(written, read):
    assert patterns.spelled_out(written, {}) == read


def test_no_rule_as_it_is_read_repeats_a_group_without_end():
    for pattern in flags.rules().index.patterns:
        assert not re.search(r"(?<!\\)\)[*+]", pattern.written)


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_text_can_be_made_again_from_its_number(kind):
    assert fuzz.made(kind, 5, 300) == fuzz.made(kind, 5, 300)
    fuzz.made(kind, 5, 300).encode("utf-8")  # no half of a pair


@pytest.mark.parametrize("text", ["\x00", "\u200b", "\x00\x00 \x07", "\ufeff", "\u202e"])
def test_a_text_of_nothing_that_can_be_seen_is_too_little_to_go_on(library, text):
    found = assess(Account(text), library)
    assert "RF30" in {flag.code for flag in found.flags}
    assert found.outcome != Outcome.GUIDANCE

"""A message as the learnt models read it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advice.triage.terms import normal, read_aloud, runs_of, terms_of


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("He DOESN'T listen, does he?", "he doesnt listen does he"),
        ("He doesn\u2019t listen", "he doesnt listen"),
        ("Good morning, thank you for your help. She was hurt.", "she was hurt"),
        ("Hello there! Can you help please? A boy (8) ...", "a boy 8"),
        ("Please", ""),
        ("", ""),
        ("   \n\t ", ""),
        ("😀😀", ""),
    ],
)
def test_case_punctuation_and_a_polite_opening_are_taken_away(text, read):
    assert normal(text) == read


def test_role_and_setting_are_terms_of_their_own():
    whole, _ = terms_of("a foster carer", about="foster home")
    assert whole["foster"] == 1
    assert whole["@foster"] == 1
    assert read_aloud("A boy", "Foster home") == "foster home . a boy"


def test_neighbours_and_runs_of_letters_are_counted():
    whole, runs = terms_of("no no touching")
    assert whole == {"no": 2, "touching": 1, "no no": 1, "no touching": 1}
    assert runs[" to"] == 1
    assert runs["ching"] == 1
    assert runs[" no "] == 2


def test_a_misspelling_shares_most_of_its_runs():
    right, wrong = set(runs_of("groped")), set(runs_of("groaped"))
    assert len(right & wrong) >= 4


@given(st.text(max_size=300))
def test_any_text_has_terms(text):
    whole, runs = terms_of(text)
    assert all(n > 0 for n in [*whole.values(), *runs.values()])
    assert normal(normal(text)) == normal(text) or normal(text) == ""

"""Too little, contradictory, or in another language: a person reads it, and no guidance is shown with confidence.

The messages stand in `unclear.csv`: all invented, the foreign ones saying in their language what the clear ones say.
"""

import csv
from collections import Counter
from pathlib import Path

import pytest

from advice.management.commands._library import from_files
from advice.triage import clarity, language, learned
from advice.triage.assess import assess
from advice.triage.types import Account, Outcome

TABLE = list(csv.DictReader((Path(__file__).parent / "unclear.csv").read_text(encoding="utf-8").splitlines()))
UNCLEAR = [row for row in TABLE if row["kind"] != "clear"]


def named(row):
    return f"{row['kind']}: {row['text'][:40]}"


@pytest.fixture(scope="module")
def library():
    return from_files()


@pytest.mark.parametrize(
    "account", [{}, {"role": "teacher", "setting": "secondary"}], ids=["alone", "teacher"]
)
@pytest.mark.parametrize("row", UNCLEAR, ids=named)
def test_what_is_unclear_goes_to_a_person_and_never_gets_confident_guidance(library, row, account):
    found = assess(Account(row["text"], **account), library)
    assert "RF30" in {flag.code for flag in found.flags}
    assert not found.confident
    assert found.outcome != Outcome.GUIDANCE


@pytest.mark.parametrize("row", [row for row in TABLE if row["kind"] == "clear"], ids=named)
def test_what_is_short_misspelt_or_tells_of_a_denial_is_not_unclear(row):
    assert not clarity.is_unclear(language.plain(row["text"]))


def test_the_table_holds_forty_unclear_messages_of_every_kind():
    kinds = Counter(row["kind"] for row in UNCLEAR)
    assert kinds.total() >= 40
    assert set(kinds) == {"too little", "gibberish", "another language", "mixed", "contradictory"}


@pytest.mark.parametrize(
    ("text", "few"),
    [
        ("A pupil touched another pupil in the corridor.", False),
        ("Uczeń dotknął innego ucznia na korytarzu.", True),
        ("Uczeń dotknął ucznia.", False),  # of so few words nobody can say
        ("7 8 9 10 11 12 13", False),
    ],
)
def test_another_language_is_told_by_words_that_were_never_learnt(text, few):
    assert learned.knows_few_words_of(text) == few

"""Patterns found by how they begin: the same as if each were tried at every word."""

import csv
import random
from pathlib import Path

import pytest

from advice.triage import language
from advice.triage.flags import rules
from advice.triage.patterns import WORD_START, BadRules, Index, openings

TABLE = Path(__file__).parent / "red_flags.csv"
TEXTS = [row["text"] for row in csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines())]


def tried_everywhere(index, text):
    found = {}
    for start in (word.start() for word in WORD_START.finditer(text)):
        for pattern in index.patterns:
            match = pattern.match(text, start)
            spans = found.setdefault(pattern.key, [])
            if match and (not spans or spans[-1][0] < start):
                spans.append(match.span())
    return {key: spans for key, spans in found.items() if spans}


@pytest.mark.parametrize("text", random.Random(3).sample(TEXTS, 60))
def test_no_pattern_is_missed_where_it_stands(text):
    plain = language.plain(text)
    assert rules().index.matches(plain) == tried_everywhere(rules().index, plain)


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("locked it", {("locked", True)}),
        ("pics?\\b", {("pic", False)}),
        ("did ?n'?t stop", {("did", False)}),
        ("don'?t", {("don", False)}),
        ("(?:he|she)(?:'?s| is) here", {("he", False), ("she", False)}),
        ("(?:the |some )?boys\\b", {("the", True), ("some", True), ("boys", True)}),
        ("(?:a|b)c d", {("ac", True), ("bc", True)}),
        ("groomed|nonce\\b", {("groomed", False), ("nonce", True)}),
        ("\\d+ minutes", {("0", False)}),
        ("(?:ten|\\d+) weeks", {("ten", True), ("0", False)}),
        ("(?:he|'?ll) come", {("he", True), ("ll", True)}),
        ("(?:one |two )+girls", set()),
        ("(?!no)x", set()),
        ("a?b", set()),
    ],
)
def test_how_a_pattern_can_begin(part, found):
    assert openings(part) == found


def test_a_pattern_that_is_none_names_its_flag():
    with pytest.raises(BadRules, match="RF01"):
        Index().add(("RF01", "triggers"), ["(never closed"], {})

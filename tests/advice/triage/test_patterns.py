"""Patterns found by how they begin: the same as if each were tried at every word."""

import csv
import random
import re
from pathlib import Path

import pytest

from advice.triage import language
from advice.triage.flags import rules
from advice.triage.patterns import BadRules, Index, openings

TABLE = Path(__file__).parent / "red_flags.csv"
WORD_START = re.compile(r"\b\w")
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
        ("locked it", {("locked", True, " i")}),
        ("pics?\\b", {("pic", False, "")}),
        ("don'?t", {("don", True, "'t"), ("dont", False, "")}),
        ("did ?n'?t stop", {("did", True, " n"), ("didn", True, "'t"), ("didnt", True, " s")}),
        ("stopped?'?s", {("stoppe", False, "")}),
        ("(?:he|she)(?:'s| is) here", {(who, True, then) for who in ("he", "she") for then in ("'s", " i")}),
        ("he(?: \\w+)? did", {("he", True, " "), ("he", True, " d")}),
        ("he(?: was)* here", {("he", False, "")}),
        ("(?:the |some )?boys\\b", {("the", True, " b"), ("some", True, " b"), ("boys", True, "")}),
        ("(?:a|b)c d", {("ac", True, " d"), ("bc", True, " d")}),
        ("groomed|nonce\\b", {("groomed", False, ""), ("nonce", True, "")}),
        ("\\d+ minutes", {("0", False, "")}),
        ("the \\d+ boys", {("the", True, " 0")}),
        ("(?:ten|\\d+) weeks", {("ten", True, " w"), ("0", False, "")}),
        ("(?:he|'?ll) come", {("he", True, " c"), ("ll", True, " c")}),
        ("he '?ll come", {("he", True, " ")}),
        ("he (?!is)\\w+", {("he", True, " ")}),
        ("(?:one |two )+girls", set()),
        ("(?!no)x", set()),
        ("a?b", set()),
    ],
)
def test_how_a_pattern_can_begin(part, found):
    assert openings(part) == found


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("he (?:kept|'?ll keep) on", "so he 'll keep on"),
        ("she(?:'?s| is| ) told", "shes told, she is told, she's told, she  told"),
        ("the (?:\\w+ )?boys?\\b", "the boy, the big boys, the 2 boys"),
        ("it (?:\\d+ )?times?", "it 3 times, it time"),
        ("a ?lone", "alone, a lone"),
        ("i(?:'| a)?m here", "i'm here, im here, i am here"),
    ],
)
def test_a_pattern_is_found_however_it_goes_on(part, text):
    index = Index()
    index.add(("RF01", "triggers"), [part], {})
    assert index.matches(text) == tried_everywhere(index, text) != {}


def test_a_pattern_that_is_none_names_its_flag():
    with pytest.raises(BadRules, match="RF01"):
        Index().add(("RF01", "triggers"), ["(never closed"], {})

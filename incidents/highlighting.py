"""The account with the evidence of its red flags marked, for the practitioner."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from incidents.assessing import TEXTS


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, with the codes of the flags it is evidence for (none: plain text)."""

    text: str
    codes: tuple[str, ...]


def pieces(text: str, spans: Iterable[tuple[int, int, str]]) -> list[Piece]:
    """Cut the text where spans begin and end; spans may overlap, and are clipped to the text."""
    clipped = [(max(0, a), min(len(text), b), code) for a, b, code in spans]
    inside = [(a, b, code) for a, b, code in clipped if a < b]
    edges = sorted({0, len(text), *(a for a, _, _ in inside), *(b for _, b, _ in inside)})
    return [
        Piece(text[a:b], tuple(sorted({code for x, y, code in inside if x <= a and b <= y})))
        for a, b in pairwise(edges)
    ]


def marked(
    answers: Mapping[str, Any], flags: Iterable[Mapping[str, Any]], further: str = ""
) -> dict[str, Any]:
    """Each free text by question key, in pieces; `further` stands under that key.

    Triage reads the free texts as one, parted by a blank line (`assessing.account_from`); the same
    joining gives each text its place.
    """
    spans = [
        (evidence["start"], evidence["end"], flag["code"])
        for flag in flags
        for evidence in flag["evidence"]
        if not evidence["question"] and evidence["end"] > evidence["start"]
    ]
    found: dict[str, Any] = {}
    begins = 0
    for key, text in [*((key, str(answers.get(key, ""))) for key in TEXTS), ("further", further)]:
        if text.strip():
            found[key] = pieces(text, [(a - begins, b - begins, code) for a, b, code in spans])
            begins += len(text) + 2
    return found


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the account with a little of what stands around them."""

    before: str
    words: str
    after: str


def quote(text: str, start: int, end: int, *, around: int = 40) -> Quote:
    """The words from `start` to `end` with about `around` characters on both sides, cut between words."""
    before, words, after = text[max(0, start - around) : start], text[start:end], text[end : end + around]
    if start > around:
        before = "… " + before.partition(" ")[2]
    if end + around < len(text):
        after = after.rpartition(" ")[0] + " …"
    return Quote(*(" ".join(part.split("\n")) for part in (before, words, after)))

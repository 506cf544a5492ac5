"""Words and pairs of words as numbers: TF-IDF over the wordings, spelling and jargon made alike first."""

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

WORD: Final = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+")
#: Words that tell nothing of a scenario. "not" and "no" are kept: they do.
STOP: Final = frozenset(
    (Path(__file__).parent / "rules" / "stop-words.txt").read_text(encoding="utf-8").split()
)
ENDINGS: Final = ("ings", "ing", "edly", "ed", "ies", "es", "s", "ly")


@lru_cache(maxsize=1)
def synonyms() -> dict[str, str]:
    """Words of the field and their common form, from rules/synonyms.toml."""
    file = Path(__file__).parent / "rules" / "synonyms.toml"
    groups: dict[str, list[str]] = tomllib.loads(file.read_text(encoding="utf-8"))["same"]
    return {word: common for common, words in groups.items() for word in words}


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The word without a common ending."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def words_in(text: str) -> list[str]:
    """The telling words, alike in spelling."""
    same = synonyms()
    found = (same.get(word, word) for word in WORD.findall(text.lower().replace("\u2019", "'")))
    return [stem(word) for word in found if word not in STOP]


def terms_in(text: str) -> Counter[str]:
    """Words, pairs of neighbouring words, and runs of five letters (for misspellings)."""
    words = words_in(text)
    terms = Counter(words)
    terms.update(f"{a} {b}" for a, b in pairwise(words))
    for word in words:
        if len(word) > 5:
            terms.update(f"~{word[n : n + 5]}" for n in range(len(word) - 4))
    return terms


@dataclass(frozen=True)
class Vocabulary:
    """Terms with their places and how rare each is."""

    places: dict[str, int]
    rarity: Matrix

    def row(self, text: str) -> Matrix:
        """The text as one row of length one (all zero when it shares no term)."""
        values = np.zeros(len(self.places), dtype=np.float32)
        for term, count in terms_in(text).items():
            place = self.places.get(term)
            if place is not None:
                values[place] = (1 + np.log(count)) * self.rarity[place]
        length = float(np.linalg.norm(values))
        return values / length if length else values

    def rows(self, texts: Sequence[str]) -> Matrix:
        """A row for each text."""
        return np.stack([self.row(text) for text in texts])


def vocabulary(texts: Sequence[str]) -> Vocabulary:
    """Learn the terms that at least two texts share."""
    held: Counter[str] = Counter()
    for text in texts:
        held.update(set(terms_in(text)))
    kept = sorted(term for term, count in held.items() if count > 1)
    rarity = np.array([np.log((1 + len(texts)) / (1 + held[t])) + 1 for t in kept], dtype=np.float32)
    return Vocabulary({term: n for n, term in enumerate(kept)}, rarity)

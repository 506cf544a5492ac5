"""Search in the library: plain words against titles, wordings and guidance, best first."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import log
from typing import Final

from advice.library import Page

WORD = re.compile(r"[^\W_]+", re.UNICODE)
#: Words that stand in every text and say nothing about it.
COMMON: Final = frozenset({
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "been",
    "being", "but", "by", "can", "could", "did", "do", "does", "for", "from", "get", "got", "had", "has",
    "have", "he", "her", "him", "his", "how", "i", "if", "in", "into", "is", "it", "its", "just", "me",
    "my", "of", "on", "or", "our", "she", "should", "so", "some", "than", "that", "the", "their", "them",
    "then", "there", "these", "they", "this", "those", "to", "too", "us", "very", "was", "we", "were",
    "what", "when", "where", "which", "who", "whom", "why", "will", "with", "would", "you", "your",
})  # fmt: skip
#: A word in the title tells more than one in the guidance.
WEIGHTS = (("title", 6.0), ("applies_when", 3.0), ("wordings", 1.0), ("guidance", 0.5))


def words_in(text: str) -> list[str]:
    """Words in lower case, with common endings taken off, so that "touched" finds "touching"."""
    return [stem(word) for word in WORD.findall(text.lower())]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The word without a common English ending."""
    for ending in ("ings", "ing", "edly", "ed", "ies", "es", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def telling(words: str) -> set[str]:
    """The words of a search that tell something; where none does, all of them."""
    written = WORD.findall(words.lower())
    return {stem(word) for word in written if word not in COMMON} or {stem(word) for word in written}


def text_of(page: Page, name: str) -> str:
    """One field of the page as text."""
    value = getattr(page, name)
    return " ".join(value) if isinstance(value, list | tuple) else str(value)


def weights_of(page: Page) -> Counter[str]:
    """How much each word says about the page."""
    total: Counter[str] = Counter()
    for name, weight in WEIGHTS:
        for word, count in Counter(words_in(text_of(page, name))).items():
            total[word] += weight * (1 + log(count))  # type: ignore[assignment]
    return total


def ranked(words: str, pages: Sequence[Page]) -> list[Page]:
    """The pages that hold any of the words, best first; rare words count more, common ones not at all."""
    wanted = telling(words)
    weighed = [(page, weights_of(page)) for page in pages]
    rarity = {word: log(1 + len(pages) / (1 + holding(word, weighed))) for word in wanted}
    scored = [(sum(w[word] * rarity[word] for word in wanted), page) for page, w in weighed]
    return [page for score, page in sorted(scored, key=lambda item: -item[0]) if score > 0]


def holding(word: str, weighed: Iterable[tuple[Page, Counter[str]]]) -> int:
    """How many pages hold the word."""
    return sum(1 for _, weights in weighed if weights[word])

"""A message as the learnt models read it: normalised text, and its terms.

The models were fitted on exactly what these functions give, so a change here means fitting them again
(`learning/README.md`). Case, punctuation and a polite opening are taken away first: they never change an outcome.
"""

import re
from collections import Counter
from itertools import pairwise
from typing import Final

from advice.triage.kept import while_reading

#: What opens or ends a polite letter and tells nothing of what happened.
POLITE: Final = re.compile(
    r"^(?:(?:hello|hi|hiya|hey|dear (?:sir or madam|sir madam|sir|madam|all|team|colleagues?)|good (?:morning|afternoon|evening)"
    r"|(?:many )?thanks? (?:you )?(?:very much )?(?:in advance )?for (?:your|the|any) (?:help|time|advice|support|service)"
    r"|thank you(?: in advance)?|thanks|i hope (?:you are|this finds you|youre) well|sorry to (?:bother|trouble) you"
    r"|(?:please )?(?:can|could) you (?:please )?help(?: me| us)?(?: please)?|please)(?: (?:there|all|everyone|team))? )+"
)
WORD: Final = re.compile(r"[^\W_]+")
#: Runs of letters that stand for a word's spelling, its edges marked: what a misspelling leaves alike.
SHORTEST_RUN: Final = 3
LONGEST_RUN: Final = 5
#: The words of role and setting are terms of their own: "foster" as a setting is not "foster" in a story.
ABOUT: Final = "@"
#: Tokens that the sentence model reads of a text. Of a longer one the beginning and the end are read: they hold
#: what happened and what is asked.
MOST_TOKENS: Final = 128
TOKENS_AT_END: Final = 48


@while_reading
def normal(text: str) -> str:
    """Words in lower case with single spaces; no apostrophes, no punctuation, no polite opening."""
    lowered = text.lower().replace("\u2019", "").replace("\u2018", "").replace("'", "")
    words = " ".join(WORD.findall(lowered)) + " "
    return POLITE.sub("", words).strip()


def runs_of(word: str) -> tuple[str, ...]:
    """The runs of three to five letters of a word, with its edges as spaces.

    Not kept, although that would save 0.2 ms a message: a word may be a child's name.
    """
    edged = f" {word} "
    return tuple(
        edged[start : start + size]
        for size in range(SHORTEST_RUN, LONGEST_RUN + 1)
        for start in range(max(1, len(edged) - size + 1))
        if len(edged) >= size
    )


@while_reading
def words_in(text: str) -> Counter[str]:
    """Words and pairs of neighbours, with how often they stand. Not to be changed: it is kept."""
    words = normal(text).split()
    whole = Counter(words)
    whole.update(map(" ".join, pairwise(words)))
    return whole


def words_of(text: str, about: str = "") -> Counter[str]:
    """The same with the words of `about`: role and setting."""
    whole = words_in(text).copy()
    whole.update(ABOUT + word for word in normal(about).split())
    return whole


def terms_of(text: str, about: str = "") -> tuple[Counter[str], Counter[str]]:
    """Words with pairs of neighbours, and runs of letters, each with how often they stand."""
    runs: Counter[str] = Counter()
    for word, times in Counter(normal(text).split()).items():
        for run in runs_of(word):
            runs[run] += times
    return words_of(text, about), runs


def read_aloud(text: str, about: str = "") -> str:
    """The message as the sentence model reads it: role and setting first, then the words."""
    told = normal(about)
    return f"{told} . {normal(text)}" if told else normal(text)


def shortened(ids: list[int]) -> list[int]:
    """The tokens that are read, at most `MOST_TOKENS`; the model's own marks at both ends stay."""
    return ids if len(ids) <= MOST_TOKENS else ids[: MOST_TOKENS - TOKENS_AT_END] + ids[-TOKENS_AT_END:]

"""The patterns of the red-flag rules as the engine reads them: words put in place, sorted by first letter."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from advice.triage.kept import while_reading

#: A pattern whose beginning is not plain to see is tried at words with each of these.
LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")

#: A group that may be repeated without end, and how often it is read instead: more than anybody writes.
ENDLESS_GROUP: Final = re.compile(r"(?<!\\)\)([*+])")
REPEATED: Final = {"*": "){0,8}", "+": "){1,8}"}


class BadRules(Exception):
    """The rules file cannot be used; the message names the flag and what is wrong."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """Patterns of a rule by the letter that they can begin with: at a word only its letter's are tried.

    There are more than a thousand patterns; tried at every word they were most of the time of an assessment.
    """

    by_letter: Mapping[str, re.Pattern[str]]

    def matches(self, text: str) -> Iterable[re.Match[str]]:
        """Where the patterns stand, in no order; they may overlap."""
        for letter, starts in word_starts(text):
            pattern = self.by_letter.get(letter)
            if pattern:
                for start in starts:
                    match = pattern.match(text, start)
                    if match:
                        yield match


@while_reading
def word_starts(text: str) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The first letters of the text's words, each with its places."""
    found: dict[str, list[int]] = {}
    for match in re.finditer(r"\b\w", text):
        found.setdefault(match[0], []).append(match.start())
    return tuple((letter, tuple(starts)) for letter, starts in found.items())


def trigger(code: str, parts: list[str], words: Mapping[str, str]) -> Trigger | None:
    """The patterns of a rule, or of what takes it back, with {name} replaced by its list of words."""
    if not parts:
        return None
    by_letter: dict[str, list[str]] = {}
    for part in parts:
        written = spelled_out(part, words)
        for letter in first_letters(written) or LETTERS:
            by_letter.setdefault(letter, []).append(written)
    try:
        return Trigger({letter: re.compile("|".join(found)) for letter, found in by_letter.items()})
    except re.error as error:
        raise BadRules(f"{code}: {error}") from error


def pattern(code: str, parts: list[str], words: Mapping[str, str]) -> re.Pattern[str] | None:
    """One pattern of many, for what is only asked whether it stands anywhere."""
    if not parts:
        return None
    try:
        return re.compile(rf"\b(?:{'|'.join(spelled_out(part, words) for part in parts)})")
    except re.error as error:
        raise BadRules(f"{code}: {error}") from error


def spelled_out(part: str, words: Mapping[str, str]) -> str:
    """A pattern with its lists of words in place."""
    for _ in range(2):  # a list of words may use another one
        for name, listed in words.items():
            part = part.replace("{" + name + "}", listed)
    return bounded(part.replace("\u2019", "'?"))


def bounded(part: str) -> str:
    """The pattern with an end to how often a group of words may be repeated.

    Without one, a message that says such a word five thousand times is read from each of them to the end.
    """
    return ENDLESS_GROUP.sub(lambda found: REPEATED[found[1]], part)


def first_letters(part: str) -> frozenset[str]:
    """The letters a pattern can begin with; none where that is not plain to see."""
    words, end = leading_group(part)
    if not words:
        return frozenset(part[0]) if re.match(r"[a-z](?![?*{])", part) else frozenset()
    letters = [first_letters(word) for word in words]
    if part[end : end + 1] in {"?", "*"}:  # it may be missing
        letters.append(first_letters(part[end + 1 :]))
    return frozenset().union(*letters) if all(letters) else frozenset()


def leading_group(part: str) -> tuple[list[str], int]:
    """The alternatives of the group that a pattern begins with, if any, and where the group ends."""
    if not part.startswith("(?:"):
        return [], 0
    alternatives, begin, depth = [], 3, 0
    for place in re.finditer(r"\\.|\[[^]]*\]|[()|]", part):
        depth += {"(": 1, ")": -1}.get(place[0], 0)
        if depth == 0 or (place[0] == "|" and depth == 1):
            alternatives.append(part[begin : place.start()])
            begin = place.end()
        if depth == 0:
            return alternatives, place.end()
    return [], 0

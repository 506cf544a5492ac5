"""The patterns of the red-flag rules as they are read: words put in place, found by how they begin."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

#: A group that may be repeated without end, and how often it is read instead: more than anybody writes.
ENDLESS_GROUP: Final = re.compile(r"(?<!\\)\)([*+])")
REPEATED: Final = {"*": "){0,8}", "+": "){1,8}"}

WORD_START: Final = re.compile(r"\b\w")
RUN: Final = re.compile(r"[a-z]+")
#: How a pattern begins that begins with a figure, and stands for every word that does.
FIGURE: Final = "0"
BEGINS_WITH_FIGURE: Final = re.compile(r"\\d|[0-9]")
#: What ends a pattern's first run of letters for certain: then it is a whole word.
WORD_END: Final = re.compile(r"(?:[ '-](?![?*{])|\\b)")
#: Groups at a pattern's beginning are followed so deep.
DEEPEST: Final = 8

Key = tuple[str, str]


class BadRules(Exception):
    """The rules file cannot be used; the message names the flag and what is wrong."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern; its key says of which flag, and in which of its lists it stands."""

    key: Key
    match: Callable[[str, int], re.Match[str] | None]
    written: str


@dataclass(slots=True)
class Index:
    """All patterns by how they can begin: at a word only those are tried that may stand there.

    There are more than a thousand; tried at every word they were most of the time of an assessment.
    """

    patterns: list[Pattern] = field(default_factory=list)
    whole: dict[str, list[int]] = field(default_factory=dict)  # the first run of letters is this
    begins: dict[str, list[int]] = field(default_factory=dict)  # ... begins with this
    anywhere: list[int] = field(default_factory=list)  # how it begins is not plain to see
    longest: int = 0  # of the openings in `begins`, in letters
    # By openings of the rules, never by words of a message: those may be a child's name.
    ready: dict[tuple[str, str, bool], list[int]] = field(default_factory=dict)

    def add(self, key: Key, parts: Iterable[str], words: Mapping[str, str]) -> None:
        """Add the patterns of one list, with {name} replaced by its list of words."""
        for part in parts:
            written = spelled_out(part, words)
            try:
                compiled = re.compile(written)
            except re.error as error:
                raise BadRules(f"{key[0]}: {error}") from error
            number = len(self.patterns)
            self.patterns.append(Pattern(key, compiled.match, written))
            found = openings(written)
            for run, is_whole in found:
                (self.whole if is_whole else self.begins).setdefault(run, []).append(number)
                self.longest = max(self.longest, len(run))
            if not found:
                self.anywhere.append(number)

    def may_begin_with(self, run: str, letter: str) -> list[int]:
        """The numbers of the patterns that may begin at a word with this first run of letters."""
        ends = range(min(len(run), self.longest), 0, -1)
        opening = next((run[:end] for end in ends if run[:end] in self.begins), "")
        key = (run if run in self.whole else "", opening, letter.isdecimal())
        if key not in self.ready:
            found = {*self.whole.get(run, ()), *self.anywhere}
            if letter.isdecimal():
                found.update(self.begins.get(FIGURE, ()))
            for end in range(1, len(opening) + 1):
                found.update(self.begins.get(opening[:end], ()))
            self.ready[key] = sorted(found)
        return self.ready[key]

    def matches(self, text: str) -> dict[Key, list[tuple[int, int]]]:
        """For each list of patterns where one of them stands, in order; of several at a word the first."""
        found: dict[Key, list[tuple[int, int]]] = {}
        known: dict[str, list[int]] = {}
        for start in (word.start() for word in WORD_START.finditer(text)):
            run = RUN.match(text, start)
            name = run[0] if run else text[start]
            if name not in known:
                known[name] = self.may_begin_with(run[0] if run else "", text[start])
            for number in known[name]:
                pattern = self.patterns[number]
                match = pattern.match(text, start)
                if match:
                    spans = found.setdefault(pattern.key, [])
                    if not spans or spans[-1][0] < start:
                        spans.append(match.span())
        return found


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


def openings(part: str, deep: int = 0) -> frozenset[tuple[str, bool]]:
    """With which letters a match can begin, and whether these are its whole first run of letters.

    Nothing where that is not plain to see.
    """
    several, end = alternatives(part)
    if several:
        repeated = part[end : end + 1]
        if deep == DEEPEST or (repeated and repeated in "*+{"):
            return frozenset()
        rest = part[end + 1 :] if repeated == "?" else part[end:]
        each = [openings(one + rest, deep + 1) for one in several]
        if repeated == "?":  # it may be missing
            each.append(openings(rest, deep + 1))
        return frozenset().union(*each) if all(each) else frozenset()
    if part.startswith("'?"):  # no word begins with it
        return openings(part[2:], deep + 1)
    return opening_of_word(part)


def opening_of_word(part: str) -> frozenset[tuple[str, bool]]:
    """The same for a part that begins with a word or a figure."""
    if BEGINS_WITH_FIGURE.match(part):
        return frozenset([(FIGURE, False)])
    run = RUN.match(part)
    if not run:
        return frozenset()
    if WORD_END.match(part, run.end()):
        return frozenset([(run[0], True)])
    # The last letter may be missing, or repeated.
    letters = run[0][:-1] if part[run.end() : run.end() + 1] in {"?", "*", "{"} else run[0]
    return frozenset([(letters, False)]) if letters else frozenset()


def alternatives(part: str) -> tuple[list[str], int]:
    """The alternatives that a pattern begins with (its own, or those of its first group), and where they
    end; none where it begins with neither.
    """
    places = list(re.finditer(r"\\.|\[[^]]*\]|[()|]", part))
    depth, begin = 0, 0
    own: list[str] = []
    for place in places:
        depth += {"(": 1, ")": -1}.get(place[0], 0)
        if place[0] == "|" and depth == 0:
            own.append(part[begin : place.start()])
            begin = place.end()
    if own:
        return [*own, part[begin:]], len(part)
    if not part.startswith("(?:"):
        return [], 0
    inner: list[str] = []
    begin, depth = 3, 0
    for place in places:
        depth += {"(": 1, ")": -1}.get(place[0], 0)
        if depth == 0 or (place[0] == "|" and depth == 1):
            inner.append(part[begin : place.start()])
            begin = place.end()
        if depth == 0:
            return inner, place.end()
    return [], 0

"""The patterns of the red-flag rules as they are read: words put in place, found by how they begin."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

#: A group that may be repeated without end, and how often it is read instead: more than anybody writes.
ENDLESS_GROUP: Final = re.compile(r"(?<!\\)\)([*+])")
REPEATED: Final = {"*": "){0,8}", "+": "){1,8}"}

#: How each word begins: with a run of letters, or with one other character.
BEGINNING: Final = re.compile(r"\b(?:[a-z]+|\w)")
RUN: Final = re.compile(r"[a-z]+")
#: How a pattern begins that begins with a figure, and stands for every word that does.
FIGURE: Final = "0"
BEGINS_WITH_FIGURE: Final = re.compile(r"\\d|[0-9]")
#: What ends a pattern's first run of letters for certain: then it is a whole word.
WORD_END: Final = re.compile(r"(?:[ '-](?![?*{])|\\b)")
#: What may stand after a word, or not.
MAY_BE_MISSING: Final = ("'?", " ?", "-?")
#: A word as short as this ("he", "they") begins so many patterns that it matters how they go on.
SHORT: Final = 4
#: Groups at a pattern's beginning are followed so deep.
DEEPEST: Final = 8

NOTHING: Final[frozenset[str]] = frozenset()

Key = tuple[str, str]


class Opening(NamedTuple):
    """How a match can begin."""

    letters: str
    whole: bool  # these are its whole first run of letters
    #: After a whole run: what parts it from the next word, and that word's first letter where it is plain.
    then: str = ""


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
    whole: dict[str, list[tuple[str, int]]] = field(default_factory=dict)  # the first run is this; then ...
    thens: dict[str, set[str]] = field(default_factory=dict)  # all that may follow such a run
    begins: dict[str, list[int]] = field(default_factory=dict)  # the first run begins with this
    anywhere: list[int] = field(default_factory=list)  # how it begins is not plain to see
    longest: int = 0  # of the openings in `begins`, in letters
    # By openings of the rules, never by words of a message: those may be a child's name.
    ready: dict[tuple[str, str], list[int]] = field(default_factory=dict)

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
            for opening in found:
                if opening.whole:
                    self.whole.setdefault(opening.letters, []).append((opening.then, number))
                    self.thens.setdefault(opening.letters, set()).add(opening.then)
                else:
                    self.begins.setdefault(opening.letters, []).append(number)
                    self.longest = max(self.longest, len(opening.letters))
            if not found:
                self.anywhere.append(number)

    def may_begin_with(self, run: str, after: str) -> list[int]:
        """The numbers of the patterns that may begin at a word.

        `run` is its first run of letters, or `FIGURE`, or nothing; `after` the two characters that follow it.
        """
        thens = self.thens.get(run, NOTHING)
        # Not by the word itself, if no rule begins with it.
        key = (run, after if after in thens else after[:1]) if thens else (self.opening_of(run), "")
        found = self.ready.get(key)
        if found is None:
            found = self.ready[key] = self.found_for(*key)
        return found

    def opening_of(self, run: str) -> str:
        """The longest opening that a run of letters begins with."""
        for end in range(min(len(run), self.longest), 0, -1):
            if run[:end] in self.begins:
                return run[:end]
        return ""

    def found_for(self, run: str, then: str) -> list[int]:
        """The same, not kept."""
        found = {number for wanted, number in self.whole.get(run, ()) if then.startswith(wanted)}
        for end in range(1, len(run) + 1):
            found.update(self.begins.get(run[:end], ()))
        return sorted(found.union(self.anywhere))

    def matches(self, text: str) -> dict[Key, list[tuple[int, int]]]:
        """For each list of patterns where one of them stands, in order; of several at a word the first."""
        found: dict[Key, list[tuple[int, int]]] = {}
        for beginning in BEGINNING.finditer(text):
            start, end = beginning.span()
            run, after = beginning[0], text[end : end + 2]
            if not "a" <= run[0] <= "z":
                run = FIGURE if run.isdecimal() else ""
            if after[1:].isdecimal():
                after = after[0] + FIGURE
            for number in self.may_begin_with(run, after):
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


def openings(part: str, deep: int = 0, *, first: bool = True) -> frozenset[Opening]:
    """With what a match can begin; nothing where that is not plain to see.

    `first` is false for the word that follows the first one.
    """
    several, end = alternatives(part)
    if several:
        repeated = part[end : end + 1]
        if deep == DEEPEST or (repeated and repeated in "*+{"):
            return frozenset()
        rest = part[end + 1 :] if repeated == "?" else part[end:]
        each = [openings(one + rest, deep + 1, first=first) for one in several]
        if repeated == "?":  # it may be missing
            each.append(openings(rest, deep + 1, first=first))
        return frozenset().union(*each) if all(each) else frozenset()
    if part.startswith("'?"):  # no word begins with it, but it may stand before the second one
        return openings(part[2:], deep + 1) if first else frozenset()
    return opening_of_word(part, deep, first=first)


def opening_of_word(part: str, deep: int, *, first: bool) -> frozenset[Opening]:
    """The same for a part that begins with a word or a figure."""
    if BEGINS_WITH_FIGURE.match(part):
        return frozenset([Opening(FIGURE, whole=False)])
    run = RUN.match(part)
    if not run:
        return frozenset()
    ending = WORD_END.match(part, run.end())
    if ending:
        parted_by = "" if ending[0] == r"\b" else ending[0]
        rest = part[ending.end() :]
        following = openings(rest, deep + 1, first=False) if first and parted_by else ()
        thens = {parted_by + each.letters[0] for each in following} or {parted_by}
        return frozenset(Opening(run[0], whole=True, then=then) for then in thens)
    written_out = variants(run[0], part[run.end() :]) if len(run[0]) <= SHORT and deep < DEEPEST else []
    if written_out:
        return frozenset().union(*(opening_of_word(each, deep + 1, first=first) for each in written_out))
    # The last letter may be missing, or repeated.
    letters = run[0][:-1] if part[run.end() : run.end() + 1] in {"?", "*", "{"} else run[0]
    return frozenset([Opening(letters, whole=False)]) if letters else frozenset()


def variants(run: str, rest: str) -> list[str]:
    """A pattern that begins with a run of letters, written once for each way in which it may go on.

    Nothing where it goes on in one way, or in ways that are not plain to see.
    """
    if rest[:2] in MAY_BE_MISSING:
        return [run + rest[0] + rest[2:], run + rest[2:]]
    several, end = alternatives(rest)
    if not several or not rest.startswith("(?:"):
        return []
    repeated, after = rest[end : end + 1], rest[end:]
    if repeated and repeated in "*+{":
        return []
    if repeated == "?":
        after = rest[end + 1 :]
        several = [*several, ""]
    return [run + one + after for one in several]


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

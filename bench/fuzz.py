"""`script/bench fuzz [HOW MANY]`: whole assessments of hostile texts, and the slowest of them.

Wall time is what a person waits; the process's own time is what is left when other work on the machine is
taken away. The texts are made by chance from a number, so a slow one can be made again.
"""

import csv
import os
import random
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle
from pathlib import Path
from typing import Final

from advice.management.commands._library import from_files
from advice.triage import flags, language
from advice.triage.answers import ROLES, SETTINGS
from advice.triage.assess import assess
from advice.triage.library import Library
from advice.triage.types import Account

MANY: Final = 2_000
GOAL_MS: Final = 250
SLOWEST: Final = 10
LENGTHS: Final = (40, 400, 4_000, flags.LONGEST, flags.LONGEST)

TABLE: Final = Path(__file__).parent.parent / "tests" / "advice" / "triage" / "red_flags.csv"

Piece = Callable[[random.Random], str]

#: Where the letters of many scripts stand.
SCRIPTS: Final = (
    (0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F), (0x370, 0x3FF), (0x400, 0x4FF), (0x531, 0x586),
    (0x5D0, 0x5EA), (0x620, 0x64A), (0x904, 0x939), (0x985, 0x9B9), (0xA05, 0xA39), (0xB85, 0xBB9),
    (0xE01, 0xE30), (0x10A0, 0x10FF), (0x1200, 0x1248), (0x13A0, 0x13F5), (0x1780, 0x17B3),
    (0x3041, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0x10330, 0x1034A), (0x1D400, 0x1D7FF),
    (0x20000, 0x20100),
)  # fmt: skip
INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202a\u202b\u202d\u202e\u2066\u2069\ufe0f"
BLANK: Final = " \t\n\r\x0b\x0c\x1c\x85\xa0\u2003\u2028\u2029\u3000"
NUMBERS: Final = "0123456789²½Ⅷ٣७\uff19"
NOT: Final = ("not", "no", "never", "n't", "without", "nobody", "but", "just", "he", "not that", "nor")
FOREIGN: Final = (
    "dziecko",
    "bachgen",
    "enfant",
    "дитина",
    "بچہ",
    "طفل",
    "copil",
    "cunug",
    "niño",
    "孩子",
    "जब",
)


@lru_cache(maxsize=1)
def rule_pieces() -> tuple[tuple[str, ...], ...]:
    """The words between the signs of each pattern of the rules, and of the patterns in code."""
    in_code = [
        each for each in (*vars(flags).values(), *vars(language).values()) if isinstance(each, re.Pattern)
    ]
    written = re.findall(r"'([^'\n]+)'", flags.RULES.read_text(encoding="utf-8"))
    patterns = written + [each.pattern for each in in_code]
    pieces = (
        re.findall(r"[a-z][a-z \u2019']*", re.sub(r"\\[a-zA-Z]|\(\?\w?:?", "|", each)) for each in patterns
    )
    return tuple(tuple(found) for found in pieces if found)


@lru_cache(maxsize=1)
def messages() -> tuple[str, ...]:
    """The messages of the red flags' table."""
    with TABLE.open(encoding="utf-8", newline="") as opened:
        return tuple(row["text"] for row in csv.DictReader(opened))


def letter(chance: random.Random) -> str:
    """A letter of any script."""
    return chr(chance.randint(*chance.choice(SCRIPTS)))


def any_character(chance: random.Random) -> str:
    """Any character that can be stored: no half of a pair."""
    number = chance.randrange(0x110000 - 0x800)
    return chr(number if number < 0xD800 else number + 0x800)


def telling(chance: random.Random) -> str:
    """Some words of one pattern."""
    return chance.choice(chance.choice(rule_pieces())).strip()


def age(chance: random.Random) -> str:
    """An age, in one of many ways to write it."""
    ways = (
        "he is {} and ",
        "she is {}. ",
        "aged {}, ",
        "{} year old ",
        "Year {} ",
        "({}) ",
        "{} - yr-old ",
        "U{} ",
    )
    return chance.choice(ways).format(chance.randint(0, 25))


def contact(chance: random.Random) -> str:
    """What looks like the beginning of an address or a number."""
    ways = (
        "a.b-c+d",
        "x@",
        "@y",
        "a@b.",
        "07700 900",
        "0 7 ",
        "+44 7",
        "SW1A ",
        "12/11/",
        "MASH ref 1/",
        "DOB ",
        "Aa ",
    )
    return chance.choice(ways)


#: Kinds of text by name: what is put together by chance until the text is long enough.
KINDS: Final[dict[str, Piece]] = {
    "any character": any_character,
    "words of every script": lambda c: "".join(letter(c) for _ in range(c.randint(1, 9))) + " ",
    "one word without end": letter,
    "emoji": lambda c: chr(c.randint(0x1F300, 0x1FAFF)) + c.choice(("", "\u200d", "\U0001f3fd", " ")),
    "control characters": lambda c: chr(c.choice((*range(32), *range(0x7F, 0xA0)))),
    "blanks": lambda c: c.choice(BLANK) * c.choice((3, 90, 9_000)) + c.choice(("7", "no", "is", ",", ".")),
    "right to left": lambda c: chr(c.randint(0x5D0, 0x64A)) + c.choice(("", " ", "\u202e", "\u200f")),
    "invisible characters": lambda c: c.choice(INVISIBLE) + c.choice("touch "),
    "combining marks": lambda c: c.choice("aeinü ") + chr(c.randint(0x300, 0x36F)) * c.randint(1, 9),
    "letters that change length": lambda c: c.choice("İßŉǰΐﬁΣςẞ") + c.choice(("", " ", "touched ")),
    "punctuation": lambda c: (
        c.choice("()[]{}<>.,;:!?\"'“”\u2018\u2019\u2013—-_/\\|*+^$#&%~`@") * c.randint(1, 40)
    ),
    "numbers": lambda c: c.choice(NUMBERS) + c.choice(("", "", "-", " ", "/", ".")),
    "ages": age,
    "not not not": lambda c: c.choice(NOT) + " ",
    "negated words of the rules": lambda c: f"{c.choice(NOT)} {telling(c)} ",
    "words of the rules": lambda c: telling(c) + c.choice((" ", " ", ", ", ". ")),
    "sentences of one word": lambda c: c.choice(("No. ", "He touched. ", "Why? ", "She is 7! ", "\n")),
    "addresses and numbers": contact,
    "capital letters": lambda c: c.choice(
        ("Aa ", "Mr Bb ", "McAa Bb ", "St. Aa ", "Aa-Bb ", "12 Aa ", "ABC ")
    ),
    "messages one after another": lambda c: c.choice(messages()) + " ",
    "another language": lambda c: c.choice(FOREIGN) + c.choice((" ", ", ", ". ", " the ")),
}
#: In these, what was put together first is said again until the text is long enough.
AGAIN: Final[dict[str, Piece]] = {
    "one character again": any_character,
    "one letter again": letter,
    "one pattern's words again": lambda c: " ".join(c.choice(rule_pieces())) + " ",
    "one piece of a pattern again": lambda c: telling(c) + c.choice((" ", "", "x ", "1 ")),
    "one age again": age,
    "one beginning of an address again": contact,
    "one message again": lambda c: c.choice(messages()) + c.choice((" ", "", "\n")),
}


def made(kind: str, seed: int, length: int) -> str:
    """The text of a kind that this number stands for, so many characters long."""
    chance = random.Random(seed)  # noqa: S311  (the same text each time)
    if kind in AGAIN:
        piece = AGAIN[kind](chance) or " "
        return (piece * (length // len(piece) + 1))[:length]
    parts: list[str] = []
    left = length
    while left > 0:
        parts.append(KINDS[kind](chance))
        left -= len(parts[-1])
    return "".join(parts)[:length]


@dataclass(frozen=True, slots=True)
class Timed:
    """One assessment: what it was of, and its milliseconds on the wall and in the process."""

    kind: str
    seed: int
    length: int
    wall: float
    own: float


def time_one(kind: str, seed: int, length: int, library: Library) -> Timed:
    """Assess the text of this number, with a role and a setting."""
    account = Account(
        made(kind, seed, length), role=ROLES[seed % len(ROLES)][0], setting=SETTINGS[seed % len(SETTINGS)][0]
    )
    wall, own = time.perf_counter(), time.process_time()
    assess(account, library)
    own, wall = time.process_time() - own, time.perf_counter() - wall
    return Timed(kind, seed, length, wall * 1000, own * 1000)


def fuzz(many: int = MANY) -> None:
    """Assess so many hostile texts on one core, and say how long it took and which were the slowest."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    library = from_files()
    kinds, lengths = cycle([*KINDS, *AGAIN]), cycle(LENGTHS)
    time_one("messages one after another", 0, 400, library)
    runs = [time_one(next(kinds), seed, next(lengths), library) for seed in range(many)]
    print(f"\n{many} hostile texts, one core, ms {'median':>12} {'p95':>9} {'max':>9}")
    for name, times in (("wall", [r.wall for r in runs]), ("own", [r.own for r in runs])):
        ranked = sorted(times)
        p95 = ranked[int(many * 0.95) - 1]
        print(f"{name:<36} {statistics.median(times):>9.1f} {p95:>9.1f} {ranked[-1]:>9.1f}")
    print(f"\n{'the slowest':<38} {'number':>6} {'length':>7} {'wall':>8} {'own':>8}")
    for run in sorted(runs, key=lambda run: -run.own)[:SLOWEST]:
        print(f"{run.kind:<38} {run.seed:>6} {run.length:>7} {run.wall:>8.1f} {run.own:>8.1f}")
    late, worked = sum(run.wall >= GOAL_MS for run in runs), sum(run.own >= GOAL_MS for run in runs)
    print(f"\nslower than {GOAL_MS} ms: {late} on the wall, {worked} by own time")

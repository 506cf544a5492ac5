"""Measures triage on labelled messages: how often it agrees with careful readers.

The goals stand in one table, `GOALS`. Where "no scenario fits" is an acceptable label, it counts as right
when none is offered with confidence. Shares come with 95 % intervals. Whoever calls hands `assess` in.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from advice.triage.types import Account, Assessment, Outcome, Tier

URGENT = ("A", "B")
TIERS = frozenset(tier.value for tier in Tier)

#: A set whose file is called so is for judging only: its texts are never printed or written to a report.
KEPT_ASIDE = "held_back"


class BadLine(Exception):
    """A line of a set cannot be read; the message names the line and what is wrong."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message and what two readers said of it (see tests/evaluation/README.md)."""

    id: str
    account: Account
    primary: str | None
    acceptable: frozenset[str]
    tier_low: str
    tier_high: str
    flags_both: frozenset[str] = frozenset()
    flags_either: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Result:
    """What triage said of a message, without a word of it: this may be stored."""

    outcome: str
    tier: str
    scenarios: tuple[str, ...]  # the first three, best first
    confidence: float | None  # of the first; None when nothing is offered
    confident: bool
    flags: tuple[str, ...]

    @classmethod
    def of(cls, assessment: Assessment) -> "Result":
        """The part of an assessment that is judged."""
        first = assessment.matches[:1]
        return cls(
            outcome=assessment.outcome.value,
            tier=assessment.tier.value,
            scenarios=tuple(match.scenario for match in assessment.matches[:3]),
            confidence=float(first[0].confidence) if first else None,
            confident=bool(assessment.confident and first),
            flags=tuple(sorted({flag.code for flag in assessment.flags})),
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled message with what triage said."""

    labelled: Labelled
    result: Result
    milliseconds: float = 0.0

    @property
    def offered(self) -> tuple[str, ...]:
        """The scenarios offered, best first; "none" before them when nothing is offered with confidence.

        "none" counts only where a reader would accept it.
        """
        if not self.result.confident and "none" in self.labelled.acceptable:
            return "none", *self.result.scenarios
        return self.result.scenarios

    @property
    def first(self) -> str:
        """What is offered first, in one word."""
        return self.offered[0] if self.offered else "nothing"

    @property
    def is_right_first(self) -> bool:
        """Whether a reader accepts what is offered first."""
        return self.first in self.labelled.acceptable

    @property
    def is_right_in_three(self) -> bool:
        """Whether a reader accepts one of the first three."""
        return bool(set(self.offered[:3]) & self.labelled.acceptable)

    @property
    def reaches_a_person(self) -> bool:
        """Whether it is not answered with a page alone."""
        return self.result.outcome != Outcome.GUIDANCE

    @property
    def is_asked(self) -> bool:
        """Whether the enquirer is asked which of several pages is nearest."""
        result = self.result
        return result.outcome == Outcome.GUIDANCE and not result.confident and bool(result.scenarios)

    @property
    def is_a(self) -> bool:
        """Both readers: tier A."""
        return self.labelled.tier_low == self.labelled.tier_high == "A"

    @property
    def is_urgent(self) -> bool:
        """Both readers: tier A or B."""
        return self.labelled.tier_low in URGENT and self.labelled.tier_high in URGENT

    @property
    def is_calm(self) -> bool:
        """Neither reader: tier A or B."""
        return self.labelled.tier_low not in URGENT and self.labelled.tier_high not in URGENT


def interval_of(hits: int, of: int) -> tuple[float, float]:
    """Wilson's interval for a share, 95 %."""
    if not of:
        return 0.0, 1.0
    z, p = 1.96, hits / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Measure:
    """So many of so many, as a share with its 95 % interval."""

    name: str
    hits: int
    of: int

    @property
    def share(self) -> float:
        """From 0 to 1; 0 of 0 is 0."""
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval, 95 %."""
        return interval_of(self.hits, self.of)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.share:.2f}  ({self.hits} of {self.of}; {low:.2f} to {high:.2f})"


@dataclass(frozen=True, slots=True)
class Goal:
    """One row of the table: which messages it is about, what is counted, and the share to reach."""

    name: str
    share: float
    about: Callable[[Judged], bool]
    counts: Callable[[Judged], bool]
    at_most: bool = False  # the share is to stay below, not to be reached

    def is_met_by(self, case: Judged) -> bool:
        """Whether a message that it is about came out as it should."""
        return self.counts(case) != self.at_most

    def measure(self, judged: Iterable[Judged]) -> Measure:
        """How many of the messages that it is about are counted."""
        cases = [case for case in judged if self.about(case)]
        return Measure(self.name, sum(self.counts(case) for case in cases), len(cases))


GOALS = (
    Goal("an acceptable scenario first", 0.90, lambda case: True, lambda case: case.is_right_first),
    Goal(
        "an acceptable scenario in the first three",
        0.98,
        lambda case: True,
        lambda case: case.is_right_in_three,
    ),
    Goal(
        "tier A messages that come out ACT_NOW",
        1.00,
        lambda case: case.is_a,
        lambda case: case.result.outcome == Outcome.ACT_NOW,
    ),
    Goal(
        "tier A or B messages that reach a person",
        0.99,
        lambda case: case.is_urgent,
        lambda case: case.reaches_a_person,
    ),
    Goal(
        "neither A nor B, sent to a person all the same",
        0.20,
        lambda case: case.is_calm,
        lambda case: case.reaches_a_person,
        at_most=True,
    ),
    Goal(
        "messages that fit nothing, not answered with confidence",
        0.95,
        lambda case: case.labelled.primary == "none",
        lambda case: not case.result.confident,
    ),
)
FIRST, IN_THREE, ACT_NOW = GOALS[:3]
ERROR_GOAL = 0.05
MEDIAN_GOAL, P95_GOAL = (
    5.0,
    20.0,
)  # milliseconds, for 150 words on one core: script/bench triage measures that


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure beside its goal, as it is printed and stored."""

    name: str
    value: float
    low: float
    high: float
    goal: float
    at_most: bool
    shown: str
    measured: bool = True  # False: there was no message to measure it on
    steady: bool = True  # False: it depends on the machine, so nothing is claimed of it

    @property
    def is_reached(self) -> bool:
        """Whether the goal is reached."""
        return self.measured and (self.value <= self.goal if self.at_most else self.value >= self.goal)

    @property
    def goal_shown(self) -> str:
        """The goal in words."""
        unit = "" if self.steady else " ms"
        number = f"{self.goal:.2f}" if self.steady else f"{self.goal:.0f}"
        return f"at most {number}{unit}" if self.at_most else number

    @property
    def verdict(self) -> str:
        """Whether the goal is reached, in words."""
        if not self.measured:
            return "nothing to measure"
        return "reached" if self.is_reached else "not reached"


# Reading a set


def lines_in(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The lines of a file that are not empty, each with its place in words."""
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            where = f"{file.name}, line {number}"
            try:
                data = json.loads(line)
            except ValueError as error:
                raise BadLine(f"{where}: {type(error).__name__}: {error}") from error
            if not isinstance(data, dict):
                raise BadLine(f"{where}: not an object in braces")
            yield where, data


def account_of(data: dict[str, Any]) -> Account:
    """The account in a line."""
    str(data["id"])
    return Account(
        text=str(data["text"]),
        role=str(data.get("role") or ""),
        setting=str(data.get("setting") or ""),
        answers=dict(data.get("answers") or {}),
    )


def labelled_of(data: dict[str, Any]) -> Labelled:
    """The labelled message in a line."""
    case = Labelled(
        id=str(data["id"]),
        account=account_of(data),
        primary=data["primary"],
        acceptable=words_of(data, "acceptable"),
        tier_low=data["tier_low"],
        tier_high=data["tier_high"],
        flags_both=words_of(data, "flags_both"),
        flags_either=words_of(data, "flags_either"),
    )
    if not case.acceptable:
        raise ValueError("acceptable is empty: name a scenario, or none")
    if not {case.tier_low, case.tier_high} <= TIERS:
        raise ValueError(f"a tier is one of {', '.join(sorted(TIERS))}")
    return case


def words_of(data: dict[str, Any], key: str) -> frozenset[str]:
    """A list of slugs or codes; flags may be left out."""
    listed = data[key] if key == "acceptable" else data.get(key, [])
    if not isinstance(listed, list):
        raise TypeError(f"{key} is not a list")
    return frozenset(str(each) for each in listed)


def accounts_in(file: Path) -> Iterable[tuple[dict[str, Any], Account]]:
    """The lines of a file of messages, each with its account."""
    for where, data in lines_in(file):
        try:
            account = account_of(data)
        except (ValueError, KeyError, TypeError) as error:
            raise BadLine(f"{where}: {type(error).__name__}: {error}") from error
        yield data, account


def labelled_in(file: Path) -> list[Labelled]:
    """A labelled set."""
    cases: dict[str, Labelled] = {}
    for where, data in lines_in(file):
        try:
            case = labelled_of(data)
        except (ValueError, KeyError, TypeError) as error:
            raise BadLine(f"{where}: {type(error).__name__}: {error}") from error
        if case.id in cases:
            raise BadLine(f"{where}: the id {case.id} stands twice")
        cases[case.id] = case
    return list(cases.values())


# Judging and counting


def judge(
    cases: Iterable[Labelled],
    assess: Callable[[Account], Assessment],
    clock: Callable[[], float] = time.perf_counter,
) -> list[Judged]:
    """Assess every case once, and note how long it took."""
    judged = []
    for case in cases:
        began = clock()
        assessment = assess(case.account)
        took = (clock() - began) * 1000
        judged.append(Judged(case, Result.of(assessment), took))
    return judged


def measures(judged: Sequence[Judged]) -> list[Measure]:
    """The shares, one for each goal."""
    return [goal.measure(judged) for goal in GOALS]


def missed(case: Judged) -> list[str]:
    """The goals that this message falls short of."""
    return [goal.name for goal in GOALS if goal.about(case) and not goal.is_met_by(case)]


def figures(judged: Sequence[Judged]) -> list[Figure]:
    """Every row of the table, in its order."""
    shares = []
    for goal, measure in zip(GOALS, measures(judged), strict=True):
        low, high = measure.interval
        shares.append(
            Figure(
                goal.name,
                measure.share,
                low,
                high,
                goal.share,
                goal.at_most,
                str(measure),
                measured=measure.of > 0,
            )
        )
    return [*shares, error_figure(judged), *time_figures(judged)]


def asked(judged: Sequence[Judged]) -> str:
    """How many are asked which page is nearest, in words: no goal, but who reads the table must know."""
    cases = [case for case in judged if case.is_asked]
    calm = sum(case.is_calm for case in cases)
    fits = sum(bool(set(case.result.scenarios) & case.labelled.acceptable) for case in cases)
    return (
        f"asked which page is nearest: {len(cases)} of {len(judged)}, {calm} of them neither A nor B; "
        f"for {fits} a reader accepts one of the pages"
    )


def error_figure(judged: Sequence[Judged]) -> Figure:
    """The expected calibration error beside its goal."""
    error, (low, high), pairs = calibration_error(judged), error_interval(judged), said_and_was(judged)
    shown = f"{error:.2f}  ({len(pairs)} messages; {low:.2f} to {high:.2f})"
    name = "expected calibration error"
    return Figure(name, error, low, high, ERROR_GOAL, at_most=True, shown=shown, measured=bool(pairs))


def time_figures(judged: Sequence[Judged]) -> list[Figure]:
    """How long one message took on this machine: the median and the 95th percentile."""
    times = sorted(case.milliseconds for case in judged) or [0.0]
    rows = (
        ("time for one message, median", median(times), MEDIAN_GOAL),
        ("time for one message, 95 of 100 below", times[int((len(times) - 1) * 0.95)], P95_GOAL),
    )
    return [
        Figure(
            name,
            value,
            value,
            value,
            goal,
            at_most=True,
            shown=f"{value:.1f} ms",
            measured=bool(judged),
            steady=False,
        )
        for name, value, goal in rows
    ]


# Calibration


@dataclass(frozen=True, slots=True)
class Bin:
    """Messages whose first match has about the same confidence: what was said, and what was so."""

    low: float
    high: float
    said: float  # mean confidence
    right: int
    of: int

    @property
    def was(self) -> float:
        """The share that was right."""
        return self.right / self.of


def said_and_was(judged: Sequence[Judged]) -> list[tuple[float, bool]]:
    """The first match's confidence, and whether a reader accepts it; only where something is offered."""
    return [
        (case.result.confidence, case.result.scenarios[0] in case.labelled.acceptable)
        for case in judged
        if case.result.confidence is not None
    ]


def bin_of(confidence: float, bins: int) -> int:
    """The number of the bin; 1.0 belongs to the last."""
    return min(int(confidence * bins), bins - 1)


def calibration(judged: Sequence[Judged], bins: int = 10) -> list[Bin]:
    """The bins that hold anything, from the least sure."""
    pairs = said_and_was(judged)
    made = []
    for number in range(bins):
        inside = [pair for pair in pairs if bin_of(pair[0], bins) == number]
        if inside:
            said = sum(confidence for confidence, _ in inside) / len(inside)
            right = sum(was for _, was in inside)
            made.append(Bin(number / bins, (number + 1) / bins, said, right, len(inside)))
    return made


def calibration_error(judged: Sequence[Judged], bins: int = 10) -> float:
    """Expected calibration error of the first match's confidence: the bins' gaps, weighted by their size."""
    made = calibration(judged, bins)
    total = sum(each.of for each in made)
    return sum(abs(each.said - each.was) * each.of for each in made) / total if total else 0.0


def error_interval(judged: Sequence[Judged], bins: int = 10) -> tuple[float, float]:
    """95 % interval of the calibration error: 1.96 times its spread over 1,000 draws of the messages.

    The draws are always the same. Their percentiles are not used, because an absolute gap is larger in a draw
    than in the whole.
    """
    pairs = said_and_was(judged)
    if not pairs:
        return 0.0, 1.0
    gaps = np.array([confidence - was for confidence, was in pairs])
    places = np.array([bin_of(confidence, bins) for confidence, _ in pairs])
    drawn = np.random.default_rng(0).integers(0, len(pairs), (1000, len(pairs)))
    errors = np.zeros(1000)
    for number in set(places.tolist()):
        errors += np.abs(np.where(places == number, gaps, 0.0)[drawn].sum(axis=1)) / len(pairs)
    half, error = 1.96 * float(errors.std()), calibration_error(judged, bins)
    return max(0.0, error - half), min(1.0, error + half)


# What a report shows beside the figures


@dataclass(frozen=True, slots=True)
class Confusion:
    """So many messages of one scenario for which another was offered first."""

    primary: str
    first: str
    count: int
    accepted: int  # of these, a reader would accept what was offered


def confusions(judged: Sequence[Judged]) -> list[Confusion]:
    """What was offered instead of the scenario that both readers named, most frequent first."""
    other = [case for case in judged if case.labelled.primary not in (None, case.first)]
    pairs = Counter((str(case.labelled.primary), case.first) for case in other)
    accepted = Counter((str(case.labelled.primary), case.first) for case in other if case.is_right_first)
    made = [Confusion(*pair, count, accepted[pair]) for pair, count in pairs.items()]
    return sorted(made, key=lambda each: (each.accepted - each.count, -each.count, each.primary, each.first))


@dataclass(frozen=True, slots=True)
class FlagFigure:
    """How well one flag is raised."""

    code: str
    precision: Measure  # of the messages for which it was raised, those for which a reader named it
    recall: Measure  # of the messages for which both readers named it, those for which it was raised


def flag_figures(judged: Sequence[Judged]) -> list[FlagFigure]:
    """Each flag that triage or a reader named, by its code, and all of them together."""
    codes = sorted({code for case in judged for code in (*case.result.flags, *case.labelled.flags_either)})
    made = [flag_figure(code, judged) for code in codes]
    return [*made, together(made)] if made else []


def flag_figure(code: str, judged: Sequence[Judged]) -> FlagFigure:
    """One flag."""
    raised = [case for case in judged if code in case.result.flags]
    wanted = [case for case in judged if code in case.labelled.flags_both]
    return FlagFigure(
        code,
        Measure(code, sum(code in case.labelled.flags_either for case in raised), len(raised)),
        Measure(code, sum(code in case.result.flags for case in wanted), len(wanted)),
    )


def together(made: Sequence[FlagFigure]) -> FlagFigure:
    """All flags, each message counted once for each of its flags."""
    return FlagFigure(
        "all",
        Measure("all", sum(each.precision.hits for each in made), sum(each.precision.of for each in made)),
        Measure("all", sum(each.recall.hits for each in made), sum(each.recall.of for each in made)),
    )

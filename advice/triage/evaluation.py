"""Measures triage on labelled messages: how often it agrees with careful readers.

Where "no scenario fits" is an acceptable label, it counts as right when none is offered with
confidence. Shares come with 95 % intervals.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

from advice.triage.types import Account, Assessment, Outcome

URGENT = ("A", "B")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message and what two readers said of it (see tests/evaluation/README.md)."""

    id: str
    account: Account
    primary: str | None
    acceptable: frozenset[str]
    tier_low: str
    tier_high: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled message with what triage said."""

    labelled: Labelled
    assessment: Assessment

    @property
    def offered(self) -> list[str]:
        """The scenarios offered, best first; "none" before them when nothing is offered with confidence."""
        slugs = [match.scenario for match in self.assessment.matches]
        return slugs if self.assessment.confident else self.with_none(slugs)

    def with_none(self, slugs: list[str]) -> list[str]:
        """ "none" counts only where a reader would accept it."""
        return ["none", *slugs] if "none" in self.labelled.acceptable else slugs

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
        if not self.of:
            return 0.0, 1.0
        z, n, p = 1.96, self.of, self.share
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.share:.2f}  ({self.hits} of {self.of}; {low:.2f} to {high:.2f})"


class BadLine(Exception):
    """A line of a set cannot be read; the message names the line and what is wrong."""


def accounts_in(file: Path) -> Iterable[tuple[dict[str, Any], Account]]:
    """The lines of a file of messages, each with its account."""
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                data = json.loads(line)
                account = Account(
                    text=str(data["text"]),
                    role=str(data.get("role") or ""),
                    setting=str(data.get("setting") or ""),
                    answers=dict(data.get("answers") or {}),
                )
                str(data["id"])
            except (ValueError, KeyError, TypeError) as error:
                raise BadLine(f"{file.name}, line {number}: {type(error).__name__}: {error}") from error
            yield data, account


def labelled_in(file: Path) -> list[Labelled]:
    """A labelled set."""
    return [
        Labelled(
            id=str(data["id"]),
            account=account,
            primary=data["primary"],
            acceptable=frozenset(data["acceptable"]),
            tier_low=data["tier_low"],
            tier_high=data["tier_high"],
        )
        for data, account in accounts_in(file)
    ]


def judge(cases: Iterable[Labelled], assess: Callable[[Account], Assessment]) -> list[Judged]:
    """Assess every case."""
    return [Judged(case, assess(case.account)) for case in cases]


def count(name: str, cases: Sequence[Judged], right: Callable[[Judged], bool]) -> Measure:
    """How many of these are right."""
    return Measure(name, sum(1 for case in cases if right(case)), len(cases))


def measures(judged: Sequence[Judged]) -> list[Measure]:
    """The figures that matter, in the order in which they matter."""
    nothing_fits = [case for case in judged if case.labelled.primary == "none"]
    return [
        count(
            "tier A messages that come out ACT_NOW",
            [case for case in judged if case.is_a],
            lambda case: case.assessment.outcome == Outcome.ACT_NOW,
        ),
        count(
            "tier A or B messages that reach a person",
            [case for case in judged if case.is_urgent],
            lambda case: case.assessment.outcome != Outcome.GUIDANCE,
        ),
        count(
            "an acceptable scenario first",
            judged,
            lambda case: bool(case.offered) and case.offered[0] in case.labelled.acceptable,
        ),
        count(
            "an acceptable scenario in the first three",
            judged,
            lambda case: bool(set(case.offered[:3]) & case.labelled.acceptable),
        ),
        count(
            "neither A nor B, sent to a person all the same",
            [case for case in judged if case.is_calm],
            lambda case: case.assessment.outcome != Outcome.GUIDANCE,
        ),
        count(
            "messages that fit nothing, not answered with confidence",
            nothing_fits,
            lambda case: not case.assessment.confident,
        ),
    ]


def calibration_error(judged: Sequence[Judged], bins: int = 10) -> float:
    """Expected calibration error of the first match's confidence."""
    total = 0.0
    for number in range(bins):
        low, high = number / bins, (number + 1) / bins
        inside = [
            (
                case.assessment.matches[0].confidence,
                case.assessment.matches[0].scenario in case.labelled.acceptable,
            )
            for case in judged
            if case.assessment.matches
            and low <= case.assessment.matches[0].confidence < (high if number < bins - 1 else 1.01)
        ]
        if inside:
            said = sum(confidence for confidence, _ in inside) / len(inside)
            was = sum(right for _, right in inside) / len(inside)
            total += abs(said - was) * len(inside) / len(judged)
    return total

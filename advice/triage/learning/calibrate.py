"""Fits the few numbers of `learned/learned.toml` on messages that the models were not fitted to.

The weight of the sentence model and the temperature make the acceptable scenarios most probable; the two
numbers of confidence make "likely" true as often as it says (Platt 1999). Thresholds are read off tables
that this prints.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advice.triage import flags, learned, matching
from advice.triage.evaluation import Labelled
from advice.triage.learned import TIER_A, TIER_AB, Reading
from advice.triage.library import Library

Scores = NDArray[np.float64]

WEIGHTS = (0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.3)
TEMPERATURES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 2.5)
#: So many matches are shown.
SHOWN = 3


@dataclass(frozen=True)
class Case:
    """A labelled message with what each model says of it, before anything is weighed."""

    labelled: Labelled
    reading: Reading
    beside: Scores  # what wordings and answers add to each scenario
    places: frozenset[int]  # acceptable scenarios; the last place is "none"


def cases(labelled: Iterable[Labelled], library: Library) -> list[Case]:
    """Read every message with both models."""
    slugs = {scenario.slug: place for place, scenario in enumerate(library.scenarios)}
    slugs[matching.NONE] = len(library.scenarios)
    found = []
    for each in labelled:
        account = each.account
        text, told = account.text[: flags.LONGEST], matching.about(account)
        reading = learned.read_meaning(learned.read_words(text, told), text, told)
        alike = matching.likeness(reading, library.postings.cosines(text, len(library.texts)), library)
        beside = matching.beside(account, alike, library).astype(np.float64)
        found.append(Case(each, reading, beside, frozenset(slugs[slug] for slug in each.acceptable)))
    return found


def columns(library: Library) -> list[int]:
    """Where each of the library's scenarios, and "none", stand among what was learnt."""
    known = learned.learnt().slugs
    return [known.index(scenario.slug) for scenario in library.scenarios] + [known.index(matching.NONE)]


def log_shares(case: Case, weight: float, temperature: float, order: Sequence[int]) -> Scores:
    """The logarithms of the shares under these two numbers."""
    many = learned.learnt().scenarios
    said = learned.log_shares(case.reading.words[:many]).astype(np.float64)
    if case.reading.meaning is not None:
        said = said + weight * learned.log_shares(case.reading.meaning[:many])
    total = (said[list(order)] + np.append(case.beside, 0.0)) / temperature
    return np.asarray(total - np.log(np.exp(total - total.max()).sum()) - total.max())


def fit_shares(found: Sequence[Case], library: Library) -> tuple[float, float]:
    """The weight and the temperature under which the acceptable scenarios are most probable."""
    order = columns(library)

    def surprise(weight: float, temperature: float) -> float:
        shares = (np.exp(log_shares(case, weight, temperature, order)) for case in found)
        likely = [max(float(s[list(c.places)].sum()), 1e-9) for s, c in zip(shares, found, strict=True)]
        return -float(np.mean(np.log(likely)))

    return min(((w, t) for w in WEIGHTS for t in TEMPERATURES), key=lambda pair: surprise(pair[0], pair[1]))


@dataclass(frozen=True)
class Confidence:
    """How a share becomes a confidence, and how surprising the labels are under it (lower is better)."""

    temperature: float
    at: float
    by: float
    surprise: float


def fit_confidence(labelled: Sequence[Labelled], library: Library) -> Confidence:
    """The temperature and the two numbers under which "acceptable" is least surprising.

    Judged on first matches, since theirs decides what is shown; fitted on all that may be shown.
    """
    return min((confidence_at(t, labelled, library) for t in TEMPERATURES), key=lambda found: found.surprise)


def confidence_at(temperature: float, labelled: Sequence[Labelled], library: Library) -> Confidence:
    """The best two numbers at one temperature."""
    learned.learnt().settings["confidence_temperature"] = temperature
    every: list[tuple[float, bool]] = []
    first: list[tuple[float, bool]] = []
    for each in labelled:
        found = matching.matches(each.account, library)
        if found.none >= learned.learnt().thresholds["elsewhere"]:
            continue
        pairs = [(match.share, match.scenario in each.acceptable) for match in found.offered[:SHOWN]]
        every, first = every + pairs, first + pairs[:1]
    at, by = platt(every)
    said = [(1 / (1 + np.exp(-(at + by * np.log(max(share, 1e-6))))), right) for share, right in first]
    surprise = -float(np.mean([np.log(max(p if right else 1 - p, 1e-9)) for p, right in said]))
    return Confidence(temperature, at, by, surprise)


def platt(pairs: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """Logistic regression of "acceptable" on log(share), by Newton's method: (at share 1, by log)."""
    x = np.array([[1.0, np.log(max(share, 1e-6))] for share, _ in pairs])
    y = np.array([float(right) for _, right in pairs])
    beta = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-(x @ beta)))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + 1e-6 * np.eye(2)
        beta = beta + np.linalg.solve(hessian, x.T @ (y - p))
    return float(beta[0]), float(beta[1])


def tier_table(found: Sequence[Case], say: Callable[[str], None]) -> None:
    """For both tiers: from which log-odds, how many urgent ones are reached and how many calm ones are
    not spared.
    """
    calm = [c for c in found if c.labelled.tier_high in {"C", "none"}]
    for output, wanted in ((TIER_A, ("A",)), (TIER_AB, ("A", "B"))):
        urgent = [c for c in found if c.labelled.tier_low in wanted]
        say(f"{output}: {len(urgent)} urgent, {len(calm)} calm")
        for limit in (-3.0, -2.5, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0):
            reached = sum(c.reading.odds(output) >= limit for c in urgent)
            false = sum(c.reading.odds(output) >= limit for c in calm)
            say(f"  from {limit:5.1f}: reached {reached} of {len(urgent)}, calm ones {false} of {len(calm)}")

"""Which scenarios fit an account: several kinds of evidence, brought to one scale and summed."""

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advice.triage import embedding, flags, language
from advice.triage.lexical import stem, words_in
from advice.triage.library import Library, with_one
from advice.triage.types import Account, Match

Scores = NDArray[np.float32]

WEIGHTS: Final = Path(__file__).parent / "rules" / "matching.toml"
#: What the transformer reads of a long message: its first and its last sentences hold the question.
MOST_SENTENCES: Final = 14
OFFERED: Final = 5

#: The form's kinds of behaviour, and the kinds of scenario each speaks for.
BEHAVIOUR_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "touching": ("touching",),
    "assault": ("assault",),
    "sexual_activity": ("sexual_activity",),
    "exposure": ("exposure",),
    "self_touching": ("self_touching",),
    "play": ("play",),
    "language": ("language",),
    "harassment": ("harassment",),
    "messages": ("messages",),
    "images": ("images",),
    "pornography": ("pornography",),
    "towards_staff": ("towards_staff",),
    "adult": ("adult", "online_adult", "exploitation"),
    "process": ("process",),
}
#: Scenarios that a relation between the children speaks for.
RELATION_SCENARIOS: Final[Mapping[str, tuple[str, ...]]] = {
    "siblings": ("sibling",),
    "family": ("extended-family-community",),
    "live_together": ("childrens-home-peers", "foster-placement"),
    "community": ("extended-family-community",),
    "online_only": ("online-grooming-sextortion",),
    "partners": ("consensual-13-to-17", "nudes-shared-consensually"),
}
#: How people name their setting in free words, when it is not one of the form's choices.
SETTING_WORDS: Final[tuple[tuple[str, str], ...]] = (
    ("early_years", r"nursery|early years|childmind|pre-?school|creche"),
    ("special", r"special school|send|sld|pmld|resource base|complex needs"),
    ("alternative", r"alternative|pru\b|pupil referral|\bap\b"),
    ("college", r"college|sixth form|fe\b|further education|apprentice"),
    ("boarding", r"boarding"),
    ("childrens_home", r"children'?s home|residential|ebd home|secure"),
    ("foster", r"foster"),
    ("social_care", r"local authority|social care|child protection|social work|mash"),
    ("health", r"\bgp\b|surgery|clinic|hospital|nurse|camhs|nhs|ward"),
    ("police_justice", r"police|justice|yjs|yot"),
    ("youth_sport_faith", r"youth|club|church|mosque|scout|cadet|sport|football|swim|dance|faith|holiday"),
    ("primary", r"primary|infant|junior"),
    ("secondary", r"secondary|high school|academy|grammar|school"),
)


@lru_cache(maxsize=1)
def weights() -> dict[str, float]:
    """The weights, read once a process."""
    data: dict[str, float] = tomllib.loads(WEIGHTS.read_text(encoding="utf-8"))
    return data


@lru_cache(maxsize=1)
def weights_version() -> str:
    """The name of exactly these weights and synonyms."""
    parts = [WEIGHTS.read_bytes(), (WEIGHTS.parent / "synonyms.toml").read_bytes()]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:12]


def one_scale(scores: Scores) -> Scores:
    """Mean 0 and spread 1 over the scenarios."""
    spread = float(scores.std())
    return (scores - scores.mean()) / spread if spread > 1e-9 else np.zeros_like(scores)


def telling(text: str) -> list[str]:
    """The sentences compared one by one: not the very short ones, not the middle of a long letter."""
    found = [s.strip() for s in re.split(r"(?<=[.!?])\s+|\n+", text) if len(s.strip()) > 15]
    if len(found) > MOST_SENTENCES:
        half = MOST_SENTENCES // 2
        found = found[:half] + found[-half:]
    return found or [text.strip() or "-"]


def top_mean(rows: Scores, many: int = 3) -> Scores:
    """The mean of the highest few in each column."""
    kept = np.sort(rows, axis=0)[-many:]
    mean: Scores = kept.mean(0)
    return mean


def probabilities(account: Account, library: Library) -> tuple[Scores, Scores]:
    """For each scenario, and "none" as the last: a probability; and how like each wording is."""
    w = weights()
    text = account.text[: flags.LONGEST]
    vector = embedding.embed([text])[0]
    row = library.vocabulary.row(text)
    alike = library.meanings @ vector
    columns = len(library.scenarios) + 1
    nearest = np.full(columns, -1.0, np.float32)
    for column in range(columns):
        own = library.owners == column
        if own.any():
            nearest[column] = np.sort(alike[own])[-3:].mean()
    total = (
        w["words"] * one_scale(row @ library.by_words)
        + w["meaning"] * one_scale((with_one(vector[None]) @ library.by_meaning)[0])
        + w["nearest"] * one_scale(nearest)
        + structured(account, library)
    )
    scaled = total * w["sharpness"]
    raised = np.exp(scaled - scaled.max())
    return (raised / raised.sum()).astype(np.float32), alike


def setting_of(account: Account) -> str:
    """The setting as one of the library's, when the account names one."""
    given = (account.setting or str(account.answers.get("setting", ""))).lower()
    if any(given == code for code, _ in SETTING_WORDS):
        return given
    return next((code for code, words in SETTING_WORDS if re.search(words, given)), "")


def structured(account: Account, library: Library) -> Scores:
    """What setting, ages and answers add to each scenario."""
    w = weights()
    setting = setting_of(account)
    ages = [age for age in flags.ages(account, language.plain(account.text[: flags.LONGEST])) if age <= 19]
    chosen = account.answers.get("behaviours") or ()
    kinds = {
        kind
        for behaviour in (chosen if isinstance(chosen, list | tuple) else ())
        for kind in BEHAVIOUR_KINDS.get(str(behaviour), ())
    }
    related = RELATION_SCENARIOS.get(str(account.answers.get("relation", "")), ())
    added = np.zeros(len(library.scenarios) + 1, dtype=np.float32)
    for place, scenario in enumerate(library.scenarios):
        if setting:
            added[place] += w["setting_fits"] if setting in scenario.settings else -w["setting_fits"]
        if ages and not any(scenario.ages[0] <= age <= scenario.ages[1] for age in ages):
            added[place] -= w["age_fits"]
        if kinds & set(scenario.kinds):
            added[place] += w["behaviour_fits"]
        if scenario.slug in related:
            added[place] += w["relation_fits"]
    return added


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like a message is to the wordings of scenarios, and to those that fit nothing (cosines)."""

    scenarios: float
    none: float

    @property
    def fits(self) -> bool:
        """Like the wordings at all, and liker to them than to what fits nothing."""
        w = weights()
        return self.scenarios >= w["like_at_least"] and self.scenarios - self.none >= w["liker_than_none"]

    def elsewhere(self, best: float) -> bool:
        """Plainly about something else: like no wording, or like none much and no scenario probable."""
        w = weights()
        return self.scenarios < w["like_at_least"] or (not self.fits and best < w["elsewhere_below"])


@dataclass(frozen=True, slots=True)
class Matching:
    """Up to five scenarios, best first; the probability that none fits (1 when it is like none)."""

    offered: tuple[Match, ...] = ()
    none: float = 1.0
    fits: bool = False
    elsewhere: bool = False


def likeness(library: Library, alike: Scores) -> Likeness:
    """The mean of the three nearest wordings of scenarios, and of the two nearest that fit nothing."""
    fits_none = library.owners == len(library.scenarios)
    none = float(np.sort(alike[fits_none])[-2:].mean()) if fits_none.any() else 0.0
    return Likeness(float(np.sort(alike[~fits_none])[-3:].mean()), none)


def matches(account: Account, library: Library) -> Matching:
    """Match an account. With nothing published, or nothing written, nothing fits."""
    if not library.scenarios or not account.text.strip():
        return Matching()
    chances, alike = probabilities(account, library)
    order = [int(place) for place in np.argsort(-chances) if place < len(library.scenarios)][:OFFERED]
    like = likeness(library, alike)
    return Matching(
        offered=tuple(match(place, float(chances[place]), account, library, alike) for place in order),
        none=float(chances[-1]) if like.fits else 1.0,
        fits=like.fits,
        elsewhere=like.elsewhere(float(chances[order[0]])),
    )


def match(place: int, chance: float, account: Account, library: Library, alike: Scores) -> Match:
    """One match with what led to it, in the enquirer's terms."""
    scenario = library.scenarios[place]
    own = np.flatnonzero(library.owners == place)
    nearest = library.texts[int(own[int(np.argmax(alike[own]))])] if len(own) else ""
    because = [f"“{word}”" for word in shared_words(account.text, scenario.wordings)]
    setting = setting_of(account)
    against: list[str] = []
    if setting and scenario.settings:
        (because if setting in scenario.settings else against).append(
            "your setting" if setting in scenario.settings else "it is written for other settings"
        )
    named = [a for a in flags.ages(account, language.plain(account.text[: flags.LONGEST])) if a <= 19]
    if named and not any(scenario.ages[0] <= age <= scenario.ages[1] for age in named):
        against.append("the ages are outside its range")
    return Match(
        scenario=scenario.slug,
        version=scenario.version,
        title=scenario.title,
        confidence=round(chance, 4),
        because=tuple(because),
        nearest_wording=nearest,
        against=tuple(against),
    )


def shared_words(text: str, wordings: Sequence[str], *, many: int = 4) -> list[str]:
    """Words of the message that stand in most of the scenario's wordings, as they were written."""
    held: dict[str, int] = {}
    for wording in wordings:
        for word in set(words_in(wording)):
            held[word] = held.get(word, 0) + 1
    written: dict[str, str] = {}
    for word in re.findall(r"[A-Za-z']{4,}", text):
        for form in words_in(word):
            written.setdefault(form, word.lower())
            written.setdefault(stem(form), word.lower())
    found = sorted((word for word in written if held.get(word, 0) > 1), key=lambda word: -held[word])
    return list(dict.fromkeys(written[word] for word in found))[:many]

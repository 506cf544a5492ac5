"""Which scenarios fit an account: what was learnt, how like their wordings are, and the form's answers,
in one sum.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advice.triage import flags, language, learned
from advice.triage.answers import ROLES, SETTINGS
from advice.triage.learned import Reading
from advice.triage.library import Library
from advice.triage.types import Account, Flag, Match, ScenarioText

Scores = NDArray[np.float32]

OFFERED: Final = 5
NONE: Final = "none"
#: Scenarios whose wordings are compared one by one: those whose middle is nearest, or whose words are.
COMPARED: Final = 12
#: Below this confidence a match is named only.
LEAST_SHOWN: Final = 0.01

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
#: Role and setting as the form's labels put them: the learnt models read words, not codes.
ROLE_LABELS: Final = dict(ROLES)
SETTING_LABELS: Final = dict(SETTINGS)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like the account is to the wordings: for each scenario the nearest one's cosine, and which it
    is.
    """

    words: Scores  # by shared terms; one a wording
    meaning: Scores  # for each scenario by the sentence model, -1 where it was not compared
    nearest: Mapping[int, int]  # scenario to wording


@dataclass(frozen=True, slots=True)
class Matching:
    """Up to five scenarios, best first; the share of "none"; and the reading that flags are learnt from."""

    offered: tuple[Match, ...] = ()
    none: float = 1.0
    reading: Reading | None = None

    @property
    def fits_none(self) -> bool:
        """Whether it is so like what fits nothing that no scenario is offered."""
        return bool(self.offered) and self.none >= learned.learnt().thresholds["none_fits"]


@dataclass(frozen=True, slots=True)
class Told:
    """What every match is held against: the text, the setting as one of the library's, ages of children."""

    text: str
    setting: str
    ages: tuple[int, ...]


def told_in(account: Account) -> Told:
    """Work it out once for all matches."""
    text = account.text[: flags.LONGEST]
    ages = tuple(age for age in flags.ages(account, language.plain(text)) if age <= 19)
    return Told(text, setting_of(account), ages)


def about(account: Account) -> str:
    """Role and setting in words; nothing where they were not told."""
    role = account.role or str(account.answers.get("role") or "")
    setting = account.setting or str(account.answers.get("setting") or "")
    words = (ROLE_LABELS.get(role, role), SETTING_LABELS.get(setting, setting))
    return " ".join(each for each in words if each and each.lower() not in {"not stated", "unknown"})


def matches(account: Account, library: Library, ruled: Sequence[Flag] = ()) -> Matching:
    """Match an account. With nothing published, or nothing written, nothing fits.

    `ruled` are the flags that rules and answers give: what is urgent by them needs no second opinion on that,
    and beside a sign of something urgent the words alone do not say that nothing fits.
    """
    text = account.text[: flags.LONGEST]
    if not text.strip():
        return Matching()
    told = about(account)
    reading = learned.read_words(text, told)
    by_terms = library.postings.cosines(text, len(library.texts))
    if library.scenarios and reading.certain(flags.worst(ruled)) and expected(reading, by_terms, library):
        weighed = weighed_by(account, reading, by_terms, library)
        if weighed.is_sure(beside_signs=any(flag.at_most for flag in ruled)):
            return matching_of(account, reading, weighed, library)
    reading = learned.read_meaning(reading, text, told)
    if not library.scenarios:
        return Matching(reading=reading)
    return matching_of(account, reading, weighed_by(account, reading, by_terms, library), library)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What speaks for each scenario of the library, and "none" as the last, in one sum."""

    alike: Likeness
    shares: Scores
    even: Scores  # the same, made more even: what a confidence is told from

    def is_sure(self, *, beside_signs: bool) -> bool:
        """Whether words alone leave no doubt about what is shown: a page, or that none fits."""
        limits = learned.learnt().thresholds
        none, best = float(self.shares[-1]), int(self.shares[:-1].argmax())
        if none >= limits["elsewhere"]:
            return not beside_signs
        likely = confidence(float(self.even[best])) >= limits["confident"]
        return likely and none < limits["none_at_most_by_words"]


def weighed_by(account: Account, reading: Reading, by_terms: Scores, library: Library) -> Weighed:
    """Sum what was learnt, likeness and answers."""
    alike = likeness(reading, by_terms, library)
    total = total_of(account, reading, alike, library)
    settings = learned.learnt().settings
    return Weighed(
        alike,
        shares_of(total, settings["temperature"]),
        shares_of(total, settings["confidence_temperature"]),
    )


def matching_of(account: Account, reading: Reading, weighed: Weighed, library: Library) -> Matching:
    """The best matches, each with what led to it."""
    facts = told_in(account)
    return Matching(
        offered=tuple(
            match(
                place,
                float(weighed.even[place]),
                facts,
                library,
                alike=weighed.alike,
                reading=reading,
            )
            for place in top(weighed.shares[:-1], OFFERED)
        ),
        none=float(weighed.shares[-1]),
        reading=reading,
    )


def expected(reading: Reading, by_terms: Scores, library: Library) -> bool:
    """Whether the wording nearest in words belongs to what the words say anyway, or is not near at all.

    Where an editor's new wording says otherwise, the words alone are not certain.
    """
    if not len(by_terms):
        return True
    nearest = int(by_terms.argmax())
    if by_terms[nearest] < learned.learnt().settings["near_in_words"]:
        return True
    owner = int(library.owners[nearest])
    slug = library.scenarios[owner].slug if owner < len(library.scenarios) else NONE
    known = learned.learnt()
    return known.slugs[int(reading.scenarios.argmax())] == slug


def likeness(reading: Reading, by_terms: Scores, library: Library) -> Likeness:
    """Compare with the wordings: in words with all, in meaning with those of the nearest scenarios."""
    many = len(library.scenarios)
    best_words = np.maximum.reduceat(by_terms, library.begins[:-2]) if many else np.zeros(0, np.float32)
    meaning = np.full(many, -1.0, dtype=np.float32)
    nearest = {place: place_of_best(by_terms, library.of(place)) for place in top(best_words, COMPARED)}
    if reading.vector is not None:
        vector = reading.vector / max(float(np.linalg.norm(reading.vector)), 1e-9)
        middle = library.centres @ vector
        for place in {*top(middle, COMPARED), *nearest}:
            rows = library.of(place)
            cosines = library.meanings[rows].astype(np.float32) @ vector
            meaning[place] = float(cosines.max())
            nearest[place] = int(rows.start + int(cosines.argmax()))
    return Likeness(by_terms, meaning, nearest)


def place_of_best(values: Scores, rows: slice) -> int:
    """Where the highest value of a run stands."""
    return int(rows.start + int(values[rows].argmax()))


def top(values: Scores, many: int) -> list[int]:
    """The places of the highest values, the highest first; of equal ones the first."""
    if many < len(values):
        near = np.flatnonzero(values >= np.partition(values, -many)[-many])
        return [int(place) for place in near[np.argsort(-values[near], kind="stable")][:many]]
    return [int(place) for place in np.argsort(-values, kind="stable")]


def total_of(account: Account, reading: Reading, alike: Likeness, library: Library) -> Scores:
    """For each scenario of the library, and "none" as the last: all that speaks for it."""
    total: Scores = np.append(learnt_for(reading, alike, library), said_of_none(reading)).astype(np.float32)
    total[:-1] += beside(account, alike, library)
    return total


def shares_of(total: Scores, temperature: float) -> Scores:
    """Each one's share of the whole (they sum to 1); the higher the temperature, the more even."""
    scaled = total / temperature
    raised = np.exp(scaled - scaled.max())
    shares: Scores = (raised / raised.sum()).astype(np.float32)
    return shares


def beside(account: Account, alike: Likeness, library: Library) -> Scores:
    """What stands beside what was learnt: a wording that is very like, and the form's answers."""
    settings = learned.learnt().settings
    best_words = np.maximum.reduceat(alike.words, library.begins[:-2])
    near = np.maximum(0, best_words - settings["near_in_words"]) * settings["nearness"]
    near += np.maximum(0, alike.meaning - settings["near_in_meaning"]) * settings["nearness"]
    made: Scores = (near + structured(account, library)).astype(np.float32)
    return made


def said_of_none(reading: Reading) -> float:
    """What was learnt of messages that fit no scenario."""
    return float(reading.scenarios[learned.learnt().slugs.index(NONE)])


def learnt_for(reading: Reading, alike: Likeness, library: Library) -> Scores:
    """What was learnt of each of the library's scenarios; for one that is new, by how like its wordings are.

    A new scenario gets what was learnt of the known one whose wordings are as like, less a little: the known
    one was told apart from others, the new one only looks like it. Of several new ones each further one
    gets less, so that many together do not drown what is known.
    """
    known = library.columns >= 0
    total: Scores = np.where(known, reading.scenarios[library.columns], 0.0).astype(np.float32)
    if known.all():
        return total
    best_words = np.maximum.reduceat(alike.words, library.begins[:-2])
    like = np.maximum(best_words, alike.meaning)
    if not known.any():
        alone: Scores = (like * learned.learnt().settings["nearness"]).astype(np.float32)
        return alone
    order = np.argsort(like[known])
    of_new = np.interp(like[~known], like[known][order], np.sort(total[known]))
    rank = np.empty(len(of_new))
    rank[np.argsort(-like[~known], kind="stable")] = np.arange(1, len(of_new) + 1)
    total[~known] = of_new - learned.learnt().settings["new_less"] - 2 * np.log(rank)
    return total


def setting_of(account: Account) -> str:
    """The setting as one of the library's, when the account names one."""
    given = (account.setting or str(account.answers.get("setting") or "")).lower()
    if any(given == code for code, _ in SETTING_WORDS):
        return given
    return next((code for code, words in SETTING_WORDS if re.search(words, given)), "")


def structured(account: Account, library: Library) -> Scores:
    """What the form's answers add to each scenario: kinds of behaviour, relation, ages."""
    settings = learned.learnt().settings
    chosen = account.answers.get("behaviours") or ()
    kinds = {
        kind
        for behaviour in (chosen if isinstance(chosen, list | tuple) else ())
        for kind in BEHAVIOUR_KINDS.get(str(behaviour), ())
    }
    related = RELATION_SCENARIOS.get(str(account.answers.get("relation") or ""), ())
    added = np.zeros(len(library.scenarios), dtype=np.float32)
    if not kinds and not related:
        return added
    for place, scenario in enumerate(library.scenarios):
        if kinds & set(scenario.kinds):
            added[place] += settings["behaviour_fits"]
        if scenario.slug in related:
            added[place] += settings["relation_fits"]
    return added


def confidence(share: float) -> float:
    """How probably a careful reader would accept this scenario, given its more even share (0 to 1)."""
    settings = learned.learnt().settings
    odds = settings["confidence_at"] + settings["confidence_by"] * np.log(max(share, 1e-6))
    return float(1 / (1 + np.exp(-odds)))


def match(
    place: int, share: float, told: Told, library: Library, *, alike: Likeness, reading: Reading
) -> Match:
    """One match with what led to it, in the enquirer's terms."""
    scenario = library.scenarios[place]
    at = alike.nearest.get(place, place_of_best(alike.words, library.of(place)))
    sure = confidence(share)
    words = telling_words(told.text, scenario, reading, library.texts[at]) if sure >= LEAST_SHOWN else []
    because = [f"“{word}”" for word in words]
    against: list[str] = []
    if told.setting and scenario.settings:
        (because if told.setting in scenario.settings else against).append(
            "your setting" if told.setting in scenario.settings else "it is written for other settings"
        )
    if told.ages and not any(scenario.ages[0] <= age <= scenario.ages[1] for age in told.ages):
        against.append("the ages are outside its range")
    return Match(
        scenario=scenario.slug,
        version=scenario.version,
        title=scenario.title,
        confidence=round(sure, 4),
        share=share,
        because=tuple(because),
        nearest_wording=library.texts[at],
        against=tuple(against),
    )


def telling_words(text: str, scenario: ScenarioText, reading: Reading, nearest: str) -> list[str]:
    """The words that speak most for the scenario, as they were written."""
    if scenario.slug in learned.learnt().slugs:
        return list(dict.fromkeys(e.words for e in learned.evidence(text, reading.row, scenario.slug)))
    shared = set(learned.normal_words(text)) & set(learned.normal_words(nearest))
    written = (word for word in re.findall(r"[A-Za-z']{4,}", text))
    return list(dict.fromkeys(word for word in written if learned.normal_word(word) in shared))[:4]

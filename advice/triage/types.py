"""What goes into triage and what comes out: plain values, no database, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Tier(StrEnum):
    """How soon a person must see an enquiry (red-flag list, tiers A to C)."""

    A = "A"  # act now
    B = "B"  # a person today
    C = "C"  # a person, in the normal queue
    NONE = "none"

    @property
    def rank(self) -> int:
        """0 for the most urgent; sorts A, B, C, none."""
        return ("A", "B", "C", "none").index(self.value)


class Outcome(StrEnum):
    """What the enquirer is shown first."""

    ACT_NOW = "ACT_NOW"
    PRACTITIONER = "PRACTITIONER"
    GUIDANCE = "GUIDANCE"


@dataclass(frozen=True, slots=True)
class Account:
    """What the enquirer told us.

    `text` is free text, at most 20,000 characters are read. `answers` holds the form's answers by
    question key (see `advice.triage.answers`): choice values, or a list of them.
    """

    text: str
    role: str = ""
    setting: str = ""
    answers: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a flag was seen: in the free text (`start` to `end`, in characters) or in an answer.

    For an answer, `question` is its key, `start` and `end` are 0 and `words` is the answer in the
    enquirer's terms.
    """

    words: str
    start: int = 0
    end: int = 0
    question: str = ""


@dataclass(frozen=True, slots=True)
class Flag:
    """A fact that must reach a person. `because` names the rule's reason in plain English.

    `at_most` is the tier that it has where more than signs that say little alone speaks for it, or where
    anything else in the message is urgent; none where `tier` is that already.
    """

    code: str
    name: str
    tier: Tier
    evidence: tuple[Evidence, ...]
    because: str
    source: str = ""
    at_most: Tier | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A scenario version offered for an account. `confidence` is a probability from 0 to 1."""

    scenario: str
    version: int
    title: str
    confidence: float
    because: tuple[str, ...]  # words and answers, in the enquirer's terms
    nearest_wording: str = ""
    against: tuple[str, ...] = ()
    share: float = 0.0  # its part of the whole over all scenarios, before it is made a confidence

    @property
    def in_words(self) -> str:
        """How sure, as a page says it."""
        return "likely" if self.confidence >= 0.6 else "possible"


@dataclass(frozen=True, slots=True)
class Versions:
    """What an assessment was made with, so that it can be explained later."""

    library: str
    rules: str
    weights: str
    model: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What triage says of an account. `reasons` explains the outcome in plain English."""

    outcome: Outcome
    tier: Tier
    flags: tuple[Flag, ...]
    matches: tuple[Match, ...]  # best first, at most five
    reasons: tuple[str, ...]
    versions: Versions
    confident: bool  # whether the first match may be shown as guidance that fits
    audience: str = "professional"  # or: child, parent, public, accused_adult

    @property
    def asks(self) -> bool:
        """Whether the enquirer is offered pages of which none surely fits, to choose or to send it on."""
        return self.outcome == Outcome.GUIDANCE and not self.confident and bool(self.matches)


@dataclass(frozen=True, slots=True)
class ScenarioText:
    """One published scenario version as triage reads it."""

    slug: str
    version: int
    title: str
    applies_when: str
    wordings: tuple[str, ...]
    guidance: str  # all parts as plain text
    ages: tuple[int, int] = (0, 25)
    settings: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

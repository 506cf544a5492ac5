"""The assessment of an account: red flags first, then matches, then the outcome. Pure.

Nothing switches a red flag off: no wording, confidence or setting takes a person away.
"""

from advice.triage import embedding, flags, matching
from advice.triage.library import Library
from advice.triage.types import Account, Assessment, Flag, Match, Outcome, Tier, Versions

#: With these, no scenario is offered as fitting: who writes, or what they wrote, has to be seen first.
NO_GUIDANCE = frozenset({"RF24", "RF30"})


def assess(account: Account, library: Library) -> Assessment:
    """Say what must reach a person, which scenarios fit, and what the enquirer is shown first."""
    found = flags.find_flags(account)
    tier = flags.worst(found)
    offered, none = matching.matches(account, library) if account.text.strip() else ((), 1.0)
    confident = is_confident(found, offered, none)
    outcome = outcome_of(tier, confident=confident)
    return Assessment(
        outcome=outcome,
        tier=tier,
        flags=found,
        matches=offered,
        reasons=reasons(tier, found, offered, confident=confident),
        versions=Versions(
            library=library.version,
            rules=flags.rules().version,
            weights=matching.weights_version(),
            model=embedding.MODEL_VERSION,
        ),
        confident=confident,
        audience=flags.audience(account),
    )


def is_confident(found: tuple[Flag, ...], offered: tuple[Match, ...], none: float) -> bool:
    """Whether the first match may be shown as guidance."""
    if not offered or any(flag.code in NO_GUIDANCE for flag in found):
        return False
    best = offered[0].confidence
    return best >= matching.weights()["confident"] and best > none


def outcome_of(tier: Tier, *, confident: bool) -> Outcome:
    """Tier A: act now. Tier B, or nothing that fits: a practitioner. Else guidance."""
    if tier == Tier.A:
        return Outcome.ACT_NOW
    if tier == Tier.B or not confident:
        return Outcome.PRACTITIONER
    return Outcome.GUIDANCE


def reasons(
    tier: Tier, found: tuple[Flag, ...], offered: tuple[Match, ...], *, confident: bool
) -> tuple[str, ...]:
    """Why this outcome, in plain English."""
    said = [flag.because for flag in found if flag.tier == tier and tier != Tier.NONE]
    if confident:
        said.append(f"What was written is most like “{offered[0].title}”.")
    else:
        said.append("No guidance fits surely enough, so a practitioner reads it.")
    return tuple(dict.fromkeys(said))

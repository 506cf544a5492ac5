"""The assessment of an account: matches, red flags (which matches can only add to), then the outcome. Pure.

Nothing switches a red flag off: no wording, confidence or setting takes a person away.
"""

from advice.triage import embedding, flags, matching
from advice.triage.library import Library
from advice.triage.matching import Matching
from advice.triage.types import Account, Assessment, Flag, Match, Outcome, Tier, Versions

ELSEWHERE = "Nothing in it is like the situations that this service gives guidance on."

#: With these, no scenario is offered as fitting: who writes, or what they wrote, has to be seen first.
NO_GUIDANCE = frozenset({"RF24", "RF30"})


def assess(account: Account, library: Library) -> Assessment:
    """Say what must reach a person, which scenarios fit, and what the enquirer is shown first."""
    matched = matching.matches(account, library)
    offered = matched.offered
    likely = {match.scenario: match.confidence for match in offered}
    found = flags.find_flags(account, likely)
    tier = flags.worst(found)
    confident = is_confident(found, matched)
    elsewhere = is_elsewhere(account, found, matched)
    outcome = Outcome.GUIDANCE if elsewhere else outcome_of(tier, confident=confident)
    return Assessment(
        outcome=outcome,
        tier=tier,
        flags=found,
        matches=() if elsewhere else offered,
        reasons=(ELSEWHERE,) if elsewhere else reasons(tier, found, offered, confident=confident),
        versions=Versions(
            library=library.version,
            rules=flags.rules().version,
            weights=matching.weights_version(),
            model=embedding.MODEL_VERSION,
        ),
        confident=confident,
        audience=flags.audience(account),
    )


def is_confident(found: tuple[Flag, ...], matched: Matching) -> bool:
    """Whether the first match may be shown as guidance."""
    if not matched.offered or any(flag.code in NO_GUIDANCE for flag in found):
        return False
    best = matched.offered[0].confidence
    return best >= matching.weights()["confident"] and best > matched.none


def is_elsewhere(account: Account, found: tuple[Flag, ...], matched: Matching) -> bool:
    """Whether it is plainly about something else: no flag, like no scenario, liker to what fits nothing.

    The enquirer is told so and sends it to a practitioner with one press if it is about a child's sexual
    behaviour after all. With any flag, or a kind of behaviour chosen in the form, a person gets it anyway.
    """
    chosen = account.answers.get("behaviours") or ()
    about_behaviour = isinstance(chosen, list | tuple) and bool(set(chosen) - {"process"})
    return matched.elsewhere and not found and not about_behaviour


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

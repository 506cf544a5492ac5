"""The assessment of an account: matches, red flags by rules and by what was learnt, then the outcome. Pure.

Nothing switches a red flag off: rules stand whatever was learnt, and what was learnt only adds.
"""

from collections.abc import Iterable
from dataclasses import replace
from math import log
from typing import Final

from advice.triage import embedding, flags, learned, matching
from advice.triage.kept import forget
from advice.triage.learned import TIER_A, TIER_AB, Reading
from advice.triage.library import Library
from advice.triage.matching import Matching
from advice.triage.types import Account, Assessment, Flag, Match, Outcome, Tier, Versions

ELSEWHERE: Final = "Nothing in it is like the situations that this service gives guidance on."
WHICH: Final = "We are not sure which of our pages fits, or whether any does."
AS_A_WHOLE: Final = "Read as a whole, it is like messages in which careful readers saw this."
SOURCE: Final = "Learnt from labelled messages (docs/triage.md); the words are those that told most."

#: With these, no scenario is offered as fitting: who writes, or what they wrote, has to be seen first.
NO_GUIDANCE: Final = frozenset({"RF24", "RF30"})
#: Told from the form of a message, never from what it is like.
NEVER_LEARNT: Final = frozenset({"RF24", "RF28", "RF30"})
#: What is plainly about something else needs nobody, although it may hold one of these.
NEEDS_NOBODY: Final = frozenset({"RF19", "RF28", "RF29"})


def assess(account: Account, library: Library) -> Assessment:
    """Say what must reach a person, which scenarios fit, and what the enquirer is shown first."""
    try:
        return assessed(account, library)
    finally:
        forget()


def assessed(account: Account, library: Library) -> Assessment:
    """The assessment; what was worked out of the text on the way is still kept."""
    ruled = flags.flags_of(account)
    matched = matching.matches(account, library, ruled)
    found = with_learnt(ruled, account, matched)
    tier = flags.worst(found)
    confident = is_confident(found, matched)
    elsewhere = is_elsewhere(account, found, matched)
    asks = not confident and not elsewhere and may_ask(found, matched)
    outcome = Outcome.GUIDANCE if elsewhere or asks else outcome_of(tier, confident=confident)
    offered = () if elsewhere or matched.fits_none else matched.offered
    told = (ELSEWHERE,) if elsewhere else (WHICH,) if asks else ()
    return Assessment(
        outcome=outcome,
        tier=tier,
        flags=found,
        matches=offered,
        reasons=told or reasons(tier, found, offered, confident=confident),
        versions=Versions(
            library=library.version,
            rules=flags.rules().version,
            weights=learned.version(),
            model=embedding.version(),
        ),
        confident=confident,
        audience=flags.audience(account),
    )


def with_learnt(found: tuple[Flag, ...], account: Account, matched: Matching) -> tuple[Flag, ...]:
    """The flags of the rules, and those that were learnt besides; each keeps the more urgent tier."""
    reading = matched.reading
    if reading is None:
        return found
    have = {flag.code: in_full(flag) if reading.may_be_urgent else flag for flag in found}
    for code, tier in learnt_codes(have.values(), reading, fits_none=matched.fits_none).items():
        if code not in have or tier.rank < have[code].tier.rank:
            have[code] = learnt_flag(code, tier, account, reading, have.get(code))
    return tuple(have[code] for code in sorted(have))


def in_full(flag: Flag) -> Flag:
    """The flag with the tier that it has beside anything urgent."""
    return replace(flag, tier=flag.at_most, at_most=None) if flag.at_most else flag


def learnt_codes(found: Iterable[Flag], reading: Reading, *, fits_none: bool) -> dict[str, Tier]:
    """Which flags were learnt to hold, and their tier.

    Where the message as a whole is like urgent ones and no rule says so, the likeliest flag is raised: it
    must reach a person, and the evidence must stand somewhere.
    """
    rules = {rule.code: rule for rule in flags.rules().rules if rule.code not in NEVER_LEARNT}
    odds = {code: reading.odds(code) for code in rules}
    limit = learned.learnt().thresholds["flag"]
    now, today = (reading.urgent(output, fits_none=fits_none) for output in (TIER_A, TIER_AB))
    urgent = {Tier.A: now, Tier.B: now or today}
    likely = {
        code: rule.tier
        for code, rule in rules.items()
        if odds[code] >= log(limit / (1 - limit)) and urgent.get(rule.tier, True)
    }
    need = next((tier for tier in (Tier.A, Tier.B) if urgent[tier]), Tier.NONE)
    reached = min([tier.rank for tier in likely.values()] + [flags.worst(found).rank])
    if reached > need.rank:
        might = [code for code, rule in rules.items() if rule.tier.rank <= Tier.B.rank]
        likely[max(might, key=lambda code: odds[code] + (rules[code].tier == need))] = need
    return likely


def learnt_flag(code: str, tier: Tier, account: Account, reading: Reading, ruled: Flag | None) -> Flag:
    """A flag with the words that told most; what a rule had found stays with it."""
    rule = next(rule for rule in flags.rules().rules if rule.code == code)
    told = learned.evidence(account.text[: flags.LONGEST], reading.row, code)
    seen = ruled.evidence if ruled else tuple(told) or flags.beginning(account)
    return Flag(code, rule.name, tier, seen, f"{rule.because} {AS_A_WHOLE}", f"{rule.source}. {SOURCE}")


def is_confident(found: tuple[Flag, ...], matched: Matching) -> bool:
    """Whether the first match may be shown as guidance."""
    if not matched.offered or any(flag.code in NO_GUIDANCE for flag in found):
        return False
    limits = learned.learnt().thresholds
    return matched.offered[0].confidence >= limits["confident"] and matched.none < limits["none_at_most"]


def is_elsewhere(account: Account, found: tuple[Flag, ...], matched: Matching) -> bool:
    """Whether it is plainly about something else: nothing urgent in it, and like what fits no scenario.

    The enquirer is told so and sends it to a practitioner with one press if it is about a child's sexual
    behaviour after all. With any urgent flag, or a kind of behaviour chosen in the form, a person gets it
    anyway.
    """
    about_behaviour = bool(flags.chosen(account, "behaviours") - {"process"})
    calm = all(flag.tier == Tier.C and (flag.code in NEEDS_NOBODY or flag.at_most) for flag in found)
    plain = matched.none >= learned.learnt().thresholds["elsewhere"]
    return bool(matched.offered) and plain and calm and not about_behaviour


def may_ask(found: tuple[Flag, ...], matched: Matching) -> bool:
    """Whether the enquirer is asked which page is nearest, instead of waiting for a practitioner.

    Only where nothing is urgent, not even a sign of what needs somebody now; where both models read the
    message (one that reads as urgent has a flag); where something is offered that may well fit; and where
    a professional wrote enough. One press still brings it to a practitioner.
    """
    reading = matched.reading
    if reading is None or reading.meaning is None or matched.fits_none or not matched.offered:
        return False
    if any(flag.code in NO_GUIDANCE or flag.tier == Tier.B for flag in found):
        return False
    if any(Tier.A in (flag.tier, flag.at_most) for flag in found):
        return False
    return matched.offered[0].confidence >= learned.learnt().thresholds["asked"]


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
    if confident and offered:
        said.append(f"What was written is most like “{offered[0].title}”.")
    else:
        said.append("No guidance fits surely enough, so a practitioner reads it.")
    return tuple(dict.fromkeys(said))

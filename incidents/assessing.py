"""Between what the enquirer answered and triage: the account built, the assessment kept.

If triage fails, the enquiry still goes to a person, and today: what was not read may be urgent.
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from advice import library
from advice.models import ScenarioVersion
from advice.triage.assess import assess
from advice.triage.types import Account
from advice.triage.types import Assessment as Assessed
from incidents.models import Assessment, Enquiry, Shown

log = logging.getLogger(__name__)

#: Free texts that triage reads, in the order in which a reader would.
TEXTS: Final = ("what_happened", "done", "advice_wanted")
#: The guidance shown is the best match and up to two others.
SHOWN_AT_MOST: Final = 3


def account_from(answers: Mapping[str, Any], *, further: str = "") -> Account:
    """The account as triage reads it; `further` is what the enquirer wrote later."""
    texts = [str(answers.get(key, "")) for key in TEXTS] + [further]
    structured = {key: value for key, value in answers.items() if key not in TEXTS and value}
    return Account(
        text="\n\n".join(text for text in texts if text.strip()),
        role=str(answers.get("role", "")),
        setting=str(answers.get("setting", "")),
        answers=structured,
    )


def assessed(account: Account) -> Assessed | None:
    """What triage says, or None when it failed: the class is logged, never the account."""
    try:
        return assess(account, library.current().triage)
    except Exception as error:  # whatever it is, the person asking must not meet it
        log.error("Triage failed with %s; the enquiry goes to a practitioner", type(error).__name__)  # noqa: TRY400
        return None


def keep(found: Assessed | None, *, enquiry: Enquiry, at: datetime) -> Assessment:
    """Store an assessment and exactly which versions it offers."""
    if found is None:
        return Assessment.objects.create(
            enquiry=enquiry, made_at=at, outcome="PRACTITIONER", tier="B", confident=False, failed=True,
            content={"flags": [], "matches": [], "reasons": ["We could not read it by machine."]},
            library="", rules="", weights="", model="",
        )  # fmt: skip
    plain = asdict(found)
    kept = Assessment.objects.create(
        enquiry=enquiry,
        made_at=at,
        outcome=found.outcome,
        tier=found.tier,
        confident=found.confident,
        audience=found.audience,
        content={
            "flags": plain["flags"],
            # How sure, as it was said then: where "likely" begins may move.
            "matches": [{**asdict(match), "in_words": match.in_words} for match in found.matches],
            "reasons": plain["reasons"],
        },
        library=found.versions.library,
        rules=found.versions.rules,
        weights=found.versions.weights,
        model=found.versions.model,
    )
    # What was shown is what the first assessment offered; a later one, of more that was written, nothing.
    first = not enquiry.assessments.exclude(pk=kept.pk).exists()
    offered = found.matches[:SHOWN_AT_MOST] if first and (found.confident or found.asks) else ()
    for rank, match in enumerate(offered, start=1):
        version = ScenarioVersion.objects.filter(scenario__slug=match.scenario, number=match.version).first()
        if version:
            Shown.objects.create(assessment=kept, version=version, rank=rank, confidence=match.confidence)
    return kept

"""What practitioners say that triage should have said: kept once a form, and handed on as labelled cases."""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from advice.triage.flags import find_flags
from advice.triage.types import Account
from hsb_portal.accounts.models import User
from incidents.assessing import TEXTS
from incidents.models import Assessment, Correction, Enquiry, Event
from incidents.states import EventKind

log = logging.getLogger(__name__)

#: Kept apart from a labelled case's answers: the free text is redacted first, the region is not needed.
LEFT_OUT: Final = frozenset({*TEXTS, "role", "setting", "region"})
#: The label of a message that no scenario fits.
NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was wrong, what was missed, and what would have been right: codes, slugs and a tier only."""

    wrong_flags: tuple[str, ...]
    missed_flags: tuple[str, ...]
    wrong_matches: tuple[str, ...]
    right: tuple[str, ...]  # scenarios, or "none"; the one that fits best first
    tier: str


def may_correct(enquiry: Enquiry, by: User) -> bool:
    """Whether they hold (or held last) the enquiry, or lead."""
    holds = by.is_practitioner and enquiry.claimed_by_id == by.pk
    return holds or by.has_perm("incidents.lead_enquiry")


@transaction.atomic
def correct(
    assessment: Assessment,
    *,
    by: User,
    key: UUID,
    verdict: Verdict,
    reason: str,
    redacted: str,
    at: datetime,
) -> bool:
    """Keep a correction and record it; False when this very form had been kept before."""
    enquiry = assessment.enquiry
    if not may_correct(enquiry, by):
        raise PermissionDenied("Only who holds the enquiry, or a lead, corrects what triage said.")
    _kept, made = Correction.objects.get_or_create(
        enquiry=enquiry,
        by=by,
        key=key,
        defaults={
            "assessment": assessment,
            "at": at,
            "what": {**asdict(verdict), "flags": flags_after(assessment, verdict)},
            "reason": reason,
            "redacted": {
                "text": redacted,
                "role": str(enquiry.account.get("role", "")),
                "setting": str(enquiry.account.get("setting", "")),
                "answers": answers_kept(enquiry.account),
            },
        },
    )
    if made:
        Event.objects.create(enquiry=enquiry, kind=EventKind.CORRECTED, by=by, at=at)
    return made


def flags_after(assessment: Assessment, verdict: Verdict) -> list[str]:
    """The flags that are right: those found and not marked as wrong, and those that were missed."""
    found = {flag["code"] for flag in assessment.content.get("flags", [])}
    return sorted(found - set(verdict.wrong_flags) | set(verdict.missed_flags))


def answers_kept(account: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that go into a labelled case: choices and ages, without the region."""
    return {
        key: value for key, value in account.items() if key not in LEFT_OUT and value not in ("", None, [])
    }


def identifying(text: str) -> tuple[str, ...] | None:
    """Words that may identify somebody; None when looking for them failed: then the warning is shown."""
    try:
        flags = find_flags(Account(text=text))
    except Exception as error:
        log.error("Looking for identifying details failed with %s", type(error).__name__)  # noqa: TRY400
        return None
    found = (each.words for flag in flags if flag.code == "RF28" for each in flag.evidence)
    return tuple(dict.fromkeys(words for words in found if words))


def mark_of(words: tuple[str, ...] | None) -> str:
    """A name for exactly these words: an answer to one warning is no answer to another."""
    return "unchecked" if words is None else hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


def newest() -> Iterator[Correction]:
    """The newest correction of each enquiry, the longest known enquiry first."""
    last: dict[Any, Correction] = {}
    for each in Correction.objects.order_by("at", "pk"):
        last[each.enquiry_id] = each
    yield from last.values()


def labelled(correction: Correction) -> dict[str, Any]:
    """A correction as a line of a labelled set (see tests/evaluation/README.md)."""
    what, redacted = correction.what, correction.redacted
    return {
        "id": str(correction.pk),
        **{name: redacted[name] for name in ("role", "setting", "text", "answers")},
        "primary": what["right"][0],
        "acceptable": sorted(what["right"]),
        "tier_low": what["tier"],
        "tier_high": what["tier"],
        # One reader has judged it, so what both and what either of them said is the same.
        "flags_both": what["flags"],
        "flags_either": what["flags"],
    }

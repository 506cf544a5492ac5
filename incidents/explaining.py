"""What triage said, put so that people can judge it, and made again to see whether it would say the same.

The enquirer gets their own words and answers; the practitioner gets everything that was kept.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from advice import library
from advice.triage.answers import QUESTIONS
from advice.triage.assess import assess
from advice.triage.flags import rules
from advice.triage.library import Library
from advice.triage.matching import LEAST_SHOWN
from advice.triage.types import Account
from advice.triage.types import Assessment as Assessed
from incidents.assessing import account_from
from incidents.forms import STEPS
from incidents.highlighting import Quote, quote
from incidents.models import Assessment, Enquiry
from incidents.states import MessageKind

#: Each question of the form as the enquirer read it.
ASKED: Final[Mapping[str, str]] = {
    key: str(field.label) for step in STEPS for key, field in step.page.base_fields.items()
}
#: Triage speaks to the enquirer; on the practitioner's page the same is said of them.
TO_A_PRACTITIONER: Final[Mapping[str, str]] = {"your setting": "the enquirer's setting"}
LIKELY: Final = 0.6
RELEASE: Final = "release "


def account_of(assessment: Assessment) -> Account:
    """The account as it was read for this assessment, with what the enquirer had written then."""
    later = assessment.enquiry.messages.filter(
        kind__in=(MessageKind.REASON, MessageKind.QUESTION), at=assessment.made_at
    ).first()
    return account_from(assessment.enquiry.account, further=later.text if later else "")


# To the enquirer ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Why:
    """One thing that led to the outcome: what was noticed, and the words and answers that showed it."""

    name: str
    because: str
    tier: str
    wrote: tuple[str, ...]
    answered: tuple[tuple[str, str], ...]  # question and answer, as the form has them


def decisive(enquiry: Enquiry) -> Assessment:
    """The assessment that gave the enquiry its tier: later ones never lower it."""
    return (
        enquiry.assessments.filter(tier=enquiry.tier).order_by("made_at").last() or enquiry.latest_assessment
    )


def why(assessment: Assessment) -> list[Why]:
    """What led to the outcome, most urgent first, in the enquirer's terms and without codes."""
    flags = sorted(assessment.content.get("flags", []), key=lambda flag: str(flag["tier"]))
    return [
        Why(
            name=flag["name"],
            because=flag["because"],
            tier=flag["tier"],
            wrote=tuple(
                dict.fromkeys(e["words"] for e in flag["evidence"] if e["words"] and not e["question"])
            ),
            answered=tuple(answered(e) for e in flag["evidence"] if e["question"]),
        )
        for flag in flags
    ]


def said_of_all(assessment: Assessment) -> list[str]:
    """What was said of the whole account, beside the flags: which guidance it is like, or that none fits."""
    flags = {flag["because"] for flag in assessment.content.get("flags", [])}
    return [reason for reason in assessment.content.get("reasons", []) if reason not in flags]


def answered(evidence: Mapping[str, Any]) -> tuple[str, str]:
    """An answer that is evidence: the question and the choice, as the form words them."""
    question, words = evidence["question"], evidence["words"]
    return ASKED.get(question, question), dict(QUESTIONS.get(question) or ()).get(words, words)


# To the practitioner --------------------------------------------------------------------------------------


def in_full(assessment: Assessment) -> dict[str, Any]:
    """Everything that was kept of an assessment, for the practitioner's page."""
    text = account_of(assessment).text
    matches = assessment.content.get("matches", [])
    return {
        "failed": assessment.failed,
        "flags": [
            {**flag, "evidence": [shown(each, text) for each in flag["evidence"]]}
            for flag in assessment.content.get("flags", [])
        ],
        "matches": [
            {
                **match,
                "in_words": match.get("in_words")
                or ("likely" if match["confidence"] >= LIKELY else "possible"),
                "because": [TO_A_PRACTITIONER.get(each, each) for each in match["because"]],
            }
            for match in matches
            if match["confidence"] >= LEAST_SHOWN
        ],
        "hardly": [match["title"] for match in matches if match["confidence"] < LEAST_SHOWN],
        "reasons": said_of_all(assessment),
        "versions": versions(assessment),
    }


def flags_before(enquiry: Enquiry) -> list[dict[str, Any]]:
    """What earlier assessments found and the latest did not: it still stands, as the tier does."""
    latest, *earlier = enquiry.assessments.order_by("-made_at")
    seen = {flag["code"] for flag in latest.content.get("flags", [])}
    found = []
    for flag in (flag for each in earlier for flag in in_full(each)["flags"]):
        if flag["code"] not in seen:
            seen.add(flag["code"])
            found.append(flag)
    return found


def shown(evidence: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Evidence as an answer to its question, or as words with what stands around them."""
    if evidence["question"]:
        question, answer = answered(evidence)
        return {"question": question, "answer": answer}
    start, end = evidence["start"], evidence["end"]
    # An account that has been blanked since has only the words that were kept with the assessment.
    placed = text[start:end] == evidence["words"] and end > start
    return {"quote": quote(text, start, end) if placed else Quote("", evidence["words"], "")}


def corrections(enquiry: Enquiry) -> list[dict[str, Any]]:
    """What practitioners said of it, the newest first, with flags and scenarios by name."""
    flags = {rule.code: f"{rule.code} {rule.name}" for rule in rules().rules}
    titles = {page.slug: page.title for page in library.current().pages.values()} | {"none": "none of them"}
    return [
        {
            "by": each.by,
            "at": each.at,
            "reason": each.reason,
            "tier": each.what["tier"],
            "wrong_flags": named(each.what["wrong_flags"], flags),
            "missed_flags": named(each.what["missed_flags"], flags),
            "wrong_matches": named(each.what["wrong_matches"], titles),
            "right": named(each.what["right"], titles),
        }
        for each in enquiry.corrections.select_related("by").order_by("-at")
    ]


def named(codes: list[str], names: Mapping[str, str]) -> list[str]:
    """Each by its name; one that is no longer in use keeps its code."""
    return [names.get(code, code) for code in codes]


def versions(assessment: Assessment) -> dict[str, str]:
    """What it was made with."""
    return {name: str(getattr(assessment, name)) for name in ("library", "rules", "weights", "model")}


# Made again -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an assessment, as it was and as it is when made again."""

    name: str
    then: str
    now: str

    @property
    def same(self) -> bool:
        """Whether nothing of it differs."""
        return self.then == self.now


def library_of(assessment: Assessment) -> Library:
    """The library that it was made with, built again; the present one where triage had failed."""
    number = assessment.library.removeprefix(RELEASE)
    if not (assessment.library.startswith(RELEASE) and number.isdigit()):
        return library.current().triage
    return library.as_of(int(number), at=assessment.made_at).triage


def again(assessment: Assessment) -> Assessed:
    """Assess the same account with the same library and today's rules, weights and model."""
    return assess(account_of(assessment), library_of(assessment))


def compared(assessment: Assessment, now: Assessed) -> list[Part]:
    """Each part of the assessment beside what is said today."""
    content, plain = assessment.content, asdict(now)
    return [
        Part("outcome", assessment.outcome, now.outcome.value),
        Part("tier", assessment.tier, now.tier.value),
        Part("shown with confidence", yes(assessment.confident), yes(now.confident)),
        Part("who writes", assessment.audience, now.audience),
        *side_by_side(dict(flag_lines(content["flags"])), dict(flag_lines(plain["flags"]))),
        *side_by_side(dict(match_lines(content["matches"])), dict(match_lines(plain["matches"]))),
        Part("reasons", " ".join(content["reasons"]), " ".join(plain["reasons"])),
    ]


def changed_since(assessment: Assessment, now: Assessed) -> list[Part]:
    """The versions it was made with beside those of today."""
    return [Part(name, then, str(getattr(now.versions, name))) for name, then in versions(assessment).items()]


def yes(value: bool) -> str:
    """A truth in words."""
    return "yes" if value else "no"


def side_by_side(then: Mapping[str, str], now: Mapping[str, str]) -> list[Part]:
    """What is in either, by name, in the order in which it was kept."""
    return [
        Part(name, then.get(name, "nothing"), now.get(name, "nothing"))
        for name in dict.fromkeys([*then, *now])
    ]


def flag_lines(flags: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Each flag by name, with its tier and evidence."""
    for flag in flags:
        words = "; ".join(f"“{each['words']}”" for each in flag["evidence"])
        yield f"{flag['code']} {flag['name']}", f"tier {flag['tier']}: {words}"


def match_lines(matches: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Each match by its place, with its confidence and what led to it and told against it."""
    for place, match in enumerate(matches, start=1):
        because = "; ".join(match["because"]) or "nothing"
        against = "; ".join(match["against"]) or "nothing"
        yield (
            f"match {place}",
            f"{match['scenario']} version {match['version']}, {match['confidence']:.2f};"
            f" because: {because}; against: {against}",
        )

"""Red flags: reads the rules, finds them in text and answers, with the words that are their evidence."""

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from advice.triage import language
from advice.triage.answers import QUESTIONS
from advice.triage.types import Account, Evidence, Flag, Tier

RULES: Final = Path(__file__).parent / "rules" / "red_flags.toml"
#: What is read of a text; the form allows less.
LONGEST: Final = 20_000
MOST_EVIDENCE: Final = 6
#: These stand although the message is a policy question or about a closed matter.
ALWAYS: Final = frozenset({"RF01", "RF10", "RF13", "RF24", "RF28", "RF30"})


class BadRules(Exception):
    """The rules file cannot be used; the message names the flag and what is wrong."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One red flag as data."""

    code: str
    name: str
    tier: Tier
    because: str
    source: str
    trigger: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    keeps: bool
    answers: Mapping[str, tuple[str, ...]]
    raised_by: frozenset[str]
    raised_by_words: re.Pattern[str] | None
    under_13: bool
    eased_by: re.Pattern[str] | None
    not_eased_by: re.Pattern[str] | None
    scenarios: frozenset[str]
    needs_matter: bool
    computed: str


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules, and the version that names exactly them."""

    version: str
    likely_enough: float
    rules: tuple[Rule, ...]


@lru_cache(maxsize=1)
def rules() -> Rules:
    """Read and check the rules once a process."""
    raw = RULES.read_bytes()
    data = tomllib.loads(raw.decode())
    return Rules(hashlib.sha256(raw).hexdigest()[:12], float(data["likely_enough"]), tuple(parse(data)))


def parse(data: Mapping[str, Any]) -> Iterable[Rule]:
    """Make rules of the file's data, or raise `BadRules`."""
    words = data["words"]
    seen = set()
    for item in data["flag"]:
        code = item.get("code", "?")
        if code in seen:
            raise BadRules(f"{code} stands twice.")
        seen.add(code)
        missing = {"name", "tier", "because", "source", "triggers"} - set(item)
        if missing:
            raise BadRules(f"{code} has no {', '.join(sorted(missing))}.")
        for question in item.get("answers", {}):
            if question not in QUESTIONS:
                raise BadRules(f"{code}: there is no question {question!r}.")
        yield Rule(
            code=code,
            name=item["name"],
            tier=Tier(item["tier"]),
            because=item["because"],
            source=item["source"],
            trigger=pattern(code, item["triggers"], words),
            unless=pattern(code, item.get("unless", []), words),
            keeps=item.get("keeps", False),
            answers={key: tuple(values) for key, values in item.get("answers", {}).items()},
            raised_by=frozenset(item.get("raised_by", [])),
            raised_by_words=pattern(code, item.get("raised_by_words", []), words),
            under_13=item.get("under_13", False),
            eased_by=pattern(code, [item["eased_by"]], words) if "eased_by" in item else None,
            not_eased_by=pattern(code, [item["not_eased_by"]], words) if "not_eased_by" in item else None,
            scenarios=frozenset(item.get("scenarios", [])),
            needs_matter=item.get("needs_matter", False),
            computed=item.get("computed", ""),
        )


def pattern(code: str, parts: list[str], words: Mapping[str, str]) -> re.Pattern[str] | None:
    """One pattern of many, with {name} replaced by its list of words."""
    if not parts:
        return None
    for name, listed in words.items():
        parts = [part.replace("{" + name + "}", listed) for part in parts]
    parts = [part.replace("\u2019", "'?") for part in parts]
    try:
        return re.compile("|".join(f"(?<!\\w)(?:{part})" for part in parts))
    except re.error as error:
        raise BadRules(f"{code}: {error}") from error


def find_flags(
    account: Account, likely: Mapping[str, float] | None = None, *, matter: bool = True
) -> tuple[Flag, ...]:
    """Every red flag of the account. Text and answers both count; "do not know" never lowers anything.

    `likely` gives the probability of scenarios: a message that is probably about a rape shows that flag
    although none of its words is in the rules. It only adds. `matter` is false where the message is like no
    scenario at all: then what only aggravates (again, a group, nothing done) does not count by itself.
    """
    text = language.plain(account.text[:LONGEST])
    off = language.is_hypothetical(text) or language.is_closed(text)
    found: dict[str, list[Evidence]] = {}
    for rule in rules().rules:
        evidence = from_answers(rule, account.answers)
        evidence += COMPUTED[rule.computed](account, text) if rule.computed else []
        if rule.trigger and (not off or rule.code in ALWAYS):
            evidence += from_text(rule, text, account.text)
        if not evidence and not off and likely:
            evidence = from_likeness(rule, likely, account.text)
        if evidence:
            found[rule.code] = evidence[:MOST_EVIDENCE]
    by_themselves = {rule.code for rule in rules().rules if not rule.needs_matter}
    if not matter and not by_themselves & set(found):
        found = {
            code: evidence for code, evidence in found.items() if any(each.question for each in evidence)
        }
    return tuple(made(rule, found, text, account) for rule in rules().rules if rule.code in found)


def from_answers(rule: Rule, answers: Mapping[str, object]) -> list[Evidence]:
    """The answers of the form that raise the flag, in the form's words."""
    evidence = []
    for question, values in rule.answers.items():
        given = answers.get(question)
        chosen = [given] if isinstance(given, str) else list(given) if isinstance(given, list | tuple) else []
        labels = dict(QUESTIONS.get(question) or ())
        evidence += [Evidence(labels.get(v, str(v)), question=question) for v in chosen if v in values]
    return evidence


def from_text(rule: Rule, text: str, written: str) -> list[Evidence]:
    """The words of the text that raise the flag and that nothing takes back."""
    if rule.trigger is None:
        return []
    evidence = []
    taken_back = [m.span() for m in rule.unless.finditer(text)] if rule.unless else []
    for match in rule.trigger.finditer(text):
        start, end = match.span()
        if start == end or any(a < end and start < b for a, b in taken_back):
            continue
        if not rule.keeps and language.negated(text, start, end):
            continue
        evidence.append(Evidence(written[start:end], start, end))
        if len(evidence) >= MOST_EVIDENCE:
            break
    return evidence


def from_likeness(rule: Rule, likely: Mapping[str, float], written: str) -> list[Evidence]:
    """The message's beginning, where the whole of it is probably about one of the rule's scenarios."""
    if sum(likely.get(slug, 0.0) for slug in rule.scenarios) < rules().likely_enough:
        return []
    first = language.sentences(language.plain(written[:LONGEST]))[:1]
    return [Evidence(written[each.start : each.end].strip(), each.start, each.end) for each in first]


def made(rule: Rule, found: Mapping[str, list[Evidence]], text: str, account: Account) -> Flag:
    """The flag with its tier, raised where its rule says so."""
    tier = rule.tier
    raised = (
        bool(rule.raised_by & set(found))
        or (rule.under_13 and youngest(account, text) < 13)
        or bool(rule.raised_by_words and rule.raised_by_words.search(text))
        or (rule.code == "RF24" and audience(account) == "child")
        or (rule.code == "RF19" and bool({"RF05", "RF07"} & set(found)))
        or (rule.code == "RF04" and bool(COMBINED_A & set(found)))
        or (rule.code == "RF11" and set(found) >= AGAIN_AND_TOGETHER)
    )
    if raised:
        tier = Tier.A
    elif eased(rule, text):
        tier = Tier.C
    elif rule.code == "RF19" and "RF03" in found:
        tier = Tier.B
    return Flag(rule.code, rule.name, tier, tuple(found[rule.code]), rule.because, rule.source)


#: With sexual contact of a child under 13, each of these makes it a matter for now: contact goes on, or the
#: gap in age is clear.
COMBINED_A: Final = frozenset({"RF09", "RF11"})
#: Unwanted touching that goes on despite a plan, of a child who is clearly weaker: contact now is a matter for now.
AGAIN_AND_TOGETHER: Final = frozenset({"RF03", "RF09", "RF17"})


def eased(rule: Rule, text: str) -> bool:
    """Whether the words make the flag a matter for the normal queue: said to be mutual, and nothing of spreading."""
    if rule.eased_by is None or rule.not_eased_by is None or not rule.eased_by.search(text):
        return False
    against = rule.not_eased_by.finditer(text)
    return not any(not language.negated(text, m.start(), m.end()) for m in against)


def worst(flags: Iterable[Flag]) -> Tier:
    """The most urgent tier of the flags."""
    return min((flag.tier for flag in flags), key=lambda tier: tier.rank, default=Tier.NONE)


def ages(account: Account, text: str) -> list[int]:
    """Ages of children that answers and text name."""
    answered = [account.answers.get(key) for key in ("age_displayed", "age_harmed")]
    given = [int(str(a)) for a in answered if a is not None and str(a).isdigit()]
    return given + [age for age, _, _ in language.ages_in(text)]


def youngest(account: Account, text: str) -> int:
    """The youngest age named, 99 when none is."""
    return min(ages(account, text), default=99)


CONTACT: Final = re.compile(
    r"\b(?:sex(?!ualised (?:language|words|comments|jokes|talk|names?))\w*|touch\w*|kiss\w*|private (?:parts?|area)|privates|genital\w*|naked|undress\w*|trousers|pants|pregnan\w*"
    r"|(?<!no )images?|nude\w*|nudif\w*|indecent|penis|vagina|willy|grop\w*|assault\w*|abus\w*|rape\w*|pulled down|in bed|secret game|exposed?|upskirt\w*|do it again|filmed"
    r"|condoms?|virginity|intercourse|missed (?:her |two |a |\w+ )?periods?|shown (?:one|a|the)|(?:watch|show|view|saw|seen)\w* (?:\w+ ){0,3}porn\w*)\b"
)
#: Contact words that say little of children under eight, unless something in the message says more.
MILD: Final = re.compile(r"trousers|pants|undress|naked|private|kiss|touch|willy|expose")
MORE: Final = re.compile(
    r"\b(?:upset|cry\w*|cried|hurt\w*|sore|forc\w*|made (?:him|her|them|to)|scared|frighten\w*|secret\w*|distress\w*|bleed\w*|inside|insert\w*|adult|older|bigger|again|keeps|kept|repeat\w*"
    r"|every (?:day|time|week)|d(?:oes|id)n'?t (?:want|like)|said no|told (?:\w+ )?not to|threat\w*|held|persuad\w*|bribe\w*|film\w*|photo\w*|disclos\w*|says? (?:that )?(?:he|she|her|his|daddy|mummy)"
    r"|week|term|refus\w*|flinch\w*|nightmare\w*|on top of|licked|mouth|sexual\w*|oral|penetrat\w*|bruis\w*|complain\w*|worr\w*)\b"
)
CURIOUS: Final = re.compile(
    r"\b(?:easily redirected|comparing|curious|curiosity|doctors and nurses|playing doctors|well child|no distress|both (?:laugh\w+|giggl\w+|fine|happy)|"
    r"touch(?:es|ing|ed)? (?:himself|herself|themselves)|puberty|lesson|asked a question|tummies)\b"
)


def under_13_contact(account: Account, text: str) -> list[Evidence]:
    """Sexual contact or an image, and a child under 13 (RF04), beyond what is expected at that age."""
    if language.is_hypothetical(text) or language.is_closed(text) or CURIOUS.search(text):
        return []
    all_named = ages(account, text)
    if all_named and max(all_named) < 8 and not MORE.search(text):
        strong = [m for m in CONTACT.finditer(text) if not MILD.search(m[0])]
        if not strong:
            return []
    named = [(a, s, e) for a, s, e in language.ages_in(text) if 1 <= a < 13]
    told = [str(account.answers.get(key, "")) for key in ("age_displayed", "age_harmed")]
    answered = [age for age in told if age.isdigit() and int(age) < 13]
    contact = next(
        (m for m in CONTACT.finditer(text) if not language.negated(text, m.start(), m.end())), None
    )
    behaviours = account.answers.get("behaviours") or ()
    chosen = {"touching", "assault", "sexual_activity", "images"} & set(
        behaviours if isinstance(behaviours, list | tuple) else ()
    )
    if not (contact or chosen) or not (named or answered):
        return []
    evidence = [Evidence(account.text[s:e], s, e) for _, s, e in named[:2]]
    if contact:
        evidence.append(
            Evidence(account.text[contact.start() : contact.end()], contact.start(), contact.end())
        )
    return evidence + [Evidence(f"{age} years", question="age_harmed") for age in answered[:1]]


def age_gap(account: Account, text: str) -> list[Evidence]:
    """Two ages of children, four or more years apart, or three where one is under 13 (RF09)."""
    if language.is_hypothetical(text) or language.is_closed(text):
        return []
    a, b = (str(account.answers.get(key, "")) for key in ("age_displayed", "age_harmed"))
    if a.isdigit() and b.isdigit() and abs(int(a) - int(b)) >= 4:
        return [Evidence(f"{a} and {b} years", question="age_harmed")]
    named = sorted(language.ages_in(text))
    children = [item for item in named if item[0] <= 18]
    if len(children) < 2:
        return []
    low, high = children[0], children[-1]
    if high[0] - low[0] >= (3 if low[0] < 10 else 4):
        return [Evidence(account.text[s:e], s, e) for _, s, e in (low, high)]
    return []


NAME_AFTER: Final = re.compile(
    r"\b(?:called|named|name is|name's|Mr|Mrs|Miss|Ms|Dr)\.? (?P<name>[A-Z][a-z]+(?: [A-Z][a-z]+)?)"
)
IDENTIFYING: Final = (
    re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.]+\b"),
    re.compile(r"(?<![\d£])(?:\+44\s?\d|0[1-9])(?:[\s-]?\d){8,9}(?!\d)"),
    re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b"),
    re.compile(r"\b(?:0?[1-9]|[12]\d|3[01])[/.-](?:0?[1-9]|1[0-2])[/.-](?:19|20)?\d\d\b"),
    re.compile(r"\b(?:DOB|dob|date of birth)\b[^.\n]{0,20}\d"),
    re.compile(r"\b\d{1,4} (?:[A-Z][a-z]+ ){1,2}(?:Street|Road|Avenue|Lane|Close|Drive|Way|Crescent)\b"),
    re.compile(r"\b(?:St\.? |Saint )?(?:[A-Z][a-z']+ ){1,3}(?:School|Academy|College|Primary|Nursery)\b"),
    re.compile(r"\b\d{3}[ -]?\d{3}[ -]?\d{4}\b"),
    NAME_AFTER,
)
PUBLIC: Final = re.compile(
    r"0344 ?225 ?0623|0808 ?1000 ?900|0808 ?800 ?5000|0800 ?1111|0344 ?381 ?4772|0800 ?136 ?663|116 ?123|hsbsupport@|helpline@|help@nspcc"
    r"|(?:Our|The|A|This|My|Special|Primary|Secondary|Local|Another|Same|Boarding|Middle|Infant|Junior|Sixth Form|Independent|High) "
    r"(?:School|Academy|College|Primary|Nursery)"
)


def identifying(account: Account, _text: str) -> list[Evidence]:
    """Details that may identify somebody (RF28): numbers, addresses, and names after a telling word."""
    text = account.text[:LONGEST]
    evidence = []
    for each in IDENTIFYING:
        for match in each.finditer(text):
            if not PUBLIC.search(match.group()):
                evidence.append(Evidence(match.group(), match.start(), match.end()))
    return evidence


CHILD_WRITES: Final = re.compile(
    r"\b(?:i'?m|i am|im) (?:only )?(?:a (?:girl|boy|kid|student|pupil)\b|(?:[5-9]|1[0-7])\b(?! (?:weeks|months|years (?:in|into)|%)))|\bin (?:my|our) (?:maths|english|pe|science) (?:class|lesson)\b.*\b(?:me|i)\b"
    r"|\b(?:my|our) (?:teacher|mum|dad|stepdad|brother|uncle|cousin|boyfriend|girlfriend|bf|friend|freind|mate)\b[^.?!]{0,40}\b(?:touch\w*|hurt\w*|made me|makes me|keeps|sent|wants me|told me not)|\b(?:happened to me|touched me|made me|raped me|did (?:it|this|that) to me)\b"
)
SAYS_AGE: Final = re.compile(
    r"\b(?:i'?m|i am|im) (?:only )?(?:[5-9]|1[0-7])\b(?! (?:weeks|months|years (?:in|into)|%))"
)
PARENT_WRITES: Final = re.compile(
    r"\b(?:my|our) (?:\w+ )?(?:son|daughter|little (?:boy|girl)|child|kids?|children|stepson|stepdaughter|grandson|granddaughter|boy|girl|nephew|niece)\b(?!'s (?:school|class) (?:policy|form))|\bi(?:'m| am|m) (?:a |his |her |their )(?:mum|dad|mother|father|parent|gran|nan|grandparent|grandmother)"
)
PROFESSIONAL: Final = re.compile(
    r"\b(?:i(?:'m| am|m) (?:a|an|the|one of the|writing as|also|currently) ?(?:\w+ ){0,3}(?:teacher|dsl|ddsl|head|nurse|social worker|ta|tutor|coach|manager|leader|practitioner|officer|senco|worker|assistant|"
    r"keyworker|psychologist|gp|doctor|therapist|governor|lead|carer|childminder|deputy|chaplain)|as (?:the )?dsl|our (?:pupils?|students?|school|setting|dsl|home|club|nursery)|my (?:class|form|tutor group|caseload|year group|team)|one of (?:my|our) "
    r"(?:pupils?|students?|residents?|families|year)|safeguarding lead|case manager|in placement)\b"
)
ACCUSED_WRITES: Final = re.compile(
    r"\bi(?:'ve| have| was|'m| am)? (?:been )?(?:accused of|suspended (?:because|after|for)|worried about my (?:own )?(?:thoughts|behaviour|feelings)|attracted to (?:children|kids|young))\b"
)
PROFESSIONAL_ROLES: Final = frozenset(
    [
        "teacher",
        "dsl",
        "head",
        "support_staff",
        "early_years",
        "social_worker",
        "residential",
        "foster",
        "youth_worker",
        "health",
        "police_justice",
        "sport_faith",
        "other_professional",
    ]
)


def audience(account: Account) -> str:  # noqa: C901  (read from the top, the first that fits wins)
    """Who is writing: professional, parent, child, public or accused_adult."""
    role = account.role or str(account.answers.get("role", ""))
    direct = {"child": "child", "parent": "parent", "worried_about_self": "accused_adult"}
    if role in direct:
        return direct[role]
    lowered = role.lower()
    if re.search(r"\b(?:pupil|student|child|young person|year \d+)\b", lowered) and not re.search(
        r"worker|teacher|support|social|pgce|trainee|nurse|teaching", lowered
    ):
        return "child"
    if (
        re.search(r"\b(?:mum|dad|mother|father|parent|grandparent|carer of)\b", lowered)
        and "foster" not in lowered
    ):
        return "parent"
    if re.search(r"\b(?:member of the public|neighbour|public)\b", lowered):
        return "public"
    text = language.plain(account.text[:LONGEST])
    if ACCUSED_WRITES.search(text):
        return "accused_adult"
    if role in PROFESSIONAL_ROLES:
        return "professional"
    if SAYS_AGE.search(text):
        return "child"
    if PROFESSIONAL.search(text):
        return "professional"
    if CHILD_WRITES.search(text):
        return "child"
    if lowered and not re.search(r"anon|unknown|not (?:given|said)|other", lowered):
        return "professional"
    return "parent" if PARENT_WRITES.search(text) else "professional"


def audience_flag(account: Account, text: str) -> list[Evidence]:
    """Who is writing, when it is not a professional (RF24)."""
    who = audience(account)
    if who == "professional":
        return []
    searched = {"child": CHILD_WRITES, "parent": PARENT_WRITES, "accused_adult": ACCUSED_WRITES}.get(who)
    match = searched.search(text) if searched else None
    if match:
        return [Evidence(account.text[match.start() : match.end()], match.start(), match.end())]
    return [Evidence(account.role or who, question="role")]


def unclear(account: Account, text: str) -> list[Evidence]:
    """Too little, or another language (RF30)."""
    words = re.findall(r"\w+", text)
    if len(words) < 5 or language.is_other_language(text):
        return [Evidence(account.text[:80], 0, min(80, len(account.text)))] if text.strip() else []
    return []


Computed = Callable[[Account, str], list[Evidence]]
COMPUTED: Final[dict[str, Computed]] = {
    "under_13_contact": under_13_contact,
    "age_gap": age_gap,
    "audience": audience_flag,
    "identifying": identifying,
    "unclear": unclear,
}

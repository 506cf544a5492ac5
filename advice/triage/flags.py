"""Red flags: reads the rules, finds them in text and answers, with the words that are their evidence."""

import hashlib
import re
import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from advice.triage import clarity, language
from advice.triage.answers import QUESTIONS
from advice.triage.kept import forget
from advice.triage.patterns import BadRules, Index, Key, pattern
from advice.triage.types import Account, Evidence, Flag, Tier

RULES: Final = Path(__file__).parent / "rules" / "red_flags.toml"
#: What is read of a text; the form allows less.
LONGEST: Final = 20_000
MOST_EVIDENCE: Final = 6
#: Where a message as a whole is the evidence, so many characters of it are shown.
SHOWN_OF_A_WHOLE: Final = 80
#: A rule's lists of patterns.
PATTERNS: Final = ("triggers", "signs", "signs_if_sexual", "unless")
#: These stand although the message is a policy question or about a closed matter.
ALWAYS: Final = frozenset({"RF10", "RF13", "RF24", "RF28", "RF30"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One red flag as data."""

    code: str
    name: str
    tier: Tier
    because: str
    source: str
    keeps: bool
    answers: Mapping[str, tuple[str, ...]]
    raised_by: frozenset[str]
    raised_by_words: re.Pattern[str] | None
    under_13: bool
    eased_by: re.Pattern[str] | None
    not_eased_by: re.Pattern[str] | None
    computed: str
    computed_is_sign: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules, and the version that names exactly them."""

    version: str
    sexual_matter: re.Pattern[str]
    rules: tuple[Rule, ...]
    index: Index


@lru_cache(maxsize=1)
def rules() -> Rules:
    """Read and check the rules once a process."""
    raw = RULES.read_bytes()
    data = tomllib.loads(raw.decode())
    matter = re.compile(rf"\b{data['words']['sexual_matter']}")
    version = hashlib.sha256(raw).hexdigest()[:12]
    return Rules(version, matter, tuple(parse(data)), index_of(data))


def index_of(data: Mapping[str, Any]) -> Index:
    """All patterns of the file's data, or `BadRules`."""
    index = Index()
    for item in data["flag"]:
        for kind in PATTERNS:
            index.add((item["code"], kind), item.get(kind, ()), data["words"])
    return index


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
            keeps=item.get("keeps", False),
            answers={key: tuple(values) for key, values in item.get("answers", {}).items()},
            raised_by=frozenset(item.get("raised_by", [])),
            raised_by_words=pattern(code, item.get("raised_by_words", []), words),
            under_13=item.get("under_13", False),
            eased_by=pattern(code, [item["eased_by"]], words) if "eased_by" in item else None,
            not_eased_by=pattern(code, [item["not_eased_by"]], words) if "not_eased_by" in item else None,
            computed=item.get("computed", ""),
            computed_is_sign=item.get("computed_is_sign", False),
        )


def find_flags(account: Account) -> tuple[Flag, ...]:
    """Every red flag of the account that a rule finds. Text and answers both count.

    "Do not know" never lowers anything.
    """
    try:
        return flags_of(account)
    finally:
        forget()


def flags_of(account: Account) -> tuple[Flag, ...]:
    """The flags; what was worked out of the text on the way is still kept."""
    text = language.plain(account.text[:LONGEST])
    off = language.is_hypothetical(text) or language.is_closed(text)
    sexual = bool(rules().sexual_matter.search(text))
    stands = rules().index.matches(text)
    found: dict[str, list[Evidence]] = {}
    alone: set[str] = set()  # the flags for which more speaks than signs
    for rule in rules().rules:
        evidence = from_answers(rule, account.answers)
        computed = COMPUTED[rule.computed](account, text) if rule.computed else []
        evidence += computed if not rule.computed_is_sign else [each for each in computed if each.question]
        signs = computed if rule.computed_is_sign else []
        if not off or rule.code in ALWAYS:
            evidence += from_text(rule, "triggers", stands, text, account.text)
            if len(evidence) < MOST_EVIDENCE:
                signs += from_text(rule, "signs", stands, text, account.text)
                signs += from_text(rule, "signs_if_sexual", stands, text, account.text) if sexual else []
        if evidence:
            alone.add(rule.code)
        if evidence or signs:
            found[rule.code] = list(dict.fromkeys(evidence + signs))[:MOST_EVIDENCE]
    made_of = [made(rule, found, text, account) for rule in rules().rules if rule.code in found]
    return weighed(made_of, alone)


def weighed(found: Sequence[Flag], alone: Set[str]) -> tuple[Flag, ...]:
    """Signs that say little alone count in full beside anything urgent, else for the normal queue.

    Neither takes a flag away, and what was learnt of the whole message may still raise it (`assess.py`).
    """
    if worst(flag for flag in found if flag.code in alone).rank <= Tier.B.rank:
        return tuple(found)
    return tuple(
        flag
        if flag.code in alone or flag.tier.rank >= Tier.C.rank
        else replace(flag, tier=Tier.C, at_most=flag.tier)
        for flag in found
    )


def from_answers(rule: Rule, answers: Mapping[str, object]) -> list[Evidence]:
    """The answers of the form that raise the flag, in the form's words."""
    evidence = []
    for question, values in rule.answers.items():
        given = answers.get(question)
        chosen = [given] if isinstance(given, str) else list(given) if isinstance(given, list | tuple) else []
        labels = dict(QUESTIONS.get(question) or ())
        evidence += [Evidence(labels.get(v, str(v)), question=question) for v in chosen if v in values]
    return evidence


def from_text(
    rule: Rule, kind: str, stands: Mapping[Key, Sequence[tuple[int, int]]], text: str, written: str
) -> list[Evidence]:
    """The words of the text that a list of the rule's patterns finds and that nothing takes back."""
    found = stands.get((rule.code, kind), ())
    taken_back = stands.get((rule.code, "unless"), ())
    evidence: list[Evidence] = []
    read_to = 0
    for start, end in found:
        if start < read_to or start == end or any(a < end and start < b for a, b in taken_back):
            continue
        if not rule.keeps and language.negated(text, start, end):
            continue
        evidence.append(Evidence(written[start:end], start, end))
        read_to = end
        if len(evidence) >= MOST_EVIDENCE:
            break
    return evidence


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
    answered = (answered_age(account, key) for key in ("age_displayed", "age_harmed"))
    given = [age for age in answered if age is not None]
    return given + [age for age, _, _ in language.ages_in(text)]


def answered_age(account: Account, question: str) -> int | None:
    """An age of the form in years; none where it is missing, or is no age whatever a broken client sent."""
    given = str(account.answers.get(question, ""))
    return int(given) if re.fullmatch(r"[0-9]{1,3}", given) else None


def chosen(account: Account, question: str) -> frozenset[str]:
    """The choices that were made; what a broken client sent besides is left out."""
    given = account.answers.get(question)
    several = given if isinstance(given, list | tuple) else (given,)
    return frozenset(each for each in several if isinstance(each, str) and each)


def youngest(account: Account, text: str) -> int:
    """The youngest age named, 99 when none is."""
    return min(ages(account, text), default=99)


#: What makes a young child's matter one of contact or an image, in the words of professionals and of children.
CONTACT: Final = re.compile(
    r"\b(?:sex(?!ual(?:ised|ized)? (?:language|words|comments|jokes|talk|names?|incident|health)|is[mt]|ed\b)\w*|touch(?:ed|es|ing)?\b(?! (?:up for|on\b|base|rugby))|kiss(?:ed|es|ing)\b|private (?:parts?|area)|privates|genital\w*|naked|undress\w*|nightie|trousers|pants|knickers|shorts|skirts?|leggings|nappy|nappies|trunks|pregnan\w*"
    r"|nude\w*|nudif\w*|indecent|penis|vagina|bums?\b|bottoms?\b|grop\w*|grab(?:bed|bing|s)?\b|assault\w*|abus(?:ed|ing)|rap(?:e|ed)\b|pulled down|in(?:to)? (?:\w+ )?bed\b|bunk\b|secret (?:game|cuddle|ride)|a secret|quiet game|expos(?:es|ing) (?:him|her)|upskirt\w*|do it again|filmed|films? (?:him|her)|photos of (?:him|her)"
    r"|condoms?|virginity|intercourse|missed (?:her |two |a |\w+ )?periods?|period's late|late period|shown (?:him|her|them|something)|show(?:ed|s|ing)? (?:him|her|them)(?:sel\w+)? (?:porn|his|films)|sends? (?:him|her|them) (?:pics|pictures|photos)|pictures? of a girl|on top of|lying on|did it|cuddles\b|tickl\w+|hurts (?:her|there|when|my|where)|hurt (?:him|her) there|in the (?:bath|shower) with|(?:do|does|did|doing) (?:stuff|things) (?:to|with|for)|special photos|strip(?:ped)?\b|undid)\b"
)
#: Contact words that say little of children under eight, unless something in the message says more.
MILD: Final = re.compile(
    r"trousers|pants|undress|naked|private|kiss|touch|bum|bottom|show|expose|knickers|nappy|shorts|skirt|leggings|lying|cuddle|tickl|in bed|boyfriend"
)
MORE: Final = re.compile(
    r"\b(?:upset|cry\w*|cried|hurt\w*|sore|forc\w*|made (?:him|her|them|to)|mak(?:es|ing) (?:him|her)|scared|frighten\w*|secret\w*|distressed|bleed\w*|inside|insert\w*|adult|older|bigger|again|keeps|kept|repeat\w*|uncle|daddy|coach|grandad"
    r"|every (?:day|time|week|night)|d(?:oes|id)n'?t (?:want|like)|said no|told (?:\w+ )?not to|threat\w*|held|persuad\w*|bribe\w*|film(?:ed|ing|s)|photo\w*|disclos\w*|says? (?:that )?(?:he|she|her|his|daddy|mummy)"
    r"|refus\w*|flinch\w*|nightmare\w*|on top of|licked|mouth|sexual (?!health)\w*|oral|penetrat\w*|bruis\w*|complain\w*|persistent\w*|even when told|won'?t stop)\b"
)
CURIOUS: Final = re.compile(
    r"\b(?:easily redirected|comparing|curious|curiosity|doctors and nurses|playing (?:at )?doctors|well child|no distress|both (?:\w+ )?(?:laugh\w+|giggl\w+|fine|happy)|giggl\w+|"
    r"touch(?:es|ing|ed)? (?:himself|herself|themselves)|puberty|lesson|asked a question|tummies|mums and dads|mummies and daddies)\b"
)


#: Where it is taught or asked about, the word "sex" alone is no contact.
TAUGHT: Final = re.compile(r"\b(?:lesson|puberty|asked a question|curriculum)\b")
#: Words for children under 13, where no age is given.
YOUNG: Final = re.compile(
    r"\b(?:little (?:ones?|girl|boy|lad|lass)|toddlers?|infants|pre-?schoolers?|cubs?|beavers|brownies|rainbows|mindees?|(?:in|at|our|from) (?:a )?(?:primary|infant|junior|nursery)(?! school website)|ks[12]|under.?(?:tens|nines|elevens)|primary (?:pupils?|child(?:ren)?)|tiny|small child(?:ren)?|little kids)\b"
)


def under_13_contact(account: Account, text: str) -> list[Evidence]:
    """Sexual contact or an image, and a child under 13 (RF04), beyond what is expected at that age."""
    if language.is_hypothetical(text) or language.is_closed(text):
        return []
    named = [(a, s, e) for a, s, e in language.ages_in(text) if 1 <= a < 13]
    named = named or [(5, m.start(), m.end()) for m in YOUNG.finditer(text)]
    told = (answered_age(account, key) for key in ("age_displayed", "age_harmed"))
    answered = [age for age in told if age is not None and age < 13]
    if not (named or answered):
        return []
    contacts = [
        match for match in CONTACT.finditer(text) if not language.negated(text, match.start(), match.end())
    ]
    if TAUGHT.search(text):
        contacts = [match for match in contacts if match[0] != "sex"]
    more = bool(MORE.search(text))
    if not more and (CURIOUS.search(text) or max(ages(account, text), default=5) < 8):
        contacts = [match for match in contacts if not MILD.search(match[0])]
    answered_contact = {"touching", "assault", "sexual_activity", "images"} & chosen(account, "behaviours")
    if not (contacts or answered_contact):
        return []
    evidence = [Evidence(account.text[s:e], s, e) for _, s, e in named[:2]]
    evidence += [Evidence(account.text[m.start() : m.end()], m.start(), m.end()) for m in contacts[:1]]
    return evidence + [Evidence(f"{age} years", question="age_harmed") for age in answered[:1]]


#: Two ages further apart in the text than this are seldom of two children in one matter.
NEAR: Final = 260


def age_gap(account: Account, text: str) -> list[Evidence]:
    """Two ages of children, four or more years apart, or three where one is under ten (RF09)."""
    if language.is_hypothetical(text) or language.is_closed(text):
        return []
    a, b = (answered_age(account, key) for key in ("age_displayed", "age_harmed"))
    if a is not None and b is not None and abs(a - b) >= 4:
        return [Evidence(f"{a} and {b} years", question="age_harmed")]
    children = [item for item in language.ages_in(text) if item[0] <= 18]
    places = [start for _, start, _ in children]
    for low in children:
        near = slice(bisect_left(places, low[1] - NEAR), bisect_right(places, low[1] + NEAR))
        for high in children[near]:
            if high[0] - low[0] >= (3 if low[0] < 10 else 4):
                return [Evidence(account.text[s:e], s, e) for _, s, e in (low, high)]
    return []


NAME_AFTER: Final = re.compile(
    r"\b(?:called|named|name is|name's|known as|i\.e\.|(?:Mr|Mrs|Miss|Ms|Dr|DC|PC|DS)\.?) (?P<name>[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?)"
)
#: A word with a capital letter in a place where a name stands; see NO_NAME for what is none.
PERSON: Final = r"(?P<name>[A-Z][a-zà-ž]{2,}(?:-[A-Z][a-zà-ž]+)?)"
IDENTIFYING: Final = (
    # an address of e-mail stands first: it is looked for only where there is an "@"
    re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.]+\b|(?<!\w)@\w{3,}"),
    re.compile(r"(?<![\d£])(?:\+44\s?\d|0[1-9])(?:[\s-]?\d){8,9}(?!\d)"),
    re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b"),
    re.compile(r"\b(?:0?[1-9]|[12]\d|3[01])[/.-](?:0?[1-9]|1[0-2])[/.-](?:19|20)?\d\d\b"),
    re.compile(r"\b(?:DOB|dob|date of birth|born)\b[^.\n]{0,20}\d"),
    re.compile(
        r"\b\d{1,4}[a-zA-Z]? (?:[A-Z][a-z']+ ){1,2}(?:Street|Road|Avenue|Lane|Close|Drive|Way|Crescent|Parade|Yard|Court|Terrace|Place)\b"
    ),
    re.compile(
        r"\b(?:St\.? |Saint )?(?:[A-Z][a-z']+ ){1,3}(?:School|Academy|College|Primary|Nursery|PRU|Lodge|Vocational Centre)\b|\bYsgol [A-Z]\w+(?: [A-Z]\w+)?"
    ),
    re.compile(r"\b\d{3}[ -]?\d{3}[ -]?\d{4}\b|\b[A-Z]\d{3} ?\d{4} ?\d{5}\b"),
    re.compile(r"\b(?:MASH|LADO|LCS|CPOMS|UPN)\b(?: ref| ID| no\.?)? [\w/-]*\d{4}[\w/-]*"),
    NAME_AFTER,
    # a first name and a surname
    re.compile(
        r"(?<=[a-z,(] )(?P<name>[A-Z][a-zà-ž]+(?:-[A-Z][a-zà-ž]+)? (?:(?:de|El|van|da) )?[A-Z][a-zà-ž]+(?:-[A-Z][a-zà-ž]+)?)"
    ),
    # a bare first name, where somebody speaks or is spoken of
    re.compile(
        PERSON
        + r" (?:said|says|told|tells|wouldn't|won't|denies|denied|disclosed|alleges|texted|pointed|rang)\b"
    ),
    re.compile(r"\b(?:worried|concern(?:ed|s)?|talked|spoke|spoken) (?:about|to|with) " + PERSON),
    re.compile(r"\b(?:mum|dad|brother|sister|stepdad|stepmum|uncle|aunt) \(?" + PERSON),
)
#: Words with a capital letter that name nobody: who a person is to the child, agencies, days, documents.
NO_NAME: Final = re.compile(
    r"\b(?:Child|Children|Pupil|Student|Boy|Girl|Year|Mum|Mother|Dad|Father|Parents?|Carers?|Nan|Gran|Grandma|Grandad|Staff|Teachers?|Head|Headteacher|Police|Social|Care|School|Nurse|Governors?|Coach|Manager"
    r"|Someone|Somebody|Everyone|Nobody|Neither|Both|Another|One|Two|Three|She|He|They|We|You|And|But|The|That|This|It|Who|What|When|Her|His|My|Our|Friends?|Witness(?:es)?|Officer|Safeguarding|Designated|Lead|Deputy"
    r"|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|June|July|August|September|October|November|December|Easter|Christmas|Ofsted|Childline|Instagram|Snapchat|Tik|Tok"
    r"|WhatsApp|Facebook|Discord|Roblox|Stop|Early|Help|Part|Keeping|Working|Together|Report|Remove|Brook|Traffic|Lucy|Faithfull|Barnardo|Team|Service|Act|Council|Tutor|Form|Class|Key|Stage|Sixth|Reception|Nursery|English|Maths|Tumble|Lady|Miss|Sir|Cousin|Brother|Sister|Uncle|Aunt|Auntie|Stepdad|Resident|Colleague|Complainant|Matron|Nothing|Bystander|Group|Network|National|Family|Crime|Agency|Drivers?|Escort|Technician|Interpreter|Mentor|Caretaker|Policy|Home|Office|Lads?|Lass|Adopters|Committee|Been|Do|Counsellor|Hong|Kong|Leaders?|Chaplain|Senco|Practitioner|Worker|Keyworker|Supervisor|Trustees?|Volunteer|Instructor|Receptionist|Reg|Doctor|Grandmother|Grandfather|Grandparents|Families|Family|Adults?|Babysitter|Childminder|Neighbours?|Boarder|Houseparent|Housemaster|Secretary|Assistant|Same|Other|Each|All|Not|Just|Then|Their|Your|Inspector|Duke|Edinburgh|Sports|Day|Anti|Zones?|Regulations|Guidance|Sexual|Harmful|Behaviour)\b"
)
PUBLIC: Final = re.compile(
    r"0344 ?225 ?0623|0808 ?1000 ?900|0808 ?800 ?5000|0800 ?1111|0344 ?381 ?4772|0800 ?136 ?663|116 ?123|hsbsupport@|helpline@|help@nspcc"
    r"|^(?:(?:Our|The|A|This|My|Special|Primary|Secondary|Local|Another|Same|Boarding|Middle|Infant|Junior|Sixth Form|Independent|High) )+"
    r"(?:School|Academy|College|Primary|Nursery)$"
)


def identifying(account: Account, _text: str) -> list[Evidence]:
    """Details that may identify somebody (RF28): numbers, addresses, and names after a telling word."""
    text = account.text[:LONGEST]
    evidence = []
    for each in IDENTIFYING if "@" in text else IDENTIFYING[1:]:
        for match in each.finditer(text):
            named = match.groupdict().get("name")
            if PUBLIC.search(match.group()) or (named and NO_NAME.search(named)):
                continue
            start, end = match.span("name") if named and each is not NAME_AFTER else match.span()
            evidence.append(Evidence(text[start:end], start, end))
    return evidence


CHILD_WRITES: Final = re.compile(
    r"\b(?:i'?m|i am|im) (?:only )?(?:a (?:girl|boy|kid|student|pupil)\b(?! (?:teacher|nurse|social|support|welfare))|(?:[5-9]|1[0-7])\b(?! (?:weeks|months|years (?:in|into)|%))|in (?:year|y) ?\d)|\bin (?:my|our) (?:maths|english|pe|science) (?:class|lesson)\b.{0,400}\b(?:me|i)\b"
    r"|\b(?:my|our) (?:teacher|mum|dad|stepdad|brother|stepbrother|uncle|cousin|boyfriend|girlfriend|bf|friend|freind|mate)\b[^.?!]{0,40}\b(?:touch\w*|hurt\w*|made me (?!promise)|makes me|keeps|sent|wants me|told me not)|\b(?:happened to me|touched me|made me (?:do|touch|watch|take|kiss|send|lie|go)|raped me|did (?:it|this|that) to me)\b"
    r"|\bmy (?:stepdad|stepbrother|step-?brother|brother) (?:said|says|told)\b"
)
SAYS_AGE: Final = re.compile(
    r"\b(?:i'?m|i am|im) (?:only )?(?:[5-9]|1[0-7])\b(?! (?:weeks|months|years (?:in|into)|%))"
)
PARENT_WRITES: Final = re.compile(
    r"\b(?:my (?:\w+ )?(?:son|daughter|little (?:boy|girl)|child|kids?|children|stepson|stepdaughter|grandson|granddaughter|boy|girl|nephew|niece|lad)|our (?:\w+ )?(?:son|daughter|little (?:boy|girl)|grandson|granddaughter))\b(?!'s (?:school|class|teacher|home) ?(?:policy|form)?)(?<!foster child)(?<!foster son)(?<!foster daughter)"
    r"|\bi(?:'m| am|m) (?:a |his |her |their )(?:mum|dad|mother|father|parent|gran|nan|grandparent|grandmother)|\b(?:grandparent|parent|mum|dad) here\b|\badoptive parents?:"
)
PROFESSIONAL: Final = re.compile(
    r"\b(?:i(?:'m| am|m) (?:a|an|the|one of the|writing as|also|currently) ?(?:\w+ ){0,3}(?:teacher|dsl|ddsl|head|nurse|social worker|ta|tutor|coach|manager|leader|practitioner|officer|senco|worker|assistant|"
    r"keyworker|childminder|psychologist|gp|doctor|therapist|governor|lead|carer|childminder|deputy|chaplain)|as (?:the )?dsl|our (?:pupils?|students?|school|setting|dsl|home|club|nursery)|my (?:class|form|tutor group|caseload|year group|team)|one of (?:my|our) "
    r"(?:pupils?|students?|residents?|families|year)|safeguarding lead|case manager|in placement|childminder(?: asking)?|minded (?:child|girl|boy)|my mindees?|early years practitioner|senco|social worker asked me|my foster (?:child|son|daughter))\b"
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


#: The role as somebody typed it: a child, or family. "Pupil premium lead" and "parent governor" are neither.
CHILD_ROLE: Final = re.compile(
    r"(?:i am |i'm )?(?:an? )?(?:year \d+ |y\d+ |secondary |school |college |sixth form |\d+ year old )?(?:pupil|student|child|young person|girl|boy|teenager|kid)(?:[ ,(].*)?"
)
PARENT_ROLE: Final = re.compile(
    r"\b(?:mum|dad|mother|father|parent|step-?parent|nan|gran|grandma|grandmother|grandparent|aunt|auntie|kinship carer|family member|carer of)\b(?! (?:governor|support|liaison|link|partnership|helper|advis\w+|engagement|mentor|volunteer|and))"
)
NOT_FAMILY: Final = re.compile(r"foster|worker|officer|advis|lead\b|governor|coordinator")
NOT_A_CHILD: Final = re.compile(
    r"worker|teach|support|social|pgce|trainee|nurse|tutor|lead\b|officer|mentor|research|childcare|master|doctora|phd|services|adviser|manager|placement"
)


def audience(account: Account) -> str:
    """Who is writing: professional, parent, child, public or accused_adult."""
    role = account.role or str(account.answers.get("role", ""))
    direct = {"child": "child", "parent": "parent", "worried_about_self": "accused_adult"}
    if role in direct:
        return direct[role]
    lowered = role.lower()
    if CHILD_ROLE.fullmatch(lowered) and not NOT_A_CHILD.search(lowered):
        return "child"
    if PARENT_ROLE.search(lowered) and not NOT_FAMILY.search(lowered):
        return "parent"
    if re.search(r"\b(?:member of the public|neighbour|public)\b(?! health)", lowered):
        return "public"
    text = language.plain(account.text[:LONGEST])
    if ACCUSED_WRITES.search(text):
        return "accused_adult"
    if role in PROFESSIONAL_ROLES:
        return "professional"
    if SAYS_AGE.search(text):
        return "child"
    known = bool(lowered) and not re.search(r"anon|unknown|not (?:given|said)|other|^carer$", lowered)
    if known or PROFESSIONAL.search(text):
        return "professional"
    if CHILD_WRITES.search(text):
        return "child"
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
    """Too little, contradictory, or another language (RF30)."""
    if account.text.strip() and clarity.is_unclear(text):
        return list(beginning(account))
    return []


def beginning(account: Account) -> tuple[Evidence, ...]:
    """The beginning of the text, as evidence where no single words told."""
    shown = account.text[:SHOWN_OF_A_WHOLE]
    return (Evidence(shown, 0, len(shown)),)


Computed = Callable[[Account, str], list[Evidence]]
COMPUTED: Final[dict[str, Computed]] = {
    "under_13_contact": under_13_contact,
    "age_gap": age_gap,
    "audience": audience_flag,
    "identifying": identifying,
    "unclear": unclear,
}

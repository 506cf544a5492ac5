"""How people write: sentences, clauses, negation, hypothetical and closed matters, ages.

Rules of the field (red-flag list, section 4.1): a negation counts only when it is explicit and close to the term;
a later clause that contradicts it wins; a reported denial, a doubt or a minimising word changes nothing; what is
asked for a policy or a training is off; what is past and closed is at most tier C, unless it was told today.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

#: A clause ends here: the reach of a negation ends with it.
CLAUSE_END: Final = re.compile(
    r"[.;:!?\n()\u2013\u2014]|\s-\s|,?\s\b(?:but|just|although|however|though|except|apart from|yet|only that|then|while"
    r"|because|since|until|unless|and (?:he|she|they|his|her|their|we|i|now|then))\b|,\s*(?:he|she|they|his|her|we|i|it)\b"
)
NEGATION: Final = re.compile(
    r"\b(?:no|not|never|without|nobody|none|nothing|neither|nor|zero|cannot|isnt|wasnt|didnt|doesnt|hasnt|dont|wont"
    r"|ruled out|rule out|no sign of|free of|absence of)\b|n't\b"
)
#: A term that begins with one of these contradicts what went before it.
CONTRADICTS: Final = re.compile(r"(?:but|just|only|except|apart from|although|however)\b")
#: "Not that there was no pressure", "not without", "can't rule out", "not sure whether": these leave it on.
UNDONE: Final = re.compile(
    r"\bnot that\b|\bnot without\b|(?:can(?:not|'t|t)|could(?: not|n't|nt)|don't|dont|do not|not) (?:be )?(?:rule|ruled|exclude|know|sure|certain|clear|"
    r"tell|say|swear|be sure|remember|want|like|think)|\bnot (?:only|just|sure|certain|clear|known|yet|the first|allowed)\b|\bno (?:idea|one knows|doubt|longer)\b"
    r"|\bwhether or not\b|\bno(?:t)? (?:one|body) (?:knows|noticed|saw|believed|listened|helped|told|has told|reported|checked|"
    r"is doing|did anything)|\bwithout (?:her|his|their|the|consent|asking|permission|telling|knowing)|\bshe said no\b|\bhe said no\b|\bsaid no\b|\bsaying no\b"
    r"|\bnot to (?:tell|say|report|write|record|call|put|log)|\b(?:did|does|do|would|could|can|is|was|are|were)(?: not|n't|nt) "
    r"(?:want|consent|like|feel safe|stop|listen|believe|act|report|answer)"
)
HYPOTHETICAL: Final = re.compile(
    r"\b(?:what (?:would|should|do|must) (?:we|you|i|staff|schools?|a school|one|happen)\b[^.?!]{0,60}\bif\b|hypothetical\w*"
    r"|in (?:a |the )?case stud\w+|case stud(?:y|ies)\b|for (?:a |our |staff |some )?(?:training|inset|assembly|policy)|(?:staff|dsl|our|whole.school) training|inset|"
    r"(?:re)?writ(?:ing|e) (?:a|an|our|the|my) (?:\w+ ){0,3}(?:policy|policies|guidance|handbook|risk assessment template|"
    r"procedure|essay|dissertation)|review(?:ing)? (?:our|the) (?:\w+ ){0,3}polic\w+|updating (?:our|the) (?:\w+ ){0,3}polic\w+|"
    r"general question|in general|in principle|in theory|theoretical\w*|scenario for|nothing has happened|no (?:actual|current|live|specific|particular) "
    r"(?:case|incident|concern|child)|not about a (?:particular|specific|real) child|suppose\b|if (?:a|two|one) (?:child|pupil|student|young person|"
    r"children|pupils|parent)s? (?:\w+ )?(?:were|was|is|are|did|does|tells?|discloses?|ask(?:s|ed)?)\b|worked example|workshop|"
    r"presentation|lesson plan|curriculum|quiz|research)\b"
)
#: A child stands behind it, whatever else is asked.
CONCRETE: Final = re.compile(
    r"\b(?:today|tonight|yesterday|this (?:morning|afternoon|evening|week|lunchtime)|last (?:night|week|friday|monday|tuesday|"
    r"wednesday|thursday|weekend)|just (?:now|told|disclosed|found|been)|right now|at the moment|has (?:just )?(?:told|disclosed|said|"
    r"alleged|reported)|told (?:me|us|staff|her|his|my)|disclosed|came to me|one of (?:our|my)|my (?:pupil|student|class)|a (?:boy|girl|pupil|"
    r"student|lad|child) in (?:my|our|year)|(?:our|my) (?:year|y)\s?\d)\b"
)
CLOSED: Final = re.compile(
    r"\b(?:case (?:is |was )?closed|(?:now |been |is |was |are )closed|no further action (?:was )?taken|completed|concluded"
    r"|chronology|archive[sd]?|nothing since|no (?:repeat|recurrence|further (?:incidents?|concerns?|allegations?))"
    r"|(?:was|were|been|it) (?:all )?(?:dealt with|resolved|sorted)|years ago|community resolution|historic (?:case|file|matter))\b"
)
#: A matter of some time ago ...
PAST: Final = re.compile(
    r"\b(?:in (?:19|20)\d\d|(?:19|20)\d\d (?:file|case|incident|matter)|last (?:year|summer|autumn|spring|winter|term|school year)|(?:\d+|two|three|four|five|six|several|some|many) "
    r"(?:years|terms|months) (?:ago|back)|a (?:year|while|long time) ago|at (?:the )?age (?:of )?\d|when (?:he|she|they) (?:was|were) (?:\d|in (?:year|y)|at (?:primary|nursery))|at \d\b)"
)
#: ... that is over. Two of these, or one with a time, make it closed.
OVER: Final = re.compile(
    r"\b(?:no further action|nfa(?:'?d)?|closed|nothing since|nothing outstanding|no (?:new |further |other |current )?(?:concerns?|incidents?|repeats?)(?: since)?|since (?:left|moved|then nothing)"
    r"|(?:have|has|both) (?:both |since |now |all )*left|left in (?:19|20)\d\d|signed off|satisfied|dealt with|resolved|finished|completed)\b"
)
STILL: Final = re.compile(
    r"\b(?:today|tonight|yesterday|this (?:morning|week|afternoon)|now says|just (?:told|disclosed)|told (?:me|us)|disclosed|"
    r"again|accused|still (?:has|sees|lives|goes|in contact|happening|there|worried|scared|frightened)|happened since|ongoing|continu\w+|"
    r"never (?:reported|told|referred)|(?:only )?now (?:come|came|coming|disclos\w+|saying))\b"
)
OTHER_LANGUAGE: Final = re.compile(
    r"[^\x00-\u024f\u2000-\u206f\u20a0-\u20bf\u2100-\u2bff\ufe00-\ufe0f\U0001f000-\U0001faff]"
)
ENGLISH: Final = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "is",
        "are",
        "was",
        "were",
        "to",
        "of",
        "in",
        "on",
        "he",
        "she",
        "they",
        "i",
        "we",
        "it",
        "her",
        "his",
        "child",
        "pupil",
        "boy",
        "girl",
        "year",
        "school",
        "has",
        "have",
        "had",
        "not",
        "with",
        "my",
        "our",
        "do",
        "what",
        "how",
        "that",
        "this",
        "for",
        "at",
        "by",
        "from",
        "be",
        "told",
        "said",
        "another",
        "who",
        "him",
        "them",
        "there",
        "can",
        "should",
    ]
)

#: Year group to the age at which pupils enter it (England); a pupil turns one year older within it.
YEAR_AGE: Final = {"nursery": 3, "reception": 4, **{str(year): year + 4 for year in range(1, 14)}}
NUMBER: Final = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
}
AGE: Final = re.compile(
    r"\b(?:aged?|ages|turned|is|was|only|just|now|he's|she's|i'm|i am|hes|shes)\s+(?P<aged>\d{1,2})\b(?!\s*(?:per|%|mins?|minutes?|hours?|days?|weeks?|months?|am|pm|times|girls|boys|pupils|"
    r"children|of|other|or so|people|lads|incidents|years? (?:ago|on|in|at|since)))"
    r"|\b(?P<old>\d{1,2})\s*-?\s*(?:yrs?|years?|y/?o|yo|yr)(?:\s*-?\s*olds?|s old| of age|\b(?!\s*(?:ago|later|on|in|at|since|running|experience)))"
    r"|\b(?P<words>" + "|".join(NUMBER) + r")[\s-]+years?[\s-]+olds?"
    r"|\b(?:aged?|ages|turned|is|was|only|just|he's|she's|(?:boy|girl|lad|child|children|pupil|son|daughter|brother|sister)s? of) "
    r"(?P<spelled>"
    + "|".join(list(NUMBER)[1:])
    + r")\b(?! (?:of|times?|girls|boys|pupils|children|or|people|lads|other|weeks?|months?|days?|hours?|minutes?|incidents?|years? (?:ago|on|in|at|since))\b)"
    r"|\b(?:y|yr|year)\s?-?(?P<year>1[0-3]|[1-9])s?\b|\b(?P<stage>reception|nursery|preschool|pre-school)\b"
    r"|\((?P<bare>\d{1,2})\)|\b(?:boy|girl|lad|child|pupil|brother|sister|son|daughter)s?,? (?P<after>\d{1,2})\b"
    r"|\bunder[\s-](?P<under>\d{1,2})s?\b|\bu(?P<u>\d{1,2})s?\b"
)


def plain(text: str) -> str:
    """Lower case with straight quotes, every character in its place, so that offsets stay true."""
    lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return lowered.translate(
        {0x2019: "'", 0x2018: "'", 0x201C: '"', 0x201D: '"', 0xA0: " ", 0: " ", 0x0A: "\n", 0x0D: " "}
    )


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of the text, from `start` to `end`."""

    start: int
    end: int


@lru_cache(maxsize=256)
def sentences(text: str) -> tuple[Stretch, ...]:
    """The sentences of a plain text."""
    found, begin = [], 0
    for end in re.finditer(r"[.!?]+(?=\s|$)|\n+", text):
        if end.end() - begin > 1:
            found.append(Stretch(begin, end.end()))
        begin = end.end()
    if begin < len(text):
        found.append(Stretch(begin, len(text)))
    return tuple(found)


def sentence_at(text: str, place: int) -> str:
    """The sentence around a place."""
    for each in sentences(text):
        if each.start <= place < each.end:
            return text[each.start : each.end]
    return text


def negated(text: str, start: int, end: int) -> bool:
    """Whether the words from `start` to `end` are negated, explicitly and close by."""
    if CONTRADICTS.match(text, start):
        return False
    before = text[max(0, start - 70) : start]
    cut = 0
    for stop in CLAUSE_END.finditer(before):
        cut = stop.end()
    clause = before[cut:]
    cues = list(NEGATION.finditer(clause))
    if not cues:
        after = text[end : end + 40]
        return bool(
            re.match(
                r"(?:\s\w+){0,2}\s*(?:(?:has|have|was|were|is|are) (?:been )?(?:ruled out|not (?:involved|present|suspected|alleged|an issue))|: ?no\b|\? ?no\b|\s?- ?no\b)",
                after,
            )
        )
    if UNDONE.search(
        text[
            max(0, start - 70) + cut + cues[-1].start() - 12
            if cues[-1].start() + cut > 12
            else max(0, start - 70) + cut : end + 8
        ]
    ):
        return False
    if (
        len(cues) > 1
        and cues[-1].start() - cues[-2].end() < 25
        and "," not in clause[cues[-2].end() : cues[-1].start()]
    ):
        return (
            bool(re.search(r"\b(?:no|nor|neither|or|and)\b", clause[cues[-2].end() : cues[-1].end()]))
            and "not that" not in clause
        )
    return len(clause[cues[-1].end() :].split()) <= 7


def is_hypothetical(text: str) -> bool:
    """Whether it asks for a policy, a training or a case that is not there."""
    return bool(HYPOTHETICAL.search(text)) and not CONCRETE.search(text)


def is_closed(text: str) -> bool:
    """Whether it is about something past and closed, and nothing of it is told or done now."""
    over = {m[0] for m in OVER.finditer(text)}
    closed = bool(CLOSED.search(text)) or len(over) > 1 or bool(over and PAST.search(text))
    return closed and not STILL.search(text)


def is_other_language(text: str) -> bool:
    """Whether most of it is not English, as far as common words and letters tell."""
    letters = [c for c in text if c.isalpha()]
    if letters and sum(1 for c in letters if OTHER_LANGUAGE.match(c)) > len(letters) / 3:
        return True
    words = re.findall(r"[^\W\d_]+", text.lower())
    return len(words) >= 8 and sum(1 for word in words if word in ENGLISH) < len(words) / 12


def ages_in(text: str) -> tuple[tuple[int, int, int], ...]:
    """Ages that a plain text names: (age in years, start, end). A year group gives the age on entry."""
    found = []
    for match in AGE.finditer(text):
        kind, value = next((k, v) for k, v in match.groupdict().items() if v is not None)
        if kind == "year":
            age = YEAR_AGE[value]
        elif kind == "stage":
            age = YEAR_AGE["reception" if value == "reception" else "nursery"]
        elif kind in {"words", "spelled"}:
            age = NUMBER[value]
        else:
            age = int(value) - (1 if kind in {"under", "u"} else 0)
        if 1 <= age <= 25 or (kind in {"old", "aged"} and age < 70):
            found.append((age, match.start(), match.end()))
    return tuple(found)

"""How people write: clauses, negation, hypothetical and closed matters, ages.

Rules of the field (red-flag list, section 4.1): a negation counts only when it is explicit and close to the term;
a later clause that contradicts it wins; a reported denial, a doubt or a minimising word changes nothing; what is
asked for a policy or a training is off; what is past and closed is at most tier C, unless it was told today.
"""

import re
from typing import Final

from advice.triage.kept import while_reading

#: A clause ends here: the reach of a negation ends with it.
CLAUSE_END: Final = re.compile(
    r"[.;:!?\n()\u2013\u2014]|\s-\s|,?\s\b(?:but|just|although|however|though|except|apart from|yet|only that|then|while"
    r"|because|since|until|unless|only (?:a|an|his|her|one|the)|and (?:he|she|they|his|her|their|we|i|now|then))\b|,\s*(?:he|she|they|his|her|we|i|it)\b"
    # A subject begins a clause also where the comma is missing; "that he", "if she" go on with the one before.
    r"|(?<!that)(?<!\bif)(?<!whether)(?<!when)(?<!evidence)(?<!sign)\s(?=(?:he|she|they)(?:'s|'d|'ll|'ve)?(?: |$))"
)
NEGATION: Final = re.compile(
    r"\b(?:no|not|never|without|nobody|none|nothing|neither|nor|zero|cannot|isnt|wasnt|didnt|doesnt|hasnt|havent|hadnt|arent|werent|wouldnt|couldnt|dont|wont"
    r"|ruled out|rule out|no sign of|free of|absence of)\b|n't\b"
)
#: A term that begins with one of these contradicts what went before it.
CONTRADICTS: Final = re.compile(r"(?:but|just|only|except|apart from|although|however)\b")
#: So does one that begins with a subject, unless the words before lead on to it ("no sign that he ...").
SUBJECT: Final = re.compile(r"(?:he|she|they)\b")
LEADS_ON: Final = re.compile(r"\b(?:that|if|whether|when|evidence|sign)\s+$")
#: "Not that there was no pressure", "not without", "can't rule out", "not sure whether": these leave it on.
UNDONE: Final = re.compile(
    r"(?:\bnot|n'?t) that\b|\bnot without\b|(?:can(?:not|'t|t)|could(?: not|n't|nt)|don't|dont|do not|not) (?:be )?(?:rule|ruled|exclude|know|sure|certain|clear|"
    r"tell|say|swear|be sure|remember|want|like|think)|\bnot (?:only|just|sure|certain|clear|known|yet|the first|allowed)\b|\bno (?:idea|one knows|doubt|longer)\b"
    r"|\bwhether or not\b|\bno(?:t)? (?:one|body) (?:knows|noticed|saw|believed|listened|helped|told|has told|reported|checked|"
    r"is doing|did anything)|\bwithout (?:her|his|their|the|consent|asking|permission|telling|knowing)|\bshe said no\b|\bhe said no\b|\bsaid no\b|\bsaying no\b"
    r"|\bnot to (?:tell|say|report|write|record|call|put|log)|\b(?:did|does|do|would|could|can|is|was|are|were)(?: not|n't|nt) "
    r"(?:want|consent|like|feel safe|stop|listen|believe|act|report|answer)"
)
#: It says itself that no child stands behind it, or that nothing is open any more. Only something of now beats this.
NO_CASE: Final = re.compile(
    r"\b(?:(?:not|nor|never|isn't|isnt) (?:\w+ )?(?:prompted by|about (?:a|any|anyone|anybody) (?:particular|specific|real|in particular|actual|one)|a real child|real ones|about anyone)"
    r"|no(?:thing)? (?:\w+ ){0,2}(?:has )?(?:prompted|incident behind|come up in particular)|no (?:\w+ )?(?:incident|event|case|concern|matter)s? (?:\w+ )?(?:behind|prompted|in mind|open|to report|has prompted)"
    r"|nothing (?:in particular|current|live|fresh|new|has happened|outstanding)\b|(?:haven't|havent|have no|don't have|do not have|no) (?:a |any )?(?:live |current |open |actual |particular )?(?:case|incident|child|job|matter)s? (?:in mind|open|attached|here|behind)"
    r"|no (?:live|open|current|actual|specific|particular|new|fresh) (?:\w+ )?(?:case|job|incident|concern|worr(?:y|ies)|matter|child|issue)s?\b|no (?:particular|specific) (?:child|pupil|case|incident)"
    r"|none of (?:this|these|them) is (?:a )?real|no child here has|made[- ]up|invent(?:ed)? (?:one|a case|it)|(?:desktop|table-?top) exercise|nothing here is real|(?:an|my) essay|hypothetical(?:ly)?\b|particular child behind this|there isn't a particular|nothing's happened|it's only a suppose|not (?:working with|about) any child|haven't any concern|i(?:'ve| have) no concern to report"
    r"|(?:my|our|a|the|doing a) (?:dissertation|doctorate|doctoral|thesis|assignment|coursework|master's)|ethics approval|policy (?:review|wording)|wording of our policy|no further concern of any|no concerns? of any|good news (?:tale|story|for a change))\b"
)
#: Something of today: it beats NO_CASE, whatever else is said.
NOW: Final = re.compile(
    r"\b(?:tonight|just (?:now|told|disclosed|found|been told)|right now|this (?:morning|afternoon|evening|lunchtime)|last night|yesterday|(?:told|disclosed|reported|says?|said|found|happened|came) (?:\w+ ){0,6}today|today (?:a|one|she|he|her|his|the)"
    r"|(?:told|disclosed to) (?:me|us) (?:that )?(?:she|he|they|about)|in (?:immediate )?danger)\b"
)
HYPOTHETICAL: Final = re.compile(
    r"\b(?:what (?:would|should|do|must) (?:we|you|i|staff|schools?|a school|one|happen)\b[^.?!]{0,60}\bif\b|hypothetical\w*"
    r"|in (?:a |the )?case stud\w+|case stud(?:y|ies)\b|for (?:a |our |staff |some )?(?:training|inset|assembly|policy)|(?:staff|dsl|our|whole.school) training|inset|"
    r"(?:re)?writ(?:ing|e) (?:a|an|our|the|my) (?:\w+ ){0,3}(?:policy|policies|guidance|handbook|risk assessment template|"
    r"procedure|essay|dissertation)|review(?:ing)? (?:our|the) (?:\w+ ){0,3}polic\w+|updating (?:our|the) (?:\w+ ){0,3}polic\w+|"
    r"general question|no real (?:child|pupil|case)|not a real (?:child|pupil|case)|purely hypothetical|in general|in principle|in theory|theoretical\w*|scenario for|nothing has happened|no (?:actual|current|live|specific|particular) "
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
    r"|(?:was|were|been|it) (?:all )?(?:dealt with|resolved|sorted)|years ago|community resolution|(?:historic|old) (?:case|file|matter|business|incident))\b"
)
#: A matter of some time ago ...
PAST: Final = re.compile(
    r"\b(?:in (?:19|20)\d\d|(?:19|20)\d\d (?:file|case|incident|matter)|last (?:year|summer|autumn|spring|winter|term|school year)|(?:\d+|two|three|four|five|six|several|some|many) "
    r"(?:years|terms|months) (?:ago|back)|a (?:year|while|long time) ago|at (?:the )?age (?:of )?\d|when (?:he|she|they) (?:was|were) (?:\d|in (?:year|y)|at (?:primary|nursery))|at \d\b)"
)
#: ... that is over. Two of these, or one with a time, make it closed.
OVER: Final = re.compile(
    r"\b(?:no further action|nfa(?:'?d)?|closed|nothing since|nothing outstanding|no (?:new |further |other |current )?(?:concerns?|incidents?|repeats?)(?: since)?|since (?:left|moved|then nothing)"
    r"|(?:have|has|both) (?:both |since |now |all ){0,3}left|left in (?:19|20)\d\d|signed off|satisfied|dealt with|resolved|finished|completed)\b"
)
STILL: Final = re.compile(
    r"\b(?:today|tonight|yesterday|this (?:morning|week|afternoon)|now says|just (?:told|disclosed)|told (?:me|us)|disclosed|"
    r"(?<!n't )(?<!not )(?<!never )(?:happened|doing it|done it|did it|him|her|them|it|been|caught) again|it's happened|accused|still (?:has|sees|lives|goes|in contact|happening|there|worried|scared|frightened)|happened since|ongoing|continu\w+|"
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
    r"|\b(?P<old>\d{1,2})\s*(?:-\s*)?(?:yrs?|years?|y/?o|yo|yr)(?:\s*(?:-\s*)?olds?|s old| of age|\b(?!\s*(?:ago|later|on|in|at|since|running|experience)))"
    r"|\b(?P<words>" + "|".join(NUMBER) + r")[\s-]+years?[\s-]+olds?"
    r"|\b(?:aged?|ages|turned|is|was|he's|she's|(?:boy|girl|lad|child|children|pupil|son|daughter|brother|sister)s? of) "
    r"(?P<spelled>"
    + "|".join(list(NUMBER)[2:])
    + r")\b(?! (?:of|times?|girls|boys|pupils|children|or|people|lads|other|weeks?|months?|days?|hours?|minutes?|incidents?|years? (?:ago|on|in|at|since))\b)"
    r"|\b(?:y|yr|year)\s?-?(?P<year>1[0-3]|[1-9])s?\b|\b(?P<stage>reception|nursery|preschool|pre-school)\b"
    r"|\((?P<bare>\d{1,2})\)|\b(?:boy|girl|lad|child|pupil|brother|sister|son|daughter)s?,? (?P<after>\d{1,2})\b"
    r"|\bunder[\s-](?P<under>\d{1,2})s?\b|\bu(?P<u>\d{1,2})s?\b"
)


# What is worked out of a text is kept while that text is read, and of no other: an account must not stay in memory.

STRAIGHT: Final = {
    0x2019: "'", 0x2018: "'", 0x201C: '"', 0x201D: '"', 0xA0: " ", 0: " ", 0x0D: " "
}  # fmt: skip


@while_reading
def plain(text: str) -> str:
    """Lower case with straight quotes, every character in its place, so that offsets stay true."""
    lowered = text.lower()
    if len(lowered) != len(text):  # some capital letters become two characters
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return lowered.translate(STRAIGHT)


def negated(text: str, start: int, end: int) -> bool:
    """Whether the words from `start` to `end` are negated, explicitly and close by."""
    if CONTRADICTS.match(text, start):
        return False
    before = text[max(0, start - 70) : start]
    if SUBJECT.match(text, start) and not LEADS_ON.search(before):
        before = ""
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
        return bool(
            re.search(r"\b(?:no|nor|neither|or|and)\b", clause[cues[-2].end() : cues[-1].end()])
        ) and not re.search(r"(?:\bnot|n'?t) that\b", clause)
    return len(clause[cues[-1].end() :].split()) <= 7


@while_reading
def is_hypothetical(text: str) -> bool:
    """Whether it asks for a policy, a training or a case that is not there."""
    if NO_CASE.search(text):
        return not NOW.search(text)
    return bool(HYPOTHETICAL.search(text)) and not CONCRETE.search(text)


@while_reading
def is_closed(text: str) -> bool:
    """Whether it is about something past and closed, and nothing of it is told or done now."""
    over = {m[0] for m in OVER.finditer(text)}
    closed = bool(CLOSED.search(text)) or len(over) > 1 or bool(over and PAST.search(text))
    return closed and not STILL.search(text)


@while_reading
def is_other_language(text: str) -> bool:
    """Whether most of it is not English, as far as common words and letters tell."""
    if not text.isascii():
        letters = [c for c in text if c.isalpha()]
        if sum(1 for c in letters if OTHER_LANGUAGE.match(c)) > len(letters) / 3:
            return True
    words = re.findall(r"[^\W\d_]+", text)
    return len(words) >= 8 and sum(1 for word in words if word in ENGLISH) < len(words) / 12


@while_reading
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

"""What cannot be matched safely: too little, contradictory, or in another language (RF30).

It never lowers anything; guidance is then not shown with confidence, and a person reads it.
"""

import re
from pathlib import Path
from typing import Final

from advice.triage import language, learned

#: A greeting or thanks says nothing of the matter: it is not counted.
POLITE: Final = re.compile(
    r"\b(?:good (?:morning|afternoon|evening)|(?:hello|hi|hiya|hey)(?: (?:there|all|everyone|team)\b)?"
    r"|dear (?:all|team|colleagues?)|(?:i )?hope (?:you(?: a|')re|this finds you) well"
    r"|(?:thank you|(?:many )?thanks)(?: (?:very much|so much|in advance)){0,2}"
    r"(?: for (?:your|the|any) (?:help|time|advice|support))?"
    r"|kind regards|please|sorry to bother you)\b"
)
#: Who asks to be called, or says that there is a matter, has not said yet what it is about.
ASKS: Final = frozenset(
    (Path(__file__).parent / "rules" / "asks-only.txt").read_text(encoding="utf-8").split()
)
WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
#: A text shorter than this with fewer words than that is too little, whatever the words.
SHORT: Final = 200
FEWEST_WORDS: Final = 5
#: So is any with fewer different words that tell something.
FEWEST_TELLING: Final = 2

#: An age of "the boy" or "this girl": said twice with different numbers, one of them is wrong.
ONE_CHILD: Final = re.compile(
    r"\b(?:the|this) (boy|girl|child|pupil|student|lad) (?:is|was|aged|of) (?:aged |now |only )?(\d{1,2})\b"
)
#: An age of one who is only "he" or "she"; there may be two of them, so that it counts only where ...
AGE_OF: Final = re.compile(r"\b(?P<who>he|she)(?:'s| is| was) (?:\w+ ){0,2}?(?P<age>\d{1,2})\b")
#: ... another one is taken back: "He is 7 ... no, he is 15".
CORRECTED: Final = re.compile(
    r"\b(?:sorry|correction|rather|i meant?|actually|no|wait)\b[,:;.]? ?(?:(?:no|sorry|wait),? )?"
    + AGE_OF.pattern
)
#: What the writer says, not what they report of somebody's denial: it begins a sentence.
BEGINS: Final = r"(?:^|[.!?\n]) ?(?:actually |in fact |yes,? |no,? |but )?"
NOTHING: Final = re.compile(BEGINS + r"nothing (?:has |had |really )?happened\b")
SOMETHING: Final = re.compile(BEGINS + r"(?:it|this) (?:has |really |just )?happened\b")
DID_NOT: Final = re.compile(BEGINS + r"(he|she|they) (?:did not|didn't) (\w+) (him|her|them)\b")
DENIALS_READ: Final = 8


def is_unclear(text: str) -> bool:
    """Whether a plain text is too little, contradicts itself, or is not in English."""
    said = POLITE.sub(" ", text)
    return (
        too_little(said)
        or has_two_ages(text)
        or takes_back(text)
        or language.is_other_language(said)
        or learned.knows_few_words_of(said)
    )


def too_little(said: str) -> bool:
    """Whether hardly a word of it tells anything."""
    if len(said) < SHORT and len(re.findall(r"\w+", said)) < FEWEST_WORDS:
        return True
    words = {learned.normal_word(word) for word in WORD.findall(said)}
    return len(words - learned.TELLS_NOTHING - ASKS) < FEWEST_TELLING


def has_two_ages(text: str) -> bool:
    """Whether one child is given two ages."""
    ages_of: dict[str, set[str]] = {}
    for who, age in ONE_CHILD.findall(text):
        ages_of.setdefault(who, set()).add(age)
    if any(len(said) > 1 for said in ages_of.values()):
        return True
    corrected = set(CORRECTED.findall(text))
    named = set(AGE_OF.findall(text)) if corrected else set()
    return any(who == other and age != old for who, age in corrected for other, old in named - corrected)


def takes_back(text: str) -> bool:
    """Whether the writer says of one thing that it happened and that it did not."""
    if NOTHING.search(text) and SOMETHING.search(text):
        return True
    denied = sorted(set(DID_NOT.findall(text)))[:DENIALS_READ]
    return any(re.search(rf"\b{who} {verb}(?:e?d|e?s) {whom}\b", text) for who, verb, whom in denied)

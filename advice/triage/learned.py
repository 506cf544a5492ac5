"""What was learnt from labelled messages: how likely each scenario, tier and red flag is, from words and
from meaning.

Two linear models over the same outputs. One reads terms (words, pairs of words, runs of letters): it is
quick, and each word's weight can be shown. The other reads the sentence model's vector: it knows
paraphrase and context. Both only ever add a person: rules (`flags.py`) stand whatever these say. How they
are fitted, on what, and by whom it was labelled: `learning/README.md`.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from advice.triage import embedding
from advice.triage.kept import while_reading
from advice.triage.terms import ABOUT, normal, runs_of, words_of
from advice.triage.types import Evidence, Tier

Scores = NDArray[np.float32]
Places = NDArray[np.int32]

FOLDER: Final = Path(__file__).parent / "learned"
#: Outputs that are not a scenario or a flag.
TIER_A: Final = "tier A"
TIER_AB: Final = "tier A or B"
MOST_EVIDENCE: Final = 3
#: A word that tells less than this share of what the most telling one does is no evidence.
LEAST_TOLD: Final = 0.3
#: Of fewer words than this nobody can say what language they are.
FEWEST_JUDGED: Final = 5
#: Words that are no evidence to a reader, whatever their weight.
TELLS_NOTHING: Final = frozenset(
    (FOLDER.parent / "rules" / "tells-nothing.txt").read_text(encoding="utf-8").split()
)
WRITTEN_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


@dataclass(frozen=True)
class Learnt:
    """The two linear models. Outputs: scenarios ("none" among them), two tiers, thirty flags."""

    outputs: tuple[str, ...]
    scenarios: int  # the first so many outputs are scenarios
    # Term to row, for words (with pairs) and for runs of letters: "touch" is both, and they are not the same.
    places: tuple[dict[str, int], dict[str, int]]
    names: tuple[str, ...]  # row to term
    words: int  # rows below are words, the others runs of letters
    rarity: Scores
    weights: NDArray[np.int8]  # terms x outputs
    scale: Scores
    bias: Scores
    head: Scores  # outputs x 384
    head_bias: Scores
    settings: dict[str, float]
    thresholds: Mapping[str, float]

    @property
    def slugs(self) -> tuple[str, ...]:
        """The scenarios that were learnt, "none" among them."""
        return self.outputs[: self.scenarios]


@lru_cache(maxsize=1)
def learnt() -> Learnt:
    """Read what was learnt, once a process."""
    kept = np.load(FOLDER / "words.npz")
    head = load_file(FOLDER / "encoder.safetensors")
    data = json.loads((FOLDER / "outputs.json").read_text(encoding="utf-8"))
    fitted = tomllib.loads((FOLDER / "learned.toml").read_text(encoding="utf-8"))
    names: list[str] = json.loads(kept["terms"].tobytes())
    words = int(data["words"])
    places = {name: place for place, name in enumerate(names[:words])}
    runs = {name: place for place, name in enumerate(names[words:], start=words)}
    return Learnt(
        outputs=tuple(data["outputs"]),
        scenarios=int(data["scenarios"]),
        places=(places, runs),
        names=tuple(names),
        words=words,
        rarity=kept["rarity"].astype(np.float32),
        weights=kept["weights"],
        scale=kept["scale"],
        bias=kept["bias"],
        head=head["head:weight"].astype(np.float32),
        head_bias=head["head:bias"].astype(np.float32),
        settings=fitted["settings"],
        thresholds=fitted["thresholds"],
    )


@lru_cache(maxsize=1)
def version() -> str:
    """The name of exactly what was learnt."""
    names = ("words.npz", "encoder.safetensors", "outputs.json", "learned.toml")
    parts = [(FOLDER / name).read_bytes() for name in names]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:12]


@dataclass(frozen=True)
class Row:
    """The terms of a message: rows of the table and their values (each block of length one)."""

    places: Places
    values: Scores


@lru_cache(maxsize=1)
def runs_of_known() -> dict[str, Places]:
    """For each known word the rows of its runs of letters; filled as words come.

    Only of words that were learnt: an unknown one may be a child's name.
    """
    return {}


def rows_of_runs(word: str) -> Places:
    """The rows of a word's known runs of letters."""
    kept = runs_of_known()
    if (rows := kept.get(word)) is None:
        words, runs = learnt().places
        rows = np.array([at for run in runs_of(word) if (at := runs.get(run)) is not None], dtype=np.int32)
        if word in words:
            kept[word] = rows
    return rows


def row_of(text: str, about: str = "") -> Row:
    """The known terms of a message."""
    places = learnt().places[0]
    whole = words_of(text, about)
    known = {place: times for term, times in whole.items() if (place := places.get(term)) is not None}
    single = [(word, n) for word, n in whole.items() if " " not in word and not word.startswith(ABOUT)]
    runs = [rows_of_runs(word) for word, _ in single]
    each = np.concatenate(runs) if runs else np.zeros(0, dtype=np.int32)
    times_each = np.repeat([n for _, n in single], [len(rows) for rows in runs])
    of_runs, which = np.unique(each, return_inverse=True)
    blocks = (
        block(np.fromiter(known, dtype=np.int32), np.fromiter(known.values(), dtype=np.float64)),
        block(of_runs, np.bincount(which, weights=times_each).astype(np.float64)),
    )
    return Row(np.concatenate([b.places for b in blocks]), np.concatenate([b.values for b in blocks]))


def block(places: Places, often: NDArray[np.float64]) -> Row:
    """Terms of one kind with how much each counts, all together of length one."""
    value = (1 + np.log(often)) * learnt().rarity[places]
    return Row(places, (value / (np.linalg.norm(value) or 1.0)).astype(np.float32))


def by_words(row: Row) -> Scores:
    """What the words say of each output (log-odds; for scenarios, unscaled logits)."""
    known = learnt()
    said: Scores = (row.values @ known.weights[row.places].astype(np.float32)) * known.scale + known.bias
    return said


def by_meaning(vector: Scores) -> Scores:
    """What the sentence model says of each output, from its vector (384, not scaled)."""
    known = learnt()
    said: Scores = known.head @ vector + known.head_bias
    return said


def log_shares(logits: Scores) -> Scores:
    """Logits as logarithms of probabilities."""
    raised = logits - logits.max()
    shares: Scores = (raised - np.log(np.exp(raised).sum())).astype(np.float32)
    return shares


def evidence(text: str, row: Row, output: str) -> list[Evidence]:
    """The words of the text that speak most for an output, as they were written."""
    known = learnt()
    words = int(np.count_nonzero(row.places < known.words))  # they stand first
    speaks = row.values[:words] * known.weights[row.places[:words], known.outputs.index(output)]
    found: list[Evidence] = []
    least = LEAST_TOLD * float(speaks.max(initial=0))
    for place in np.argsort(-speaks)[: 6 * MOST_EVIDENCE]:
        if speaks[place] <= least:
            break
        term = known.names[row.places[place]]
        if all(word in TELLS_NOTHING for word in term.split()):
            continue
        span = where(text, term)
        if span and all(span[1] <= each.start or each.end <= span[0] for each in found):
            found.append(Evidence(text[span[0] : span[1]], *span))
        if len(found) == MOST_EVIDENCE:
            break
    return sorted(found, key=lambda each: each.start)


def knows_few_words_of(text: str) -> bool:
    """Whether most words of a text never stood in a message that was learnt from: it is hardly English.

    Of English messages, rare ones and those with names among them, half and more are known; of another
    language, also where some English stands beside it, less.
    """
    words = [word for word in normal_words(text) if word.isalpha()]
    known = learnt().places[0]
    return len(words) >= FEWEST_JUDGED and 2 * sum(word in known for word in words) < len(words)


def where(text: str, term: str) -> tuple[int, int] | None:
    """Where a term (one word, or two neighbours) first stands in the text as it was written."""
    wanted = term.split()
    written, first = written_words(text)
    for at in first.get(wanted[0], ()):
        if [word for word, _, _ in written[at : at + len(wanted)]] == wanted:
            return written[at][1], written[at + len(wanted) - 1][2]
    return None


@while_reading
def written_words(text: str) -> tuple[list[tuple[str, int, int]], dict[str, list[int]]]:
    """The words of a text with where they stand, and for each word its places among them."""
    written = [(normal_word(m[0]), m.start(), m.end()) for m in WRITTEN_WORD.finditer(text)]
    places: dict[str, list[int]] = {}
    for place, (word, _, _) in enumerate(written):
        places.setdefault(word, []).append(place)
    return written, places


def normal_word(word: str) -> str:
    """One written word as the terms have it."""
    return word.lower().replace("\u2019", "").replace("'", "")


@dataclass(frozen=True)
class Reading:
    """One message as both models read it. `meaning` is none where the words alone were certain."""

    row: Row
    words: Scores
    meaning: Scores | None = None
    vector: Scores | None = None

    @property
    def scenarios(self) -> Scores:
        """For each learnt scenario, the weighted sum of what both say (logarithms of shares).

        Where the words alone were certain, theirs counts for both: they would have been no less sure of it.
        """
        known = learnt()
        weight = np.float32(known.settings["meaning"])
        said = log_shares(self.words[: known.scenarios])
        meant = said if self.meaning is None else log_shares(self.meaning[: known.scenarios])
        return said + weight * meant

    def odds(self, output: str) -> float:
        """Log-odds of a tier or a flag: the mean of what both say."""
        words = self.odds_by_words(output)
        if self.meaning is None:
            return words
        return (words + float(self.meaning[learnt().outputs.index(output)])) / 2

    def odds_by_words(self, output: str) -> float:
        """Log-odds of a tier or a flag by the words alone."""
        return float(self.words[learnt().outputs.index(output)])

    def urgent(self, output: str, *, fits_none: bool = False) -> bool:
        """Whether the message as a whole reads as urgent: "tier A", or "tier A or B".

        Each tier has a line that hardly any urgent message falls below; where the words alone were certain,
        lines of their own. What needs somebody now needs somebody today: both lines count for it. Where the
        message fits nothing, it has to be likelier than not.
        """
        outputs = (TIER_A, TIER_AB) if output == TIER_A else (TIER_AB,)
        if fits_none:
            return self.odds(output) > 0
        limits, by = learnt().thresholds, "" if self.meaning is not None else "_by_words"
        lines = {TIER_A: limits[f"tier_a{by}"], TIER_AB: limits[f"tier_ab{by}"]}
        return all(self.odds(each) >= lines[each] for each in outputs)

    @property
    def may_be_urgent(self) -> bool:
        """Whether it does not read as plainly calm: then signs that say little alone count in full."""
        return self.odds(TIER_AB) >= learnt().thresholds["may_be_urgent"]

    def certain(self, ruled: Tier = Tier.NONE) -> bool:
        """Whether the words alone leave no doubt: of the scenario, and of how urgent it is.

        `ruled` is the tier that rules and answers give already. What was learnt cannot lower it, so there
        need be no doubt only of what is more urgent.
        """
        known = learnt()
        shares = log_shares(self.words[: known.scenarios])
        if float(shares.max()) < log(known.settings["certain_scenario"]):
            return False
        urgent, calm = known.settings["certain_urgent"], known.settings["certain_calm"]
        open_ = [name for name, tier in ((TIER_A, Tier.A), (TIER_AB, Tier.B)) if tier.rank < ruled.rank]
        odds = [self.odds_by_words(name) for name in open_]
        return all(each >= urgent or each <= -calm for each in odds)


def read_words(text: str, about: str = "") -> Reading:
    """What the words of a message say."""
    row = row_of(text, about)
    return Reading(row, by_words(row))


def read_meaning(reading: Reading, text: str, about: str = "") -> Reading:
    """The same with what the sentence model says (some ten milliseconds)."""
    vector = embedding.read(text, about)
    return Reading(reading.row, reading.words, by_meaning(vector), vector)


def normal_words(text: str) -> list[str]:
    """The words of a text as the terms have them."""
    return normal(text).split()

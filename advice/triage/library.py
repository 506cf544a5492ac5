"""The library as triage matches against it: everything that can be computed once, when it is published.

What was learnt (`learned.py`) knows the scenarios it was fitted on. The wordings are compared besides, in
words and in meaning, so that an editor's new scenario or wording counts as soon as the library is built
again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from advice.triage import embedding, learned
from advice.triage.terms import words_in
from advice.triage.types import ScenarioText

Matrix = NDArray[np.float32]
Vectors = Callable[[Sequence[str]], Matrix]

#: A term that more wordings hold than this share tells little and is long to add up.
TOO_COMMON = 0.05
#: ... but in a small library every term may count.
ALWAYS_COUNTED = 50
#: Of a message, so many of its rarest terms are looked up.
RAREST = 60


@dataclass(frozen=True)
class Postings:
    """For each term the wordings that hold it: an inverted index, cosines by adding up."""

    begins: Mapping[str, tuple[int, int]]
    wordings: NDArray[np.int32]
    values: NDArray[np.float32]
    rarity: Mapping[str, float]
    unseen: float  # how rare a term is that no wording holds

    def cosines(self, text: str, many: int) -> Matrix:
        """How like the text is to each of so many wordings (0 to 1), by the terms they share."""
        known: list[tuple[float, float, tuple[int, int]]] = []  # rarity, weight, where its wordings stand
        square = 0.0
        for term, times in words_in(text).items():
            rarity = self.rarity.get(term, self.unseen)
            weight = rarity if times == 1 else (1 + log(times)) * rarity
            square += weight * weight
            if (span := self.begins.get(term)) is not None:
                known.append((rarity, weight, span))
        if not known:
            return np.zeros(many, dtype=np.float32)
        rarest = sorted(known, key=itemgetter(0), reverse=True)[:RAREST]
        which = np.concatenate([self.wordings[a:b] for _, _, (a, b) in rarest])
        value = np.concatenate([self.values[a:b] for _, _, (a, b) in rarest])
        weights = np.repeat([weight for _, weight, _ in rarest], [b - a for _, _, (a, b) in rarest])
        return np.bincount(which, weights=value * weights / sqrt(square), minlength=many).astype(np.float32)


@dataclass(frozen=True)
class Library:
    """Scenarios and what was computed of their wordings. Owner n is scenario n, the last "none"."""

    version: str
    scenarios: tuple[ScenarioText, ...]
    texts: tuple[str, ...]
    owners: NDArray[np.int64]  # which scenario each text belongs to; in rising order
    begins: NDArray[np.int64]  # where each scenario's texts begin, and where the last ends
    meanings: NDArray[np.float16]  # texts x 384, each of length one
    centres: Matrix  # scenarios x 384: the mean of each scenario's texts, of length one
    postings: Postings
    columns: NDArray[np.int64]  # where each scenario stands among what was learnt; -1 where it was not

    def of(self, place: int) -> slice:
        """Where the texts of one scenario stand."""
        return slice(int(self.begins[place]), int(self.begins[place + 1]))


def build_library(
    scenarios: Sequence[ScenarioText],
    *,
    none_wordings: Sequence[str],
    version: str,
    vectors: Vectors | None = None,
) -> Library:
    """Compute what matching needs. `vectors` gives embeddings that were kept, a row a text."""
    texts: list[str] = []
    owners: list[int] = []
    begins: list[int] = []
    for place, scenario in enumerate(scenarios):
        own = [scenario.title, scenario.applies_when, *scenario.wordings]
        begins.append(len(texts))
        texts += own
        owners += [place] * len(own)
    begins.append(len(texts))
    texts += none_wordings
    owners += [len(scenarios)] * len(none_wordings)
    begins.append(len(texts))
    meanings = np.asarray((vectors or embedding.embed)(texts), dtype=np.float32) if texts else none_at_all()
    return Library(
        version=version,
        scenarios=tuple(scenarios),
        texts=tuple(texts),
        owners=np.array(owners, dtype=np.int64),
        begins=np.array(begins, dtype=np.int64),
        meanings=meanings.astype(np.float16),
        centres=centres(meanings, begins[:-1]),
        postings=postings(texts),
        columns=columns(scenarios),
    )


def columns(scenarios: Sequence[ScenarioText]) -> NDArray[np.int64]:
    """Where each scenario stands among what was learnt; -1 where it was not."""
    places = {slug: place for place, slug in enumerate(learned.learnt().slugs)}
    return np.array([places.get(scenario.slug, -1) for scenario in scenarios], dtype=np.int64)


def none_at_all() -> Matrix:
    """The rows of no text."""
    return np.zeros((0, embedding.SIZE), dtype=np.float32)


def centres(meanings: Matrix, begins: Sequence[int]) -> Matrix:
    """The middle of each scenario's texts."""
    if len(begins) < 2:
        return none_at_all()
    sums = np.add.reduceat(meanings[: begins[-1]], begins[:-1], axis=0)
    made: Matrix = (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return made


def postings(texts: Sequence[str]) -> Postings:
    """Index the words and pairs of words of the wordings."""
    held: dict[str, list[tuple[int, float]]] = {}
    for number, text in enumerate(texts):
        for term, times in words_in(text).items():
            held.setdefault(term, []).append((number, 1 + log(times)))
    rarity = {term: float(np.log((1 + len(texts)) / (1 + len(rows))) + 1) for term, rows in held.items()}
    lengths = np.zeros(len(texts), dtype=np.float64)
    for term, rows in held.items():
        for number, value in rows:
            lengths[number] += (value * rarity[term]) ** 2
    lengths = np.maximum(np.sqrt(lengths), 1e-9)
    most = max(ALWAYS_COUNTED, int(len(texts) * TOO_COMMON))
    begins: dict[str, tuple[int, int]] = {}
    wordings: list[int] = []
    values: list[float] = []
    for term, rows in held.items():
        if len(rows) > most:
            continue
        begins[term] = (len(wordings), len(wordings) + len(rows))
        wordings += [number for number, _ in rows]
        values += [value * rarity[term] / lengths[number] for number, value in rows]
    return Postings(
        begins,
        np.array(wordings, dtype=np.int32),
        np.array(values, dtype=np.float32),
        rarity,
        max(rarity.values(), default=1.0),
    )

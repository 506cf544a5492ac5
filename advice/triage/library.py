"""The library as triage matches against it: everything that can be computed once, when it is published.

Nothing is trained outside: the two linear classifiers are solved in closed form (ridge regression) over the
wordings, so an editor's new scenario or wording counts as soon as the library is built again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advice.triage import embedding
from advice.triage.lexical import Vocabulary, vocabulary
from advice.triage.types import ScenarioText

Matrix = NDArray[np.float32]
Vectors = Callable[[Sequence[str]], Matrix]

#: How strongly the classifiers are held back from fitting single wordings (chosen on wordings left out).
RIDGE_WORDS = 1.0
RIDGE_MEANING = 1.0


@dataclass(frozen=True)
class Library:
    """Scenarios and what was computed of their wordings. Column n is scenario n, the last "none"."""

    version: str
    scenarios: tuple[ScenarioText, ...]
    texts: tuple[str, ...]
    owners: NDArray[np.int64]  # which scenario each text belongs to
    meanings: Matrix  # texts x 384
    vocabulary: Vocabulary
    by_words: Matrix  # terms x columns
    by_meaning: Matrix  # 385 x columns
    guidance: Matrix  # terms x scenarios


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
    for place, scenario in enumerate(scenarios):
        own = [scenario.title, scenario.applies_when, *scenario.wordings]
        texts += own
        owners += [place] * len(own)
    texts += none_wordings
    owners += [len(scenarios)] * len(none_wordings)
    if not texts:
        # Nothing published: red flags are still found, and nothing matches.
        texts, owners = ["nothing is published"], [len(scenarios)]
    owner = np.array(owners)
    columns = len(scenarios) + 1
    wanted = np.zeros((len(texts), columns), dtype=np.float32)
    wanted[np.arange(len(texts)), owner] = 1
    words = vocabulary([*texts, *(scenario.guidance for scenario in scenarios)])
    rows = words.rows(texts)
    meanings = np.asarray((vectors or embedding.embed)(texts), dtype=np.float32)
    guidance = (
        words.rows([s.guidance for s in scenarios]).T if scenarios else np.zeros((len(words.places), 0))
    )
    return Library(
        version=version,
        scenarios=tuple(scenarios),
        texts=tuple(texts),
        owners=owner,
        meanings=meanings,
        vocabulary=words,
        by_words=rows.T @ solve(rows @ rows.T, wanted, RIDGE_WORDS),
        by_meaning=with_one(meanings).T
        @ solve(with_one(meanings) @ with_one(meanings).T, wanted, RIDGE_MEANING),
        guidance=guidance.astype(np.float32),
    )


def with_one(rows: Matrix) -> Matrix:
    """The rows with a column of ones, so that a classifier has a constant."""
    return np.hstack([rows, np.ones((len(rows), 1), dtype=np.float32)])


def solve(kernel: Matrix, wanted: Matrix, ridge: float) -> Matrix:
    """Ridge regression in its dual form. Each class weighs the same, however many wordings it has."""
    weight = 1 / np.sqrt(np.maximum(wanted.sum(0), 1))[wanted.argmax(1)]
    weight = weight / weight.mean()
    inverse = np.linalg.inv(kernel + np.diag(ridge / (weight * weight)).astype(np.float32))
    solved: Matrix = (inverse @ wanted).astype(np.float32)
    return solved

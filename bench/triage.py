"""Triage by itself: each part, the whole, many scenarios, and the memory it adds."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from itertools import cycle
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advice.management.commands._library import from_files
from advice.management.commands.triage_evaluate import FOLDER, NAMES
from advice.triage import embedding, learned, matching
from advice.triage.assess import assess
from advice.triage.flags import find_flags
from advice.triage.library import Library, build_library
from advice.triage.types import Account, ScenarioText
from bench.table import head, row, timed

#: What counts as a message of 150 words where nothing was cut or joined: nearly as many.
ABOUT_150: Final = range(140, 161)


def rows_of(name: str) -> list[dict[str, Any]]:
    """The messages of one set. Of those kept aside only the time is looked at."""
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def as_written() -> list[Account]:
    """Messages that somebody wrote with about 150 words, from all sets."""
    names = ("calibration", *NAMES)
    return [
        Account(row["text"], role=row["role"], setting=row["setting"])
        for name in names
        for row in rows_of(name)
        if len(row["text"].split()) in ABOUT_150
    ]


def messages() -> tuple[list[Account], list[Account]]:
    """Messages as they come; and the long ones, filled up to 150 words with the next one's beginning.

    The filled ones tell of two matters, which is harder than most: fewer are certain from their words alone.
    """
    rows = rows_of("enquiries")
    texts = [row["text"] for row in rows]
    long = [
        " ".join([*text.split(), *after.split()][:150])
        for text, after in zip(texts, texts[1:] + texts[:1], strict=True)
        if len(text.split()) > 100
    ]
    return [Account(row["text"], role=row["role"], setting=row["setting"]) for row in rows], [
        Account(text, role="teacher", setting="secondary") for text in long
    ]


def large_library(small: Library) -> Library:
    """5,000 scenarios with 20 wordings each: words of real wordings in a new order, vectors by chance."""
    chance = random.Random(7)  # noqa: S311  (the same library each time)
    words = [word for text in small.texts for word in text.split()]
    scenarios = [
        ScenarioText(
            slug=f"made-{number}",
            version=1,
            title=" ".join(chance.choices(words, k=5)),
            applies_when=" ".join(chance.choices(words, k=12)),
            wordings=tuple(" ".join(chance.choices(words, k=chance.randint(8, 60))) for _ in range(20)),
            guidance="",
        )
        for number in range(5_000 - len(small.scenarios))
    ]

    def vectors(texts: Sequence[str]) -> NDArray[np.float32]:
        made = np.random.default_rng(7).normal(size=(len(texts), small.meanings.shape[1])).astype(np.float32)
        return made / np.linalg.norm(made, axis=1, keepdims=True)

    return build_library(
        [*small.scenarios, *scenarios], none_wordings=small.texts[-50:], version="large", vectors=vectors
    )


def triage() -> None:
    """One message at a time, whole assessment, warm, on one core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    library = from_files()
    each, long = messages()
    head("Triage, one core, warm")
    turn = cycle(long)
    row("baseline: splitting a 150-word message", timed(lambda: len(next(turn).text.split())))
    row("red flags by rules, 150 words", timed(lambda: find_flags(next(turn))))
    row("learnt from words, 150 words", timed(lambda: learned.read_words(next(turn).text)))
    row("sentence model, 150 words", timed(lambda: embedding.read(next(turn).text)))
    written = as_written()
    own, come = cycle(written), cycle(each)
    row("whole assessment, 150 words, two joined", timed(lambda: assess(next(turn), library), 120))
    row("whole assessment, about 150 words as written", timed(lambda: assess(next(own), library), 196))
    row("whole assessment, messages as they come", timed(lambda: assess(next(come), library), 120))
    kinds = (("joined", long), ("as written", written), ("as they come", each))
    alone = (f"{certain(accounts, library)} of {len(accounts)} {kind}" for kind, accounts in kinds)
    print(f"certain from their words alone: {', '.join(alone)}")
    print(f"memory that triage adds to a web process: {memory():.0f} MB")
    print("\nBuilding 5,000 scenarios with 100,000 wordings ...", flush=True)
    large = large_library(library)
    head("The same with 5,000 scenarios, 100,000 wordings")
    row("whole assessment, 150 words, two joined", timed(lambda: assess(next(turn), large), 120))
    row("whole assessment, about 150 words as written", timed(lambda: assess(next(own), large), 196))


def certain(accounts: Sequence[Account], library: Library) -> int:
    """How many need no sentence model."""
    readings = (matching.matches(each, library, find_flags(each)).reading for each in accounts)
    return sum(reading is not None and reading.meaning is None for reading in readings)


def memory() -> float:
    """What a process holds that has assessed messages, above one without the packages, in MB."""
    held = [
        float(
            subprocess.run(
                [sys.executable, "-m", "bench.memory", how], capture_output=True, text=True, check=True
            ).stdout
        )
        for how in ("without", "with")
    ]
    return held[1] - held[0]

"""Which library a command uses: the published one, or the text files."""

import hashlib
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from django.db import OperationalError, ProgrammingError
from numpy.typing import NDArray

from advice import content_files, library, parts
from advice.triage import embedding
from advice.triage.library import Library, build_library
from advice.triage.types import ScenarioText


@lru_cache(maxsize=1)
def from_files() -> Library:
    """The library of the text files, built without a database."""
    scenarios = [
        ScenarioText(
            slug=str(file.fields["slug"]),
            version=1,
            title=str(file.fields["title"]),
            applies_when=str(file.fields["applies_when"]),
            wordings=file.wordings,
            guidance="\n\n".join(str(file.fields[key]) for key, _ in parts.PARTS),
            ages=(int(file.fields["youngest"]), int(file.fields["oldest"])),
            settings=tuple(file.fields["settings"]),
            kinds=tuple(file.fields["kinds"]),
        )
        for file in content_files.scenario_files()
    ]
    none = content_files.lines_in(content_files.CONTENT / "wordings" / "none.txt")
    return build_library(scenarios, none_wordings=none, version="text files", vectors=kept_vectors)


def kept_vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    """The texts' embeddings, kept beside the sentence model: without a database each run would make them
    anew.
    """
    digest = hashlib.sha256("\n".join([embedding.version(), *texts]).encode()).hexdigest()[:16]
    file = embedding.prepared().parent / f"text-files-{digest}.npy"
    if file.exists():
        kept: NDArray[np.float32] = np.load(file)
        return kept
    made = embedding.embed(texts)
    with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".npy", delete=False) as opened:
        np.save(opened, made)
    Path(opened.name).replace(file)
    return made


def chosen(name: str) -> Library:
    """The library by name: "files", or "database" where one is loaded (else the files)."""
    if name == "files":
        return from_files()
    try:
        shelf = library.current()
    except (OperationalError, ProgrammingError):  # no database has been prepared
        return from_files()
    return shelf.triage if shelf.pages else from_files()

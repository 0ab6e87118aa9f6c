"""A small writer of ONNX graphs (opset 17) and the transformer encoder in it.

Matrices are stored as int8 with a Cast and a Mul behind them. Both read constants only, so ONNX Runtime folds them
when it loads the file and runs the same fp32 MatMul as for a plain export. (DequantizeLinear would stay in the graph
and invite the runtime's integer kernels.) The embedding table is gathered first and scaled after, so it stays int8
in memory.
"""
import math
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from quantize_weights import quantize_columns, quantize_rows

OPSET = 17
# torch's names of a layer's modules -> Hugging Face's
LAYER_NAMES = {"query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
               "attention_output": "attention.output.dense", "attention_norm": "attention.output.LayerNorm",
               "inner": "intermediate.dense", "output": "output.dense", "output_norm": "output.LayerNorm"}
IR_VERSION = 8


@dataclass
class GraphBuilder:
    """Collects nodes and initialisers; every method returns the name of the tensor it made."""

    weights: str = "int8"  # or "fp32": a plain export, to measure against
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    initialisers: dict[str, onnx.TensorProto] = field(default_factory=dict)

    def node(self, operator: str, *inputs: str, outputs: int = 1, name: str | None = None, **attributes):
        stem = name or f"{operator}_{len(self.nodes)}"
        names = [stem] if outputs == 1 else [f"{stem}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(operator, list(inputs), names, name=stem, **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, name: str, values: np.ndarray) -> str:
        """An initialiser kept as it is (fp32 or integer)."""
        if name not in self.initialisers:
            self.initialisers[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def number(self, value: float) -> str:
        return self.constant(f"number_{value!r}", np.array(value, dtype=np.float32))

    def integers(self, *values: int) -> str:
        return self.constant("integers_" + "_".join(map(str, values)), np.array(values, dtype=np.int64))

    def matrix(self, name: str, values: np.ndarray) -> str:
        """A matrix [in, out] for x @ matrix; made once per name."""
        if self.weights == "fp32":
            return self.constant(name, values.astype(np.float32))
        if f"{name}_int8" in self.initialisers:
            return name
        integers, scales = quantize_columns(values.astype(np.float32))
        floating = self.node("Cast", self.constant(f"{name}_int8", integers), to=TensorProto.FLOAT)
        return self.node("Mul", floating, self.constant(f"{name}_scale", scales), name=name)

    def lookup(self, name: str, table: np.ndarray, ids: str) -> str:
        """Rows of table [rows, width] by ids [...]: fp32 [..., width]."""
        if self.weights == "fp32":
            return self.node("Gather", self.constant(name, table.astype(np.float32)), ids)
        integers, scales = quantize_rows(table.astype(np.float32))
        rows = self.node("Gather", self.constant(f"{name}_int8", integers), ids)
        row_scales = self.node("Gather", self.constant(f"{name}_scale", scales), ids)
        return self.node("Mul", self.node("Cast", rows, to=TensorProto.FLOAT), row_scales)

    def linear(self, name: str, values: str, weight: np.ndarray, bias: np.ndarray) -> str:
        """values [..., in] -> [..., out]; weight is [out, in] as torch keeps it."""
        product = self.node("MatMul", values, self.matrix(f"{name}.weight", weight.T))
        return self.node("Add", product, self.constant(f"{name}.bias", bias))

    def layer_norm(self, name: str, values: str, scale: np.ndarray, bias: np.ndarray, epsilon: float) -> str:
        return self.node("LayerNormalization", values, self.constant(f"{name}.weight", scale),
                         self.constant(f"{name}.bias", bias), axis=-1, epsilon=epsilon)

    def gelu(self, values: str) -> str:
        """0.5 x (1 + erf(x / sqrt 2)), in the shape that ONNX Runtime recognises."""
        erf = self.node("Erf", self.node("Div", values, self.number(math.sqrt(2.0))))
        return self.node("Mul", self.node("Mul", values, self.node("Add", erf, self.number(1.0))), self.number(0.5))

    def model(self, inputs: dict[str, list], outputs: dict[str, list], producer: str) -> onnx.ModelProto:
        """inputs: int64 names and shapes; outputs: fp32 names and shapes (the last nodes must carry these names)."""
        graph = helper.make_graph(
            self.nodes, producer,
            [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name, shape in inputs.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
            initializer=list(self.initialisers.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION,
                                  producer_name=producer)
        onnx.checker.check_model(model, full_check=True)
        return model


@dataclass(frozen=True)
class EncoderWeights:
    """BERT tensors by Hugging Face's names (numpy, fp32) and the three sizes that the names don't tell."""

    tensors: dict[str, np.ndarray]
    layers: int
    heads: int
    epsilon: float

    @property
    def hidden(self) -> int:
        return len(self.tensors[f"encoder.layer.{self.layers - 1}.output.dense.bias"])


def add_embeddings(graph: GraphBuilder, encoder: EncoderWeights, ids: str, positions: str) -> str:
    """Word + position + type-0 embedding, normalised: [batch, sequence, hidden]. Both parts are of token type 0."""
    tensors = encoder.tensors
    words = graph.lookup("word_embeddings", tensors["embeddings.word_embeddings.weight"], ids)
    # The type-0 vector is the same for every token, so it is added to the position table once, here.
    table = tensors["embeddings.position_embeddings.weight"] + tensors["embeddings.token_type_embeddings.weight"][:1]
    places = graph.node("Gather", graph.constant("position_embeddings", table), positions)
    return graph.layer_norm("embeddings", graph.node("Add", words, places), tensors["embeddings.LayerNorm.weight"],
                            tensors["embeddings.LayerNorm.bias"], encoder.epsilon)


def add_layer(graph: GraphBuilder, encoder: EncoderWeights, index: int, states: str, mask: str) -> str:
    """One post-norm transformer layer. mask is added to the attention logits, so it broadcasts to [batch, heads, S, S]."""
    heads, size = encoder.heads, encoder.hidden // encoder.heads

    def tensor(suffix: str) -> np.ndarray:
        return encoder.tensors[f"encoder.layer.{index}.{suffix}"]

    def linear(values: str, name: str) -> str:
        return graph.linear(f"layer{index}.{name}", values, tensor(f"{name}.weight"), tensor(f"{name}.bias"))

    def norm(values: str, name: str) -> str:
        return graph.layer_norm(f"layer{index}.{name}", values, tensor(f"{name}.weight"), tensor(f"{name}.bias"),
                                encoder.epsilon)

    def split(values: str, order: list[int]) -> str:
        return graph.node("Transpose", graph.node("Reshape", values, graph.integers(0, 0, heads, size)), perm=order)

    query = split(linear(states, "attention.self.query"), [0, 2, 1, 3])
    key = split(linear(states, "attention.self.key"), [0, 2, 3, 1])
    value = split(linear(states, "attention.self.value"), [0, 2, 1, 3])
    logits = graph.node("Div", graph.node("MatMul", query, key), graph.number(math.sqrt(size)))
    attention = graph.node("Softmax", graph.node("Add", logits, mask), axis=-1)
    mixed = graph.node("Transpose", graph.node("MatMul", attention, value), perm=[0, 2, 1, 3])
    mixed = graph.node("Reshape", mixed, graph.integers(0, 0, encoder.hidden))
    states = norm(graph.node("Add", linear(mixed, "attention.output.dense"), states), "attention.output.LayerNorm")
    inner = graph.gelu(linear(states, "intermediate.dense"))
    return norm(graph.node("Add", linear(inner, "output.dense"), states), "output.LayerNorm")

"""Writes a poly-encoder as loadPolyEncoder reads it: two graphs, the tokenizer, and what they do not say."""
from pathlib import Path

import numpy as np
import onnx
from tokenizers import Tokenizer

from export_onnx import INPUTS, _clipped_positions, _order, _padding, to_float
from onnx_graph import EncoderWeights, GraphBuilder, add_embeddings, add_layer
from steps import write_atomically, write_json

SMALLEST_LENGTH = 1e-12


def _token_states(graph: GraphBuilder, encoder: EncoderWeights) -> tuple[str, str]:
    """The bi-encoder's last states [batch, sequence, hidden], and what hides padding, [batch, 1, 1, sequence]."""
    unused = graph.node("Mul", "token_type_ids", graph.constant("zero", np.array(0, dtype=np.int64)))
    ids = graph.node("Add", "input_ids", unused)
    states = add_embeddings(graph, encoder, ids, _clipped_positions(graph, _order(graph, "attention_mask"), encoder))
    padding = _padding(graph, to_float(graph, "attention_mask"))
    for index in range(encoder.layers):
        states = add_layer(graph, encoder, index, states, padding)
    return states, padding


def _normalised(graph: GraphBuilder, values: str) -> str:
    """values [..., H] scaled to length 1, as torch.nn.functional.normalize does."""
    length = graph.node("ReduceL2", values, axes=[-1], keepdims=1)
    return graph.node("Div", values, graph.node("Max", length, graph.number(SMALLEST_LENGTH)))


def query_graph(encoder: EncoderWeights, codes: np.ndarray, projection: np.ndarray, length: float,
                weights: str = "int8") -> onnx.ModelProto:
    """query_vectors [batch, codes, hidden]: each code's attention over the token states, projected, scaled to `length`."""
    graph = GraphBuilder(weights)
    states, padding = _token_states(graph, encoder)
    logits = graph.node("MatMul", states, graph.constant("codes", codes.T.astype(np.float32)))
    spoken = graph.node("Add", graph.node("Transpose", logits, perm=[0, 2, 1]),
                        graph.node("Squeeze", padding, graph.integers(1)))
    found = graph.node("MatMul", graph.node("Softmax", spoken, axis=-1), states)
    projected = graph.node("MatMul", found, graph.constant("projection", projection.T.astype(np.float32)))
    graph.node("Mul", _normalised(graph, projected), graph.number(length), name="query_vectors")
    return graph.model(INPUTS, {"query_vectors": ["batch", len(codes), encoder.hidden]}, "secondpass-poly-encoder-query")


def passage_graph(encoder: EncoderWeights, weights: str = "int8") -> onnx.ModelProto:
    """passage_vector [batch, hidden]: the bi-encoder's mean of the token states, of length 1."""
    graph = GraphBuilder(weights)
    states, _ = _token_states(graph, encoder)
    mask = to_float(graph, "attention_mask")
    spoken = graph.node("Mul", states, graph.node("Unsqueeze", mask, graph.integers(2)))
    graph.node("Identity", _normalised(graph, graph.node("ReduceSum", spoken, graph.integers(1), keepdims=0)),
               name="passage_vector")
    return graph.model(INPUTS, {"passage_vector": ["batch", encoder.hidden]}, "secondpass-poly-encoder-passage")


def write_poly_encoder(directory: Path, query: EncoderWeights, passage: EncoderWeights, head: dict[str, np.ndarray],
                       tokenizer: Tokenizer, settings: dict, weights: str = "int8") -> None:
    """head: codes, projection and length of PolyEncoder; settings: what poly_encoder.json says beside their sizes."""
    (directory / "onnx").mkdir(parents=True, exist_ok=True)
    codes = head["codes"]
    graphs = {"query": query_graph(query, codes, head["projection"], float(head["length"]), weights), "passage": passage_graph(passage, weights)}
    for name, graph in graphs.items():
        write_atomically(directory / "onnx" / f"{name}.onnx", lambda path, graph=graph: onnx.save(graph, path))
    write_atomically(directory / "tokenizer.json", lambda path: tokenizer.save(str(path), pretty=False))
    write_json(directory / "poly_encoder.json", {"codes": len(codes), "dimensions": query.hidden, **settings})

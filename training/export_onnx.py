"""Writes the two ONNX graphs. From outside both are ordinary: ids, mask and types in; states or logits out."""
from collections.abc import Mapping

import numpy as np
import onnx
from onnx import TensorProto

from gated_cross_encoder import CLASS_TOKEN, CLOSED, CLOSED_LAYERS, MEAN_PASSAGE_TOKENS, SEPARATOR_TOKEN
from onnx_graph import EncoderWeights, GraphBuilder, add_embeddings, add_layer

# The value of small's graph that holds each token's states after the lower and after all layers, [batch, sequence, 768].
STATES = "text_states"
INPUTS = {name: ["batch", "sequence"] for name in ("input_ids", "attention_mask", "token_type_ids")}


def bi_encoder_graph(encoder: EncoderWeights, weights: str = "int8") -> onnx.ModelProto:
    """The bi-encoder: last_hidden_state [batch, sequence, 384]; the mean and the norm are the caller's."""
    graph = GraphBuilder(weights)
    # The types of a single text are all 0. They are read only because a graph must use each of its inputs.
    unused = graph.node("Mul", "token_type_ids", graph.constant("zero", np.array(0, dtype=np.int64)))
    ids = graph.node("Add", "input_ids", unused)
    positions = _clipped_positions(graph, _order(graph, "attention_mask"), encoder)
    states = add_embeddings(graph, encoder, ids, positions)
    padding = _padding(graph, to_float(graph, "attention_mask"))
    for index in range(encoder.layers):
        states = add_layer(graph, encoder, index, states, padding)
    graph.node("Identity", states, name="last_hidden_state")
    return graph.model(INPUTS, {"last_hidden_state": ["batch", "sequence", encoder.hidden]}, "secondpass-bi-encoder")


def cross_encoder_graph(encoder: EncoderWeights, head: Mapping[str, np.ndarray], weights: str = "int8") -> onnx.ModelProto:
    """The cross-encoder: logits [batch, 1].

    head: fp32 arrays under the parameter names of GatedCrossEncoder (signal_weights, offset, token_factor, …).
    The whole pair runs through every layer as one sequence, and a mask keeps the parts apart. All that the signals need of
    a text's layers lies in one value, STATES, so that a passage's can be computed before any query is known. With "gates"
    in head the upper layers are open: then only what the lower layers make of a passage can.
    """
    graph = GraphBuilder(weights)
    real = to_float(graph, "attention_mask")
    second = to_float(graph, "token_type_ids")
    passage = graph.node("Mul", real, second)
    query = graph.node("Sub", real, passage)
    query_length = graph.node("ReduceSum", query, graph.integers(1), keepdims=1)
    order = _order(graph, real)
    positions = graph.node("Sub", order, graph.node("Mul", second, query_length))
    states = add_embeddings(graph, encoder, "input_ids", _clipped_positions(graph, positions, encoder))

    padding = _padding(graph, real)
    to_passage = graph.node("Unsqueeze", outer(graph, query, passage), graph.integers(1))
    to_query = graph.node("Unsqueeze", outer(graph, passage, query), graph.integers(1))
    apart = graph.node("Add", padding, graph.node("Mul", graph.node("Add", to_passage, to_query), graph.number(CLOSED)))

    def mask_of(index: int) -> str:
        if index < CLOSED_LAYERS or "gates" not in head:
            return apart
        mask = padding
        for column, (reach, direction) in enumerate(((to_passage, "to_passage"), (to_query, "to_query"))):
            bias = head["gates"][index - CLOSED_LAYERS][:, column].astype(np.float32).reshape(1, -1, 1, 1)
            mask = graph.node("Add", mask, graph.node("Mul", reach, graph.constant(f"gate{index}.{direction}", bias)))
        return mask

    after = []
    for index in range(encoder.layers):
        states = add_layer(graph, encoder, index, states, mask_of(index))
        after.append(states)
    kept = graph.node("Concat", after[CLOSED_LAYERS - 1], after[-1], axis=2, name=STATES)
    lower, upper = (graph.node("Slice", kept, graph.integers(first * encoder.hidden), graph.integers((first + 1) * encoder.hidden),
                               graph.integers(2)) for first in range(2))

    signals = _signals(graph, encoder, head, query, passage, query_length, lower, upper)
    weighted = graph.node("MatMul", graph.node("Concat", *signals, axis=1),
                          graph.constant("signal_weights", head["signal_weights"].astype(np.float32).reshape(-1, 1)))
    graph.node("Add", weighted, graph.constant("offset", head["offset"].astype(np.float32).reshape(1)), name="logits")
    return graph.model(INPUTS, {"logits": ["batch", 1]}, "secondpass-small")


def _signals(graph: GraphBuilder, encoder: EncoderWeights, head: Mapping[str, np.ndarray], query: str, passage: str,
             query_length: str, lower: str, upper: str) -> list[str]:
    """The signals of GatedCrossEncoder.signals, each [batch, 1]; query and passage are masks [batch, sequence].

    The query stands first, so that what is computed for its tokens alone is computed for as many as the batch's longest
    query has: [batch, tokens of the query, ...]. A text is longer than its question by far.
    """
    longest = graph.node("Max", graph.node("ReduceMax", query_length, axes=[0, 1], keepdims=0), graph.number(1.0))
    rows = graph.node("Cast", longest, to=TensorProto.INT64)

    def of_query(values: str) -> str:
        return graph.node("Slice", values, graph.integers(0), rows, graph.integers(1))

    text = graph.node("Mul", differs(graph, "input_ids", CLASS_TOKEN), differs(graph, "input_ids", SEPARATOR_TOKEN))
    query_text, passage_text = of_query(graph.node("Mul", query, text)), graph.node("Mul", passage, text)
    query_ids = of_query("input_ids")
    passage_length = graph.node("ReduceSum", passage_text, graph.integers(1), keepdims=1)

    def total(values: str) -> str:
        return graph.node("ReduceSum", values, graph.integers(1), keepdims=1)

    # Token weights and their shares.
    learned = graph.node("MatMul", of_query(lower), graph.constant("token_factor", head["token_factor"].reshape(-1, 1)))
    factor = graph.node("Mul", graph.node("Sigmoid", graph.node("Squeeze", learned, graph.integers(2))), graph.number(2.0))
    rarity = graph.node("Gather", graph.constant("inverse_frequency", head["inverse_frequency"]), query_ids)
    weights = graph.node("Mul", graph.node("Mul", rarity, factor), query_text)
    share = graph.node("Div", weights, graph.node("Add", total(weights), graph.number(1e-6)))

    # The mean states' cosine.
    product = graph.node("Mul", _mean_direction(graph, upper, query), _mean_direction(graph, upper, passage))
    cosine = total(product)

    # Counts of the query's tokens in the passage.
    equal = graph.node("Equal", graph.node("Unsqueeze", query_ids, graph.integers(2)),
                       graph.node("Unsqueeze", "input_ids", graph.integers(1)))
    same = graph.node("Mul", to_float(graph, equal), outer(graph, query_text, passage_text))
    counts = graph.node("ReduceSum", same, graph.integers(2), keepdims=0)
    saturation, length_share = float(head["saturation"]), float(head["length_share"])
    long = graph.node("Mul", passage_length, graph.number(saturation * length_share / MEAN_PASSAGE_TOKENS))
    norm = graph.node("Add", long, graph.number(saturation * (1 - length_share)))
    match = total(graph.node("Mul", share, graph.node("Div", counts, graph.node("Add", counts, norm))))

    # Pairs of neighbouring tokens.
    def without_last(values: str, *axes: int) -> str:
        return graph.node("Slice", values, graph.integers(*[0] * len(axes)), graph.integers(*[-1] * len(axes)),
                          graph.integers(*axes))

    def without_first(values: str, *axes: int) -> str:
        return graph.node("Slice", values, graph.integers(*[1] * len(axes)),
                          graph.integers(*[2**31 - 1] * len(axes)), graph.integers(*axes))

    both = graph.node("Mul", without_last(same, 1, 2), without_first(same, 1, 2))
    neighbours = graph.node("ReduceMax", both, axes=[2], keepdims=0)
    adjacent = graph.node("Mul", without_last(weights, 1), without_first(weights, 1))
    adjacent = graph.node("Sqrt", graph.node("Add", adjacent, graph.number(1e-12)))
    adjacent = graph.node("Mul", adjacent, graph.node("Mul", without_last(query_text, 1), without_first(query_text, 1)))
    bigram = graph.node("Div", total(graph.node("Mul", adjacent, neighbours)),
                        graph.node("Add", total(adjacent), graph.number(1e-6)))

    # Each query token's best cosine in the passage.
    outside = graph.node("Unsqueeze", graph.node("Mul", graph.node("Sub", passage_text, graph.number(1.0)),
                                                 graph.number(4.0)), graph.integers(1))

    def best_similarity(values: str) -> str:
        length = graph.node("Max", graph.node("ReduceL2", values, axes=[2], keepdims=1), graph.number(1e-12))
        unit = graph.node("Div", values, length)
        similar = graph.node("MatMul", of_query(unit), graph.node("Transpose", unit, perm=[0, 2, 1]))
        highest = graph.node("ReduceMax", graph.node("Add", similar, outside), axes=[2], keepdims=0)
        return total(graph.node("Mul", share, graph.node("Max", highest, graph.number(-1.0))))

    words = graph.lookup("word_embeddings", encoder.tensors["embeddings.word_embeddings.weight"], "input_ids")
    return [cosine, match, bigram, best_similarity(words), best_similarity(lower), best_similarity(upper)]


def to_float(graph: GraphBuilder, values: str) -> str:
    return graph.node("Cast", values, to=TensorProto.FLOAT)


def _order(graph: GraphBuilder, mask: str) -> str:
    """How many real tokens come before each token, of mask's type."""
    return graph.node("CumSum", mask, graph.constant("axis", np.array(1, dtype=np.int64)), exclusive=1)


def _clipped_positions(graph: GraphBuilder, places: str, encoder: EncoderWeights) -> str:
    last = len(encoder.tensors["embeddings.position_embeddings.weight"]) - 1
    clipped = graph.node("Clip", to_float(graph, places), graph.number(0.0), graph.number(float(last)))
    return graph.node("Cast", clipped, to=TensorProto.INT64)


def _padding(graph: GraphBuilder, mask: str) -> str:
    """Float mask [B, S] -> what is added to attention logits, [B, 1, 1, S]: 0 on real keys, -10000 on padding."""
    missing = graph.node("Mul", graph.node("Sub", graph.number(1.0), mask), graph.number(CLOSED))
    return graph.node("Unsqueeze", missing, graph.integers(1, 2))


def outer(graph: GraphBuilder, rows: str, columns: str) -> str:
    """[B, S] and [B, S] -> [B, S, S]: the product of row i's and column j's value."""
    return graph.node("Mul", graph.node("Unsqueeze", rows, graph.integers(2)),
                      graph.node("Unsqueeze", columns, graph.integers(1)))


def differs(graph: GraphBuilder, ids: str, token: int) -> str:
    same = graph.node("Equal", ids, graph.constant(f"token_{token}", np.array(token, dtype=np.int64)))
    return to_float(graph, graph.node("Not", same))


def _mean_direction(graph: GraphBuilder, states: str, mask: str) -> str:
    """The L2-normalised mean of states [B, S, H] where mask [B, S] is 1: [B, H]. The count cancels."""
    row = graph.node("Unsqueeze", mask, graph.integers(1))
    summed = graph.node("Squeeze", graph.node("MatMul", row, states), graph.integers(1))
    length = graph.node("ReduceL2", summed, axes=[1], keepdims=1)
    return graph.node("Div", summed, graph.node("Max", length, graph.number(1e-12)))

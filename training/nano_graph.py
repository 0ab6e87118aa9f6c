"""nano as an ONNX graph: the same three inputs as `small`, the same pair template, logits out.

Query and passage are taken apart first, so that what looks at pairs of tokens costs (query tokens) x (passage tokens).
The table stays int8: similarities are those of its integers, divided by lengths that were computed here.
"""
import numpy as np
import onnx
from onnx import TensorProto

from export_onnx import INPUTS, differs, outer, to_float
from gated_cross_encoder import CLASS_TOKEN, CLOSED, MEAN_PASSAGE_TOKENS, SEPARATOR_TOKEN
from nano import (
    DIMENSIONS,
    LENGTH_SHARE,
    MATCH_PRIORITY,
    MEAN_QUERY_TOKENS,
    MOST_SELECTED,
    POOLS,
    POSITIONS,
    SATURATION,
    SELECTED,
    SHORT_QUERY,
    SPECIAL_PRIORITY,
    TIE_STEP,
    Nano,
)
from onnx_graph import LAYER_NAMES, EncoderWeights, GraphBuilder, add_layer
from quantize_weights import quantize_rows
from starting_weights import HEADS, LAYER_NORM_EPSILON, LAYERS

PAIR_TOKENS = 512


class NanoGraph:
    """Writes the graph; each method makes one part of it and returns names of tensors."""

    def __init__(self, model: Nano, weights: str = "int8"):
        self.graph = GraphBuilder(weights)
        self.arrays = {name: value.detach().float().cpu().numpy() for name, value in model.state_dict().items()}
        integers, scales = quantize_rows(self.arrays["table"])
        lengths = np.linalg.norm(integers.astype(np.float32), axis=1)
        self.tables = {"table": integers, "table_scale": scales[:, 0],
                       "table_inverse_length": (1 / np.maximum(lengths, 1e-6)).astype(np.float32),
                       "rarity": self.arrays["rarity"],
                       "pool_weights": np.exp(self.arrays["pool_logits"])}
        tensors = {f"encoder.layer.{LAYERS - 1}.{theirs}.{kind}": self.arrays[f"layer.{ours}.{kind}"]
                   for ours, theirs in LAYER_NAMES.items() for kind in ("weight", "bias")}
        self.encoder = EncoderWeights(tensors, LAYERS, HEADS, LAYER_NORM_EPSILON)

    def looked_up(self, table: str, ids: str) -> str:
        return self.graph.node("Gather", self.graph.constant(table, self.tables[table]), ids)

    def parts(self) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
        """Of query and passage: ids and mask [B, S], each cut to the longest of the batch, and S as int64 [1].

        S is handed on, and never asked of a tensor's shape: secondpass' graph optimizer may know shapes from trial runs.
        """
        graph = self.graph
        # A lookup, not a cast: it tells a program that reads the graph that there are two types.
        second = graph.node("Gather", graph.constant("types", np.array([0, 1], dtype=np.float32)), "token_type_ids")
        real = to_float(graph, "attention_mask")
        passage = graph.node("Mul", real, second)
        query = graph.node("Sub", real, passage)
        lengths = [graph.node("ReduceSum", part, graph.integers(1), keepdims=1) for part in (query, passage)]
        found = []
        beyond = graph.node("Max", graph.node("Sub", lengths[0], graph.number(float(SHORT_QUERY))), graph.number(0.0))
        selected = graph.node("Add", graph.node("Mul", beyond, graph.number(2.0)), graph.number(float(SELECTED)))
        self.selected = graph.node("Min", selected, graph.number(float(MOST_SELECTED)))
        for index, length in enumerate(lengths):
            longest = graph.node("Max", graph.node("ReduceMax", length, axes=[0], keepdims=0), graph.number(1.0))
            count = graph.node("Cast", longest, to=TensorProto.INT64)
            places = self.places(count)
            mask = to_float(graph, graph.node("Less", to_float(graph, places), length))
            first = graph.node("Mul", lengths[0], graph.number(float(index)))
            taken = graph.node("Cast", graph.node("Add", first, to_float(graph, places)), to=TensorProto.INT64)
            last = graph.node("Sub", graph.node("Shape", "input_ids", start=1, end=2), graph.integers(1))
            found.append((graph.node("GatherElements", "input_ids", graph.node("Min", taken, last), axis=1), mask, count))
        return found[0], found[1]

    def places(self, count: str) -> str:
        """0, 1, … as int64 [1, count]; count is an int64 tensor [1], at most PAIR_TOKENS."""
        every = self.graph.constant("places", np.arange(PAIR_TOKENS, dtype=np.int64)[None])
        return self.graph.node("Slice", every, self.graph.integers(0), count, self.graph.integers(1))

    def texts(self, ids: str, mask: str) -> tuple[str, str]:
        """1.0 where a token carries text, and the tokens' weights: both [B, S]."""
        graph = self.graph
        ordinary = graph.node("Mul", differs(graph, ids, CLASS_TOKEN), differs(graph, ids, SEPARATOR_TOKEN))
        text = graph.node("Mul", mask, ordinary)
        return text, graph.node("Mul", self.looked_up("rarity", ids), text)

    def chosen(self, ids: str, mask: str, count: str, text: str, weights: str,
               matched: str | None = None) -> tuple[str, str, str, str, str]:
        """Of the chosen tokens: starting states [B, K, H], mask, text and weights [B, K], and K as int64 [1]."""
        graph = self.graph
        places = self.places(count)
        largest = graph.node("Cast", graph.node("ReduceMax", self.selected, axes=[0], keepdims=0), to=TensorProto.INT64)
        chosen_count = graph.node("Min", count, largest)
        special = graph.node("Mul", graph.node("Sub", mask, text), graph.number(SPECIAL_PRIORITY))
        priority = graph.node("Add", graph.node("Add", weights, special), graph.node("Sub", mask, graph.number(1.0)))
        priority = graph.node("Sub", priority, graph.node("Mul", to_float(graph, places), graph.number(TIE_STEP)))
        if matched is not None:
            priority = graph.node("Add", priority, graph.node("Mul", matched, graph.number(MATCH_PRIORITY)))
        chosen = graph.node("TopK", priority, chosen_count, outputs=2, axis=1)[1]

        # Another row's longer query makes room for more tokens: they don't count in this one.
        counted = to_float(graph, graph.node("Less", to_float(graph, self.places(chosen_count)), self.selected))

        def pick(values: str) -> str:
            return graph.node("GatherElements", values, chosen, axis=1)

        def pick_counted(values: str) -> str:
            return graph.node("Mul", pick(values), counted)

        chosen_ids = pick(ids)
        scales = graph.node("Unsqueeze", self.looked_up("table_scale", chosen_ids), graph.integers(2))
        rows = graph.node("Mul", to_float(graph, self.looked_up("table", chosen_ids)), scales)
        states = graph.linear("up", rows, self.arrays["up.weight"], self.arrays["up.bias"])
        position = graph.node("Min", chosen, graph.constant("last_position", np.array(POSITIONS - 1, dtype=np.int64)))
        states = graph.node("Add", states, graph.lookup("positions", self.arrays["positions"], position))
        return states, pick_counted(mask), pick_counted(text), pick_counted(weights), chosen_count

    def layer(self, query: tuple[str, ...], passage: tuple[str, ...]) -> tuple[str, str]:
        """The chosen tokens of both after the layer, which keeps the two apart: [B, Kq, H] and [B, Kp, H]."""
        graph = self.graph
        states = graph.node("Concat", query[0], passage[0], axis=1)
        of_query, of_passage = (graph.node("Concat", *both, axis=1) for both in (
            (query[1], self.nothing(passage[1])), (self.nothing(query[1]), passage[1])))
        together = graph.node("Add", outer(graph, of_query, of_query), outer(graph, of_passage, of_passage))
        closed = graph.node("Mul", graph.node("Sub", graph.number(1.0), together), graph.number(CLOSED))
        states = add_layer(graph, self.encoder, LAYERS - 1, states, graph.node("Unsqueeze", closed, graph.integers(1)))
        border = query[4]
        end = graph.integers(2**31 - 1)
        return (graph.node("Slice", states, graph.integers(0), border, graph.integers(1)),
                graph.node("Slice", states, border, end, graph.integers(1)))

    def nothing(self, mask: str) -> str:
        return self.graph.node("Mul", mask, self.graph.number(0.0))

    def vector(self, ids: str, text: str, states: str, chosen_mask: str) -> str:
        """A text's direction [B, H]."""
        graph = self.graph
        shares = graph.node("Mul", self.looked_up("pool_weights", ids), graph.node("Unsqueeze", text, graph.integers(2)))
        scales = graph.node("Unsqueeze", self.looked_up("table_scale", ids), graph.integers(2))
        scaled = graph.node("Transpose", graph.node("Mul", shares, scales), perm=[0, 2, 1])
        sums = graph.node("MatMul", scaled, to_float(graph, self.looked_up("table", ids)))
        totals = graph.node("Unsqueeze", graph.node("ReduceSum", shares, graph.integers(1), keepdims=0), graph.integers(2))
        means = graph.node("Div", sums, graph.node("Add", totals, graph.number(1e-6)))
        pooled = graph.node("Reshape", means, graph.integers(-1, POOLS * DIMENSIONS))
        count = graph.node("Max", self.total(chosen_mask), graph.number(1.0))
        row = graph.node("MatMul", graph.node("Unsqueeze", chosen_mask, graph.integers(1)), states)
        state = graph.node("Div", graph.node("Squeeze", row, graph.integers(1)), count)

        def both(of_pooled: str, of_state: str) -> str:
            straight = graph.linear(of_pooled, pooled, self.arrays[f"{of_pooled}.weight"], self.arrays[f"{of_pooled}.bias"])
            return graph.node("Add", straight, self.product(of_state, state))

        inner = graph.gelu(both("pooled_inner", "state_inner"))
        vector = graph.node("Add", self.product("pooled_output", inner), both("pooled_straight", "state_straight"))
        length = graph.node("ReduceL2", vector, axes=[1], keepdims=1)
        return graph.node("Div", vector, graph.node("Max", length, graph.number(1e-12)))

    def product(self, name: str, values: str) -> str:
        return self.graph.node("MatMul", values, self.graph.matrix(f"{name}.weight", self.arrays[f"{name}.weight"].T))

    def total(self, values: str) -> str:
        return self.graph.node("ReduceSum", values, self.graph.integers(1), keepdims=1)

    def share(self, weights: str) -> str:
        return self.graph.node("Div", weights, self.graph.node("Add", self.total(weights), self.graph.number(1e-6)))

    def best_similarity(self, similar: str, passage_text: str, share: str) -> str:
        """Cosines [B, Q, P] -> each query token's best one, averaged: [B, 1]."""
        graph = self.graph
        outside = graph.node("Mul", graph.node("Sub", passage_text, graph.number(1.0)), graph.number(4.0))
        highest = graph.node("ReduceMax", graph.node("Add", similar, graph.node("Unsqueeze", outside, graph.integers(1))),
                             axes=[2], keepdims=0)
        return self.total(graph.node("Mul", share, graph.node("Max", highest, graph.number(-1.0))))

    def cosines(self, query: str, passage: str, query_inverse: str, passage_inverse: str) -> str:
        """Rows [B, Q, W], [B, P, W] and their inverse lengths [B, Q], [B, P] -> cosines [B, Q, P]."""
        graph = self.graph
        products = graph.node("MatMul", query, graph.node("Transpose", passage, perm=[0, 2, 1]))
        return graph.node("Mul", products, outer(graph, query_inverse, passage_inverse))

    def inverse_lengths(self, rows: str) -> str:
        length = self.graph.node("ReduceL2", rows, axes=[2], keepdims=0)
        return self.graph.node("Reciprocal", self.graph.node("Max", length, self.graph.number(1e-12)))

    def counts(self, same: str, share: str, passage_text: str) -> str:
        graph = self.graph
        counts = graph.node("ReduceSum", same, graph.integers(2), keepdims=0)
        long = graph.node("Mul", self.total(passage_text), graph.number(SATURATION * LENGTH_SHARE / MEAN_PASSAGE_TOKENS))
        norm = graph.node("Add", long, graph.number(SATURATION * (1 - LENGTH_SHARE)))
        return self.total(graph.node("Mul", share, graph.node("Div", counts, graph.node("Add", counts, norm))))

    def bigram(self, same: str, query_text: str, weights: str) -> str:
        graph = self.graph

        def without(values: str, last: bool, *axes: int) -> str:
            count = len(axes)
            return graph.node("Slice", values, graph.integers(*[0 if last else 1] * count),
                              graph.integers(*[-1 if last else 2**31 - 1] * count), graph.integers(*axes))

        neighbours = graph.node("Mul", without(same, True, 1, 2), without(same, False, 1, 2))
        # A text of one token has no neighbours, and the largest of nothing is not defined: a zero stands beside.
        neighbours = graph.node("Pad", neighbours, graph.integers(0, 0, 0, 0, 0, 1))
        kept = graph.node("ReduceMax", neighbours, axes=[2], keepdims=0)
        both = graph.node("Mul", without(query_text, True, 1), without(query_text, False, 1))
        product = graph.node("Mul", without(weights, True, 1), without(weights, False, 1))
        adjacent = graph.node("Mul", graph.node("Sqrt", graph.node("Add", product, graph.number(1e-12))), both)
        return graph.node("Div", self.total(graph.node("Mul", adjacent, kept)),
                          graph.node("Add", self.total(adjacent), graph.number(1e-6)))

    def model(self) -> onnx.ModelProto:
        graph = self.graph
        (query_ids, query_mask, query_count), (passage_ids, passage_mask, passage_count) = self.parts()
        query_text, query_weights = self.texts(query_ids, query_mask)
        passage_text, passage_weights = self.texts(passage_ids, passage_mask)
        equal = to_float(graph, graph.node("Equal", graph.node("Unsqueeze", query_ids, graph.integers(2)),
                                           graph.node("Unsqueeze", passage_ids, graph.integers(1))))
        same = graph.node("Mul", equal, outer(graph, query_text, passage_text))
        matched = graph.node("ReduceMax", same, axes=[1], keepdims=0)
        query = self.chosen(query_ids, query_mask, query_count, query_text, query_weights)
        passage = self.chosen(passage_ids, passage_mask, passage_count, passage_text, passage_weights, matched)
        query_states, passage_states = self.layer(query, passage)

        cosine = self.total(graph.node("Mul", self.vector(query_ids, query_text, query_states, query[1]),
                                       self.vector(passage_ids, passage_text, passage_states, passage[1])))
        share = self.share(query_weights)
        words = self.cosines(*(to_float(graph, self.looked_up("table", ids)) for ids in (query_ids, passage_ids)),
                             *(self.looked_up("table_inverse_length", ids) for ids in (query_ids, passage_ids)))
        upper = self.cosines(query_states, passage_states, self.inverse_lengths(query_states),
                             self.inverse_lengths(passage_states))
        signals = graph.node("Concat", cosine, self.counts(same, share, passage_text),
                             self.bigram(same, query_text, query_weights),
                             self.best_similarity(words, passage_text, share),
                             self.best_similarity(upper, passage[2], self.share(query[3])), axis=1)

        length = graph.node("Div", graph.node("Add", self.total(query_text), graph.number(1.0)),
                            graph.number(MEAN_QUERY_TOKENS + 1))
        slopes = graph.node("Mul", graph.node("Log", length), graph.constant("length_slopes", self.arrays["length_slopes"]))
        weights = graph.node("Add", slopes, graph.constant("signal_weights", self.arrays["signal_weights"]))
        score = self.total(graph.node("Mul", signals, weights))
        graph.node("Add", score, graph.constant("offset", self.arrays["offset"].reshape(1)), name="logits")
        return graph.model(INPUTS, {"logits": ["batch", 1]}, "secondpass-nano")


def nano_graph(model: Nano, weights: str = "int8") -> onnx.ModelProto:
    return NanoGraph(model, weights).model()

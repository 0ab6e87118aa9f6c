"""Reads the shipped `small` back from its graph, so that it can be written again without the run that trained it.

    python shipped_small.py ../packages/models/models/small --output /tmp/small [--like GRAPH --pairs pairs.jsonl]

Reading gives the weights as the int8 file holds them. Rounded weights do not change when they are rounded again, so that
a graph written from them has the same matrices. With --like, logits are moved and stretched so that over the pairs of
calibration_texts.py they are another graph's by least squares: its calibration is kept, and no order changes.
"""
import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from tokenizers import Tokenizer

from data import read_lines
from gated_cross_encoder import CLOSED_LAYERS, MEAN_PASSAGE_TOKENS, Encoder, GatedCrossEncoder
from model_directory import GRAPH, write_small
from onnx_graph import LAYER_NAMES
from score_lists import PAIR_TOKENIZER, PAIR_TOKENS, open_scorer, score_pairs
from starting_weights import LAYERS


def read_small(directory: Path) -> tuple[dict[str, torch.Tensor], GatedCrossEncoder]:
    """BERT's tensors under Hugging Face's names, and the model with the layers, signals and rarities of the file."""
    graph = onnx.load(str(directory / GRAPH)).graph
    values = {initializer.name: numpy_helper.to_array(initializer) for initializer in graph.initializer}
    tensors = {name: torch.from_numpy(np.array(array, dtype=np.float32)) for name, array in _bert_tensors(values).items()}
    model = GatedCrossEncoder(Encoder(tensors), torch.from_numpy(values["inverse_frequency"].copy()))
    length_slope, shortest = _count_norm(graph, values)
    saturation = shortest + length_slope * MEAN_PASSAGE_TOKENS
    head = {"signal_weights": values["signal_weights"].reshape(-1), "offset": values["offset"].reshape(()),
            "token_factor": values["token_factor"].reshape(-1), "saturation": np.float32(saturation),
            "length_share": np.float32(1 - shortest / saturation)}
    with torch.no_grad():
        for name, value in head.items():
            getattr(model, name).copy_(torch.from_numpy(np.array(value, dtype=np.float32)))
    return tensors, model.eval()


def starting_model(rarity: Path, directory: Path | None = None, encoder: Encoder | None = None) -> GatedCrossEncoder:
    """What training begins with: the start, with the rarities of this file; or the model of a directory.

    encoder: whose word embeddings it reads; default: the start's. The lower layers are those of the start in both cases.
    """
    if directory is None:
        return GatedCrossEncoder(encoder or Encoder(), torch.from_numpy(np.load(rarity)))
    model = read_small(directory)[1]
    found = GatedCrossEncoder(encoder or Encoder(), model.inverse_frequency)
    found.load_state_dict(model.state_dict())
    return found


def _bert_tensors(values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    positions = values["position_embeddings"]
    tensors = {"embeddings.word_embeddings.weight": values["word_embeddings_int8"] * values["word_embeddings_scale"],
               # The graph keeps their sum.
               "embeddings.position_embeddings.weight": positions,
               "embeddings.token_type_embeddings.weight": np.zeros_like(positions[:2]),
               "embeddings.LayerNorm.weight": values["embeddings.weight"],
               "embeddings.LayerNorm.bias": values["embeddings.bias"]}
    for index in range(LAYERS):
        for module in LAYER_NAMES.values():
            name = f"layer{index}.{module}"
            weight = (values[f"{name}.weight"] if f"{name}.weight" in values
                      else (values[f"{name}.weight_int8"] * values[f"{name}.weight_scale"]).T)
            tensors[f"encoder.layer.{index}.{module}.weight"] = weight
            tensors[f"encoder.layer.{index}.{module}.bias"] = values[f"{name}.bias"]
    return tensors


def _count_norm(graph: onnx.GraphProto, values: dict[str, np.ndarray]) -> tuple[float, float]:
    """The two numbers of what a count is divided by: per token of the passage, and for a passage without tokens."""
    producers = {node.output[0]: node for node in graph.node}
    for node in graph.node:
        slope = producers.get(node.input[0]) if node.op_type == "Add" else None
        if slope is not None and slope.op_type == "Mul" and slope.input[1] in values and node.input[1] in values \
                and values[slope.input[1]].size == values[node.input[1]].size == 1:
            return values[slope.input[1]].item(), values[node.input[1]].item()
    raise ValueError("the graph does not count a query's tokens as small does")


def logits_of(graph: Path, pairs: list[dict[str, str]]) -> np.ndarray:
    tokenizer = Tokenizer.from_file(str(PAIR_TOKENIZER))
    tokenizer.enable_truncation(PAIR_TOKENS, strategy="only_second")
    session = open_scorer(graph)
    return np.array([score_pairs(session, tokenizer, pair["query"], [pair["passage"]])[0][0] for pair in pairs])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--like", type=Path)
    parser.add_argument("--pairs", type=Path)
    arguments = parser.parse_args()
    tensors, model = read_small(arguments.directory)
    write_small(arguments.output, tensors, model)
    if arguments.like:
        found, wanted = (logits_of(graph, read_lines(arguments.pairs)) for graph in (arguments.output / GRAPH, arguments.like))
        slope, offset = np.polyfit(found, wanted, 1)
        print(f"slope {slope:.4f}, offset {offset:.4f}, correlation {np.corrcoef(found, wanted)[0, 1]:.4f}")
        with torch.no_grad():
            model.signal_weights.mul_(slope)
            model.offset.mul_(slope).add_(offset)
        write_small(arguments.output, tensors, model)
    print(arguments.output / GRAPH)


if __name__ == "__main__":
    main()

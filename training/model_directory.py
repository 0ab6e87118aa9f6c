"""Writes a model as a directory in the Hugging Face layout, with our manifest secondpass.json."""
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing

from export_onnx import bi_encoder_graph, cross_encoder_graph
from gated_cross_encoder import CLASS_TOKEN, CLOSED, CLOSED_LAYERS, SEPARATOR_TOKEN, GatedCrossEncoder
from nano import Nano
from nano_graph import nano_graph
from onnx_graph import LAYER_NAMES, EncoderWeights
from quantize_weights import quantize_rows
from starting_weights import HEADS, HIDDEN, LAYER_NORM_EPSILON, LAYERS, load_tokenizer, starting_directory
from steps import file_digest, write_atomically, write_json

GRAPH = "onnx/model_quantized.onnx"
BI_ENCODER_TOKENS = 256
PAIR_TOKENS = 512


def with_layers(tensors: dict[str, torch.Tensor], model: GatedCrossEncoder) -> dict[str, torch.Tensor]:
    """The starting tensors with the model's trained upper layers in their places."""
    trained = {f"encoder.layer.{CLOSED_LAYERS + index}.{LAYER_NAMES[name]}.{kind}": value.detach().cpu()
               for index, layer in enumerate(model.layers)
               for name, module in layer.named_children() for kind, value in module.named_parameters()}
    return {**tensors, **trained}


def rounded_tensors(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What the int8 file's weights are when read back: matrices and the word table rounded, all else as it is."""
    kept_whole = ("LayerNorm", "position_embeddings", "token_type_embeddings")
    rounded = {}
    for name, tensor in tensors.items():
        if tensor.dim() == 2 and not any(part in name for part in kept_whole):
            integers, scales = quantize_rows(tensor.numpy())
            tensor = torch.from_numpy(integers * scales)
        rounded[name] = tensor
    return rounded


def head_arrays(model: GatedCrossEncoder) -> dict[str, np.ndarray]:
    """Everything of the model but its layers, as fp32 arrays."""
    head = {name: value for name, value in model.named_parameters() if not name.startswith("layers.")}
    return {name: value.detach().float().cpu().numpy()
            for name, value in {**head, "inverse_frequency": model.inverse_frequency}.items()}


def pair_template(tokenizer: Tokenizer) -> Tokenizer:
    """Makes the tokenizer write pairs as [CLS] query [SEP] [CLS] passage [SEP], types 0 and 1."""
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 [CLS]:1 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", CLASS_TOKEN), ("[SEP]", SEPARATOR_TOKEN)])
    return tokenizer


def _starting_json(name: str) -> dict[str, Any]:
    return json.loads((starting_directory() / name).read_text(encoding="utf-8"))


def _write_common(directory: Path, graph: onnx.ModelProto, tokenizer: Tokenizer, max_tokens: int,
                  config: dict[str, Any]) -> None:
    write_atomically(directory / GRAPH, lambda path: onnx.save(graph, path))
    write_atomically(directory / "tokenizer.json", lambda path: tokenizer.save(str(path), pretty=False))
    tokenizer_config = _starting_json("tokenizer_config.json") | {"model_max_length": max_tokens}
    del tokenizer_config["name_or_path"]
    write_json(directory / "tokenizer_config.json", tokenizer_config)
    write_json(directory / "special_tokens_map.json", _starting_json("special_tokens_map.json"))
    for unneeded in ("_name_or_path", "transformers_version", "gradient_checkpointing"):
        config.pop(unneeded, None)
    write_json(directory / "config.json", config)


def write_bi_encoder(directory: Path, tensors: dict[str, torch.Tensor]) -> None:
    weights = EncoderWeights({name: tensor.numpy() for name, tensor in tensors.items()}, LAYERS, HEADS, LAYER_NORM_EPSILON)
    _write_common(directory, bi_encoder_graph(weights), load_tokenizer(), BI_ENCODER_TOKENS, _starting_json("config.json"))
    write_json(directory / "modules.json", json.loads((starting_directory() / "modules.json").read_text()))
    write_json(directory / "1_Pooling" / "config.json", _starting_json("1_Pooling/config.json"))
    write_json(directory / "sentence_bert_config.json", {"max_seq_length": BI_ENCODER_TOKENS, "do_lower_case": False})


def write_small(directory: Path, tensors: dict[str, torch.Tensor], model: GatedCrossEncoder) -> None:
    if (model.gates > CLOSED).any():
        raise ValueError("the graph has no attention across, so that all of the model's gates must be closed")
    weights = EncoderWeights({name: tensor.numpy() for name, tensor in with_layers(tensors, model).items()},
                             LAYERS, HEADS, LAYER_NORM_EPSILON)
    config = _starting_json("config.json") | {
        "architectures": ["GatedCrossEncoder"], "num_labels": 1, "id2label": {"0": "relevance"},
        "label2id": {"relevance": 0}}
    _write_common(directory, cross_encoder_graph(weights, head_arrays(model)), pair_template(load_tokenizer()),
                  PAIR_TOKENS, config)


def write_nano(directory: Path, model: Nano) -> None:
    config = _starting_json("config.json") | {
        "architectures": ["Nano"], "num_hidden_layers": 1, "num_labels": 1, "id2label": {"0": "relevance"},
        "label2id": {"relevance": 0}}
    _write_common(directory, nano_graph(model), pair_template(load_tokenizer()), PAIR_TOKENS, config)


def write_manifest(directory: Path, kind: str, details: dict[str, Any]) -> None:
    """secondpass.json: what a program must know to run the model, and the digest of every file that it loads."""
    shape = ({"dimensions": HIDDEN, "pooling": "mean", "normalise": True, "maxTokens": BI_ENCODER_TOKENS}
             if kind == "bi-encoder" else {"scale": "logit", "maxTokens": PAIR_TOKENS})
    files = {path.relative_to(directory).as_posix(): {"sha256": file_digest(path), "bytes": path.stat().st_size}
             for path in sorted(directory.rglob("*"))
             if path.is_file() and path.name not in ("secondpass.json", "README.md")}
    write_json(directory / "secondpass.json", {
        "name": directory.name, "kind": kind, "version": details["version"], **shape, "weights": "int8",
        "arithmetic": "fp32", "batchInvariant": True,
        **{key: value for key, value in details.items() if key != "version"}, "files": files})
